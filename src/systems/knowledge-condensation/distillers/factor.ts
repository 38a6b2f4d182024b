import type { Shape } from "../../../graph/dtype.ts";
import { leakyRelu } from "../../../graph/operators/activations.ts";
import type { Tensor } from "../../../graph/tensor.ts";
import { BatchNorm } from "../../../nn/batch-norm.ts";
import { Conv2d, ConvTranspose2d } from "../../../nn/conv.ts";
import { l1Loss, meanSquaredError } from "../../../nn/losses/regression.ts";
import { Module } from "../../../nn/module.ts";
import { Sequential, type Layer } from "../../../nn/sequential.ts";
import { withFrozenStatistics } from "../../../nn/trace.ts";
import { type DistillationBatch, Distiller, type FeatureShapes, type Pretraining } from "./distiller.ts";
import { energyMap } from "./energy-map.ts";
import { lastMap, requireMap, sameSide } from "./feature-pairs.ts";

const leaky = (x: Tensor): Tensor => leakyRelu(x, 0.1);
const same = (x: Tensor): Tensor => x;
const around = { padding: 1 } as const;

/** Three 3×3 convolutions inputs → inputs → outputs → outputs, each with `norm` and LeakyReLU. */
function encoder(inputs: number, outputs: number, norm: (channels: number) => Layer): Sequential {
  const layer = (from: number, to: number): Layer[] => [new Conv2d(from, to, 3, around), norm(to), leaky];
  return new Sequential([...layer(inputs, inputs), ...layer(inputs, outputs), ...layer(outputs, outputs)]);
}

/** The teacher's map into fewer channels and back; keys `encoder.{0,3,6}`, `decoder.{0,3,6}`. */
export class Paraphraser extends Module {
  readonly encoder: Sequential;
  readonly decoder: Sequential;

  constructor(channels: number, factors: number) {
    super();
    this.encoder = encoder(channels, factors, () => same);
    const layer = (from: number, to: number): Layer[] => [new ConvTranspose2d(from, to, 3, around), same, leaky];
    this.decoder = new Sequential([
      ...layer(factors, factors),
      ...layer(factors, channels),
      ...layer(channels, channels),
    ]);
  }

  /** [B, C, H, W] → the same */
  reconstruct(map: Tensor): Tensor {
    return this.decoder.forward(this.encoder.forward(map));
  }
}

/** The student's map into the teacher's factors; keys `encoder.{0,1,3,4,6,7}`. */
class Translator extends Module {
  readonly encoder: Sequential;

  constructor(channels: number, factors: number) {
    super();
    this.encoder = encoder(channels, factors, (count) => new BatchNorm(count));
  }
}

/**
 * FT: mean |N(factors of the student) − N(factors of the teacher)|, N an energy map. The paraphraser is an auto-encoder
 * of the teacher's last map that is trained before and then frozen. Source: arXiv 1802.04977.
 */
export class FactorTransfer extends Distiller {
  readonly translator: Translator;
  readonly paraphraser: Paraphraser;

  /** @param rate factors for each channel of the teacher */
  constructor({ student, teacher }: FeatureShapes, { rate = 0.5 }: { readonly rate?: number } = {}) {
    super();
    const channels = (shapes: readonly Shape[]): number =>
      requireMap({ shape: lastMap(shapes), dtype: "float32" }).shape[1];
    const factors = Math.floor(channels(teacher) * rate);
    this.translator = new Translator(channels(student), factors);
    this.paraphraser = new Paraphraser(channels(teacher), factors);
  }

  loss({ student, teacher }: DistillationBatch): Tensor {
    const s = this.translator.encoder.forward(lastMap(student.features));
    const t = withFrozenStatistics(() => this.paraphraser.encoder.forward(lastMap(teacher.features)).stopGradient());
    const [own, theirs] = sameSide(s, t);
    return l1Loss(energyMap(own), energyMap(theirs));
  }

  override get trained(): readonly Module[] {
    return [this.translator];
  }

  override get pretraining(): Pretraining {
    return {
      loss: ({ teacher }) => {
        const map = lastMap(teacher.features);
        return meanSquaredError(this.paraphraser.reconstruct(map), map);
      },
      trainsStudent: false,
      parts: [this.paraphraser],
    };
  }
}
