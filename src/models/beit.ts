import { zeros } from "../nn/initialisers.ts";
import { localTable } from "./relative-position-bias.ts";
import type { VitEncoderOptions } from "./vit-options.ts";
import type { VitSize } from "./vit-sizes.ts";
import { simMimStart } from "./vit-start.ts";
import { Vit } from "./vit.ts";

export interface BeitOptions extends VitSize {
  /** Side of the square image in pixels. */
  readonly imageSize: number;
  readonly patchSize: number;
  /** `model`: one table of relative biases for all blocks (pre-training); `block`: one in each (fine-tuning). */
  readonly relativePositions: "model" | "block";
  readonly mlpRatio?: number;
  /** Rate of the last block; it rises linearly from 0 at the first. */
  readonly dropPath?: number;
  /** First value of gamma_1 and gamma_2. Default 0.1. */
  readonly layerScale?: number;
  /** First values of the tables of biases: 0 as in SimMIM, or each head looking at a neighbour (`localTable`). */
  readonly positionStart?: "zero" | "local";
  /** Standard deviation of the first weights. Default 0.02, which is made for widths of about 768. */
  readonly weightStd?: number;
}

/**
 * The options of a `VitEncoder` that make it BEiT's (arXiv 2106.08254) and SimMIM's (data-scaling section 3.7): no absolute
 * positions but biases of attention by distance, biases for q and v, scaled branches.
 */
export function beitAsVit(options: BeitOptions): VitEncoderOptions {
  const { relativePositions, positionStart = "zero", weightStd, layerScale = 0.1, ...rest } = options;
  const start = positionStart === "local" ? localTable : zeros;
  return {
    ...rest,
    layerScale,
    positions: "none",
    relativePositions: { table: "full", of: relativePositions, start },
    qkvBias: "queryAndValue",
    start: simMimStart(weightStd),
  };
}

/** BEiT with a classifier: `fc_norm` of the patch tokens' mean, then a linear head that starts near 0. */
export class BeitClassifier extends Vit {
  /** @param classes K */
  constructor(options: Omit<BeitOptions, "relativePositions">, classes: number) {
    super({ ...beitAsVit({ ...options, relativePositions: "block" }), pool: "mean", classes, headScale: 0.001 });
  }
}
