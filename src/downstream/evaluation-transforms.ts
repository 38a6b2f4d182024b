import type { TransformSpec } from "../data/transforms/transform.ts";

/** What held-out images go through: up to 32 pixels nothing but a resize; above the short side to 256/224, centre crop. */
export function evaluationTransforms(imageSize: number): TransformSpec[] {
  const short = imageSize <= 32 ? imageSize : Math.trunc((256 / 224) * imageSize);
  return [
    { name: "resize", size: short },
    { name: "centreCrop", size: imageSize },
  ];
}
