import { FoveaError } from "../../../errors/fovea-error.ts";
import type { Shape } from "../../../graph/dtype.ts";
import { adaptiveAveragePool } from "../../../graph/functions/adaptive-pool.ts";
import { show, type Tensor } from "../../../graph/tensor.ts";

/** The maps between the first feature and the pooled vector: feats[1:-1]. */
export const intermediate = <T>(features: readonly T[]): readonly T[] => features.slice(1, -1);

/** The map before the pooled vector: feats[-2]. */
export const lastMap = <T>(features: readonly T[]): T => at(features, -2);

/** The pooled vector: feats[-1]. */
export const pooled = <T>(features: readonly T[]): T => at(features, -1);

/** Feature `index`, from the end where it is negative. @throws FoveaError where there is none */
export function at<T>(features: readonly T[], index: number): T {
  const found = features.at(index);
  if (found !== undefined) return found;
  throw new FoveaError("distil/features", `feature ${index}: the network hands out ${features.length} features`, {
    hint: "name more of them with student.taps and teacherTaps",
    exitCode: 2,
  });
}

/** Student with teacher, in order; the shorter list decides. */
export const zipped = <T>(student: readonly T[], teacher: readonly T[]): readonly (readonly [T, T])[] =>
  student.slice(0, teacher.length).map((feature, i) => [feature, teacher[i]] as const);

/** Two maps [B, C, H, W], the larger one reduced to the smaller one's side by adaptive average pooling. */
export function sameSide(student: Tensor, teacher: Tensor): readonly [Tensor, Tensor] {
  const [s, t] = [requireMap(student).shape[2], requireMap(teacher).shape[2]];
  return [s > t ? adaptiveAveragePool(student, t) : student, t > s ? adaptiveAveragePool(teacher, s) : teacher];
}

/** @throws FoveaError for what is no map, with what to do about it */
export function requireMap<T extends { readonly shape: Shape; readonly dtype: Tensor["dtype"] }>(feature: T): T {
  if (feature.shape.length === 4) return feature;
  throw new FoveaError("distil/map", `this distiller reads maps [B, C, H, W], got ${show(feature)}`, {
    hint: "distil by vectors (kd, pkt, rkd, correlation, similarity, crd), or tap layers that give maps",
    exitCode: 2,
  });
}

/** Requires two lists of equal length. */
export function requireSameLength(student: readonly unknown[], teacher: readonly unknown[]): void {
  if (student.length === teacher.length) return;
  throw new FoveaError(
    "distil/length",
    `this distiller needs as many features of the student (${student.length}) as of the teacher (${teacher.length})`,
    { hint: "choose them with student.taps and teacherTaps", exitCode: 2 },
  );
}

/** [B, C, H, W] → [B, C, H·W] */
export const flatPositions = (map: Tensor): Tensor => map.reshape([map.shape[0], map.shape[1], -1]);

/** [B, ...] → [B, D] */
export const flatRows = (feature: Tensor): Tensor => feature.reshape([feature.shape[0], -1]);
