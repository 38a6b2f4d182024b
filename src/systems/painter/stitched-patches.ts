/** Images as Painter's patch vectors: values in the order (row in patch, column in patch, channel). */
import type { Tensor } from "../../graph/tensor.ts";
import type { Grid } from "../../models/swin/windows.ts";

/** [B, C, H, W] → [B, h·w, p²·C] */
export function toPatches(image: Tensor, patchSize: number): Tensor {
  const [batch, channels, height, width] = image.shape;
  const [rows, columns] = [height / patchSize, width / patchSize];
  return image
    .reshape([batch, channels, rows, patchSize, columns, patchSize])
    .permute([0, 2, 4, 3, 5, 1])
    .reshape([batch, rows * columns, patchSize ** 2 * channels]);
}

/** The inverse: [B, h·w, p²·C] → [B, C, h·p, w·p] */
export function toImage(patches: Tensor, patchSize: number, [rows, columns]: Grid): Tensor {
  const [batch, , values] = patches.shape;
  const channels = values / patchSize ** 2;
  return patches
    .reshape([batch, rows, columns, patchSize, patchSize, channels])
    .permute([0, 5, 1, 3, 2, 4])
    .reshape([batch, channels, rows * patchSize, columns * patchSize]);
}
