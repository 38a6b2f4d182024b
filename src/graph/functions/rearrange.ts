/** Functions that move values without changing them. */
import { graphError } from "../graph-error.ts";
import { concat } from "../operators/layout.ts";
import { show, type Tensor } from "../tensor.ts";

/** Tensors of one shape along a new `axis`. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  return concat(
    tensors.map((x) => {
      const at = axis < 0 ? axis + x.rank + 1 : axis;
      if (!(at >= 0 && at <= x.rank))
        throw graphError("shape/axis", `stack: axis ${axis} is outside ${show(x)}; use ${-x.rank - 1} to ${x.rank}`);
      return x.reshape([...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
    }),
    axis < 0 ? axis + (tensors[0]?.rank ?? 0) + 1 : axis,
  );
}

/** Order reversed along each of `axes`. */
export const flip = (x: Tensor, axes: number | readonly number[]): Tensor =>
  (typeof axes === "number" ? [axes] : axes).reduce((y, axis) => {
    const size = y.shape[y.axis(axis, "flip")];
    return y.slice(axis, -1, -size - 1, -1);
  }, x);

/** Elements moved `shifts[i]` places on along `axes[i]`; what leaves at the end comes in at the start. */
export function roll(x: Tensor, shifts: readonly number[], axes: readonly number[]): Tensor {
  if (shifts.length !== axes.length)
    throw graphError("shape/roll", `roll: ${shifts.length} shifts for ${axes.length} axes`);
  return axes.reduce((y, axis, i) => {
    const size = y.shape[y.axis(axis, "roll")];
    const cut = size === 0 ? 0 : ((-shifts[i] % size) + size) % size; // the first `cut` elements go to the end
    return cut === 0 ? y : concat([y.slice(axis, cut), y.slice(axis, 0, cut)], y.axis(axis, "roll"));
  }, x);
}

/** [B, C·r², H, W] → [B, C, r·H, r·W]. Source: arXiv 1609.05158. */
export function pixelShuffle(x: Tensor, factor: number): Tensor {
  const [b, c, h, w] = imageShape("pixelShuffle", x);
  const out = c / factor ** 2;
  if (!Number.isInteger(out))
    throw graphError("shape/pixel-shuffle", `pixelShuffle: ${factor}² does not divide the channels of ${show(x)}`);
  const apart = x.reshape([b, out, factor, factor, h, w]).permute([0, 1, 4, 2, 5, 3]); // [B, C, H, r, W, r]
  return apart.reshape([b, out, h * factor, w * factor]);
}

/** [B, C, r·H, r·W] → [B, C·r², H, W], the inverse of `pixelShuffle`. */
export function pixelUnshuffle(x: Tensor, factor: number): Tensor {
  const [b, c, h, w] = imageShape("pixelUnshuffle", x);
  if (h % factor !== 0 || w % factor !== 0)
    throw graphError("shape/pixel-shuffle", `pixelUnshuffle: ${factor} does not divide height and width of ${show(x)}`);
  const apart = x.reshape([b, c, h / factor, factor, w / factor, factor]).permute([0, 1, 3, 5, 2, 4]);
  return apart.reshape([b, c * factor ** 2, h / factor, w / factor]);
}

function imageShape(name: string, x: Tensor): readonly number[] {
  if (x.rank === 4) return x.shape;
  throw graphError("shape/image", `${name}: ${show(x)} is not [B, C, H, W]`);
}
