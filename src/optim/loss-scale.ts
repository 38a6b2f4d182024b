import { hostTensor, type HostTensor } from "../graph/dtype.ts";
import { state } from "../graph/leaf.ts";
import { minimum } from "../graph/operators/extremes.ts";
import { scalar, type Tensor } from "../graph/tensor.ts";
import type { Parameter } from "../nn/parameter.ts";
import { elementWise } from "./element-wise.ts";

/** design/reliability.md, 'Numbers' 1; the upper end is that of NVIDIA's apex. */
const settings = { first: 2 ** 16, goodSteps: 2000, growth: 2, backoff: 0.5, most: 2 ** 24 } as const;

/** When a run with loss scaling stops: so many skipped steps in a row, or a scale below the least. */
export const lossScaleLimits = { skippedInARow: 20, least: 1 } as const;

/**
 * Dynamic loss scaling: the loss is multiplied by `scale` before the backward pass, so that gradients stand in float16's
 * range, and gradients are divided by it after. A step with a value that is not finite halves the scale and changes
 * nothing else; 2,000 good steps in a row double it. All of it in the graph.
 * Source: Micikevicius et al., arXiv 1710.03740 §3.2; torch.amp.GradScaler.
 */
export interface LossScale {
  /** The factor, a scalar: a state of the program. */
  readonly scale: Tensor;
  /** First values of the states. */
  readonly states: ReadonlyMap<string, HostTensor>;
  /** Gradients of the loss from those of the scaled loss. */
  unscaled(gradients: ReadonlyMap<Parameter, Tensor>): Map<Parameter, Tensor>;
  /**
   * `updates` so that they count only in a good step, behind those of the scale itself.
   * @param loss scalar; @param norm of the unscaled gradients, a scalar: it is not finite where one of them is not
   */
  guarded(
    updates: ReadonlyMap<Tensor, Tensor>,
    step: { readonly loss: Tensor; readonly norm: Tensor },
  ): {
    readonly updates: Map<Tensor, Tensor>;
    /** The next step's scale, and skipped steps in a row up to this one: scalars. */
    readonly outputs: { readonly scale: Tensor; readonly skipped: Tensor };
  };
}

export function lossScale(prefix = "lossScale"): LossScale {
  const names = [`${prefix}/scale`, `${prefix}/goodSteps`, `${prefix}/skippedInARow`] as const;
  const [scale, good, skipped] = [state(names[0], []), state(names[1], []), state(names[2], [])];
  return {
    scale,
    states: new Map([
      [names[0], hostScalar(settings.first)],
      [names[1], hostScalar(0)],
      [names[2], hostScalar(0)],
    ]),
    unscaled(gradients) {
      const inverse = scalar(1).div(scale);
      return new Map([...gradients].map(([parameter, g]) => [parameter, elementWise([g], (x) => x.mul(inverse))]));
    },
    guarded(updates, { loss, norm }) {
      const finite = loss.abs().add(norm).less(largest); // false for infinities and NaN
      const run = good.add(1);
      const grows = run.greaterOrEqual(settings.goodSteps);
      const larger = grows.where(minimum(scale.mul(settings.growth), settings.most), scale);
      const next = {
        scale: finite.where(larger, scale.mul(settings.backoff)),
        skipped: finite.where(scalar(0), skipped.add(1)),
      };
      const kept = [...updates].map(
        ([old, value]) => [old, elementWise([value, old], (a, b) => finite.where(a, b))] as const,
      );
      return {
        updates: new Map([
          [scale, next.scale],
          [good, finite.where(grows.where(scalar(0), run), 0)],
          [skipped, next.skipped],
          ...kept, // the last layer's last (engine.md)
        ]),
        outputs: next,
      };
    },
  };
}

/** Just below float32's largest value. */
const largest = 3.4e38;

const hostScalar = (value: number): HostTensor => hostTensor("float32", [], Float32Array.of(value));
