import { FoveaError } from "../../errors/fovea-error.ts";
import { imagenetNormalisation } from "../../data/transforms/normalise.ts";
import { hostTensor } from "../../graph/dtype.ts";
import { constant } from "../../graph/leaf.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { l1Loss, meanSquaredError, smoothL1Loss } from "../../nn/losses/regression.ts";

/** What an error e of a normalised value costs: |e| with a parabola below 0.01, |e|, e², or the mean of the last two. */
export type PaintingError = "smoothL1" | "l1" | "l2" | "l1l2";

export interface PaintingTargets {
  /** Normalised, [B, 3, H, W]. */
  readonly targets: Tensor;
  /** Not 0: a painted patch, row by row. [B, N] */
  readonly mask: Tensor;
  /** Weight of each value, [B, 3, H, W]. */
  readonly valid: Tensor;
}

export interface PaintingLossOptions {
  readonly patchSize: number;
  readonly error?: PaintingError;
  /**
   * A sample counts only if the values in [0, 1] of its target that are not masked sum to this much: one whose visible
   * part is black shows no task. Default 300, of 896 × 448 pixels; 0: every sample counts.
   */
  readonly leastVisible?: number;
  /** Added to the sum of weights. Default 0.01. */
  readonly offset?: number;
  /** Samples whose errors are one weighted mean; the loss is the mean of the groups'. Default all. */
  readonly group?: number;
}

/** What SegGPT does without. */
export const segGptLoss = { leastVisible: 0, offset: 0 } as const satisfies Partial<PaintingLossOptions>;

const beta = 0.01;
const errors: Record<PaintingError, (x: Tensor, target: Tensor) => Tensor> = {
  smoothL1: (x, t) => smoothL1Loss(x, t, { beta, reduction: "none" }),
  l1: (x, t) => l1Loss(x, t, { reduction: "none" }),
  l2: (x, t) => meanSquaredError(x, t, { reduction: "none" }),
  l1l2: (x, t) => errors.l1(x, t).add(errors.l2(x, t)).mul(0.5),
};

/**
 * Σ ℓ(x − t)·w / (Σ w + offset) over all values of a group of samples, w = mask·valid. Where nothing is masked and the
 * offset is 0 it is not a number, as in the official code. Source: painter section 4.4.
 *
 * @param prediction normalised, [B, 3, H, W]
 */
export function paintingLoss(
  prediction: Tensor,
  { targets, mask, valid }: PaintingTargets,
  options: PaintingLossOptions,
): Tensor {
  const { patchSize, error = "smoothL1", leastVisible = 300, offset = 0.01 } = options;
  const batch = prediction.shape[0];
  const group = options.group ?? batch;
  if (!(Number.isInteger(group) && group > 0 && batch % group === 0))
    throw new FoveaError("painter/group", `paintingLoss: ${batch} samples are no groups of ${group}`, { exitCode: 2 });
  const painted = mask.equal(0).cast("float32").mul(-1).add(1);
  let weights = byPatch(valid, painted, patchSize);
  if (leastVisible > 0) {
    const counts = visibleSum(targets, painted, patchSize).greaterOrEqual(leastVisible).cast("float32");
    weights = weights.mul(counts.reshape([batch, 1, 1, 1]));
  }
  const sums = (x: Tensor): Tensor => x.reshape([batch / group, -1]).sum(1);
  return sums(errors[error](prediction, targets).mul(weights)).div(sums(weights).add(offset)).mean();
}

/** Sum of a sample's target in [0, 1] where it is not painted, [B] */
function visibleSum(targets: Tensor, painted: Tensor, patchSize: number): Tensor {
  const { mean, std } = imagenetNormalisation;
  const channels = (values: readonly number[]): Tensor =>
    constant(hostTensor("float32", [1, 3, 1, 1], Float32Array.from(values)));
  const values = targets.mul(channels(std)).add(channels(mean));
  return byPatch(values, painted.neg().add(1), patchSize).sum([1, 2, 3]);
}

/** Every pixel of [B, C, H, W] times the value of its patch, [B, N]. */
function byPatch(image: Tensor, values: Tensor, patchSize: number): Tensor {
  const [batch, channels, height, width] = image.shape;
  const [rows, columns] = [height / patchSize, width / patchSize];
  return image
    .reshape([batch, channels, rows, patchSize, columns, patchSize])
    .mul(values.reshape([values.shape[0], 1, rows, 1, columns, 1]))
    .reshape(image.shape);
}
