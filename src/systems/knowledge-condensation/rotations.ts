import { flip } from "../../graph/functions/rearrange.ts";
import { concat } from "../../graph/operators/layout.ts";
import type { Tensor } from "../../graph/tensor.ts";

/**
 * Images [4B, C, S, S], each four times in a row, turned counter-clockwise by 0°, 90°, 180° and 270°. To crop and then to
 * turn gives the same images as to turn and then to crop, for crops at places that are all equally likely.
 */
export function turned(images: Tensor): Tensor {
  const [rows, ...shape] = images.shape;
  const byImage = images.reshape([rows / 4, 4, ...shape]);
  const copy = (i: number): Tensor => byImage.slice(1, i, i + 1);
  const across = (x: Tensor): Tensor => x.transpose(-1, -2);
  const turns = [
    copy(0),
    flip(across(copy(1)), [-2]), // 90°: columns become rows from the right
    flip(copy(2), [-1, -2]),
    flip(across(copy(3)), [-1]),
  ];
  return concat(turns, 1).reshape(images.shape);
}
