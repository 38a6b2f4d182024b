import { FoveaError } from "../errors/fovea-error.ts";
import { concat } from "../graph/operators/layout.ts";
import type { SegmentOf } from "../graph/recompute.ts";
import { scalar, show, type Tensor } from "../graph/tensor.ts";
import type { Parameter } from "../nn/parameter.ts";
import { gradientsOf } from "./gradients.ts";

/** Loss of one micro-batch, and what else is wanted of it. */
export interface MicroBatch {
  /** Scalar; a mean over the micro-batch. */
  readonly loss: Tensor;
  readonly outputs?: Readonly<Record<string, Tensor>>;
}

export interface Accumulated {
  /** Mean over the micro-batches. */
  readonly loss: Tensor;
  /** Scalars averaged, others joined along axis 0. */
  readonly outputs: Record<string, Tensor>;
  /** Of the mean loss. */
  readonly gradients: Map<Parameter, Tensor>;
}

/**
 * Gradient accumulation inside the graph: cuts `inputs` along axis 0 into `microBatches` equal parts, builds loss and
 * gradients of each and averages them. The same as one batch wherever the loss is a mean over images. It shrinks the
 * working set of caches, not the peak memory (ONNX Runtime runs all forward passes first; engine.md).
 *
 * @param options `segmentOf`: see `grad`; `scale`: gradients are those of the loss times this scalar (`lossScale`)
 * @throws FoveaError when an input's batch is not divisible
 */
export function accumulate(
  microBatches: number,
  inputs: Readonly<Record<string, Tensor>>,
  parameters: Iterable<Parameter>,
  build: (inputs: Record<string, Tensor>, index: number) => MicroBatch,
  { scale, ...options }: { readonly segmentOf?: SegmentOf | undefined; readonly scale?: Tensor | undefined } = {},
): Accumulated {
  if (!Number.isInteger(microBatches) || microBatches < 1)
    throw new FoveaError("optim/accumulate", `accumulate: ${microBatches} micro-batches; give a whole number from 1`);
  const list = [...parameters];
  const parts = Array.from({ length: microBatches }, (_, i) => {
    const { loss, outputs = {} } = build(cut(inputs, microBatches, i), i);
    // the mean's 1/k enters as the upstream gradient: no pass over the gradients
    return {
      loss,
      outputs,
      gradients: gradientsOf(
        loss,
        list,
        (scale?.mul(1 / microBatches) ?? scalar(1 / microBatches, loss.dtype)).expand(loss.shape),
        options,
      ),
    };
  });
  const [first] = parts as [(typeof parts)[number]]; // there is at least one
  return {
    loss: mean(parts.map(({ loss }) => loss)),
    outputs: Object.fromEntries(
      Object.entries(first.outputs).map(([name, { rank }]) => {
        const each = parts.map(({ outputs }) => outputs[name] as Tensor); // `build` returns the same names each time
        return [name, rank === 0 ? mean(each) : concat(each, 0)];
      }),
    ),
    gradients: new Map(
      list.map((parameter) => [parameter, sum(parts.map((p) => p.gradients.get(parameter) as Tensor))]),
    ),
  };
}

function cut(inputs: Readonly<Record<string, Tensor>>, parts: number, index: number): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => {
      const batch = tensor.shape[0] ?? 0;
      if (tensor.rank === 0 || batch % parts !== 0) {
        throw new FoveaError(
          "optim/accumulate",
          `accumulate: input ${name} ${show(tensor)} does not cut into ${parts}`,
          {
            hint: "the batch size must be a multiple of the number of micro-batches",
            exitCode: 2,
          },
        );
      }
      const size = batch / parts;
      return [name, parts === 1 ? tensor : tensor.slice(0, index * size, (index + 1) * size)];
    }),
  );
}

const sum = (tensors: readonly Tensor[]): Tensor => tensors.reduce((total, next) => total.add(next));
const mean = (tensors: readonly Tensor[]): Tensor =>
  tensors.length === 1 ? sum(tensors) : sum(tensors).mul(1 / tensors.length);
