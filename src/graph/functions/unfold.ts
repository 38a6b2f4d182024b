import { sizeOf } from "../dtype.ts";
import { graphError } from "../graph-error.ts";
import { concat } from "../operators/layout.ts";
import { pad } from "../operators/pad.ts";
import { tapsOf, underTap } from "../operators/window.ts";
import { show, type Tensor } from "../tensor.ts";

export interface UnfoldOptions {
  readonly stride?: number;
  readonly padding?: number;
  readonly dilation?: number;
}

/** x [B, C, H, W] → [B, C·kernel², places]: the values under a square window at each place, as torch's unfold. */
export function unfold(
  x: Tensor,
  kernel: number,
  { stride = 1, padding = 0, dilation = 1 }: UnfoldOptions = {},
): Tensor {
  if (x.rank !== 4) throw graphError("shape/image", `unfold: ${show(x)} is not [B, C, H, W]`);
  const padded = padding === 0 ? x : pad(x, [[padding, padding] as const, [padding, padding] as const]);
  const span = (kernel - 1) * dilation + 1;
  const places = padded.shape.slice(2).map((size) => Math.floor((size - span) / stride) + 1);
  if (places.some((count) => count < 1))
    throw graphError("shape/window", `unfold: a window of ${span} does not fit ${show(x)} with padding ${padding}`);
  const [batch, channels] = x.shape;
  const two = <T>(value: T): readonly T[] => [value, value];
  const window = { kernel: two(kernel), strides: two(stride), dilations: two(dilation), before: two(0), after: two(0) };
  const taps = tapsOf(window.kernel).map((tap) =>
    underTap(padded, tap, window, places).reshape([batch, channels, 1, sizeOf(places)]),
  );
  return concat(taps, 2).reshape([batch, channels * kernel ** 2, sizeOf(places)]);
}
