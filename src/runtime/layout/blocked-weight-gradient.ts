/**
 * dw of a convolution as a blocked convolution. The blocked dy [n, K/b, places, b], unchanged in memory, is a filter of K
 * outputs whose input channels are groups of b neighbouring places; it slides over x with its places as channels, one
 * group for each image, and the results are summed over the images.
 *
 * On ONNX Runtime this is the larger half of what the blocked layout gains (conv-layout.md): the same gradient as matrix
 * products needs both operands back in plain layout, and is slower itself.
 */
import { BlockedConv, ReorderInput, ReorderOutput } from "../../graph/operators/blocked.ts";
import { concat } from "../../graph/operators/layout.ts";
import { indexSelect } from "../../graph/operators/gather.ts";
import { pad } from "../../graph/operators/pad.ts";
import { tapsOf, type Window } from "../../graph/operators/window.ts";
import { int64Constant, type Tensor } from "../../graph/tensor.ts";
import { place } from "./blocked-conv.ts";

/** Images of one group in the tap form: two groups keep two threads busy. */
const tapGroups = 2;

export interface WeightGradientCase {
  /** [n, C, H, W]: blocked, or plain with fewer channels than a block. */
  readonly x: readonly number[];
  readonly dy: readonly number[];
  readonly window: Window;
  readonly block: number;
}

/**
 * `rows`: stride 1 and as many places as x has, rows of whole blocks. Plain x [n, C, H·W], seen as channels of b places, is
 * [C, H·W/b] to slide over: one convolution of a 1 × H·W/b kernel for each column of the weight's kernel, which gives all
 * its rows. With x turned so that the C channels lie side by side ([H·W/b, C], b × b tiles transposed, as in
 * conv-layout.md, 7) the kernel's rows lie a power of two apart in memory and meet in the same cache lines: 54 GFLOP/s
 * for 64×64 places, 132 for 32×32, 180 for 16×16 (b = 8, Zen 3).
 * `taps`: any stride, one convolution for each tap, x under the tap as the filter and dy as what it slides over.
 */
export function weightGradientForm({ x, dy, window, block }: WeightGradientCase): "rows" | "taps" | undefined {
  const [, c, h, w] = x;
  const [, , ho, wo] = dy;
  const { strides, dilations } = window;
  const plain = [...strides, ...dilations].every((size) => size === 1);
  if (plain && h === ho && w === wo && w % block === 0) return "rows";
  return c >= block && (ho * wo) % block === 0 ? "taps" : undefined;
}

/** dw [K, C, kh, kw], blocked. */
export function weightGradient(x: Tensor, dy: Tensor, window: Window, block: number): Tensor {
  const form = weightGradientForm({ x: x.shape, dy: dy.shape, window, block });
  return form === "rows" ? byRows(x, dy, window, block) : byTaps(x, dy, window, block);
}

function byRows(x: Tensor, dy: Tensor, { kernel, before, after }: Window, b: number): Tensor {
  const [n, c, h, w] = x.shape;
  const k = dy.shape[1];
  const [kh, kw] = kernel;
  const parts = segments(h, w / b, b);
  const lanes = overlapping(paddedRows(x, before[0], after[0], b), parts, { lines: h, more: kh - 1 }, b);
  const columns = Array.from({ length: kw }, (_, j) => {
    const dyj = shifted(dy, j - before[1], b);
    const filter = dyj.reshape([n * k, parts * b, 1, (h * w) / b / parts]);
    return perImage(lanes, filter, [1, w / b], { groups: n, k, rows: c, columns: kh }, b);
  });
  const joined = concat(columns, 0); // [kw, K/b, C, kh·b]
  const laid =
    c < b
      ? joined.reshape([kw, k / b, c, kh, b]).permute([1, 2, 3, 0, 4])
      : joined.reshape([kw, k / b, c / b, b, kh, b]).permute([1, 2, 4, 0, 3, 5]);
  return laid.reshape([k, c, kh, kw]);
}

/**
 * Parts of the places, each an input channel block of its own, so that what is read of the filter again and again stays
 * in the nearer caches: `filterBytes` at most for the four output blocks that ONNX Runtime computes together. The copies
 * that parts need cost more than they gain up to 64×64 places: a U-Net's step took 336 ms without, 344 with four parts.
 */
function segments(lines: number, perLine: number, b: number): number {
  const bytes = (parts: number): number => ((lines * perLine) / parts) * 4 * b * b * 4;
  let parts = 1;
  while (lines % (2 * parts) === 0 && bytes(parts) > filterBytes) parts *= 2;
  return parts;
}
const filterBytes = 512 << 10;

/** Plain [n, C, rows, W] with rows of zeros around it. */
function paddedRows(x: Tensor, before: number, after: number, b: number): Tensor {
  const c = x.shape[1];
  const none = before + after === 0;
  if (c < b)
    return none
      ? x
      : pad(x, [
          [before, after],
          [0, 0],
        ]);
  const padded = none ? x : place(x, [1, 1], [0, 0], { strides: [1, 1], pads: [before, 0, after, 0] }, b);
  return ReorderOutput({ x: padded }, { channels: c }).y;
}

/**
 * Plain rows with b neighbouring places as channels, [1, n·parts·b, C, (rows + more)·W/b]: the same memory for one part;
 * several parts overlap by the `more` rows that a kernel reaches beyond its own.
 */
function overlapping(
  x: Tensor,
  parts: number,
  { lines, more }: { readonly lines: number; readonly more: number },
  b: number,
): Tensor {
  const [n, c, , w] = x.shape;
  const each = lines / parts;
  const shape = [1, n * parts * b, c, ((each + more) * w) / b];
  if (parts === 1) return x.reshape(shape);
  const rows = Array.from({ length: parts }, (_, part) =>
    Array.from({ length: each + more }, (_, line) => part * each + line),
  );
  const cut = indexSelect(x, int64Constant(rows.flat()), 2).reshape([n, c, parts, (each + more) * w]);
  return cut.permute([0, 2, 1, 3]).reshape(shape);
}

/** dy′[.., x] = dy[.., x − by], zeros from outside. */
function shifted(dy: Tensor, by: number, b: number): Tensor {
  if (by === 0) return dy;
  const size = Math.abs(by) + 1;
  const pads = by > 0 ? [0, by, 0, 0] : [0, 0, 0, -by];
  return place(dy, [1, size], [0, by > 0 ? 0 : size - 1], { strides: [1, 1], pads }, b);
}

/** x under each tap is the filter, dy with its places as channels what it slides over. */
function byTaps(x: Tensor, dy: Tensor, window: Window, b: number): Tensor {
  const [n, c] = x.shape;
  const k = dy.shape[1];
  const [kh, kw] = window.kernel;
  const groups = n % tapGroups === 0 ? tapGroups : 1;
  const [, , ho, wo] = dy.shape;
  const parts = segments((ho * wo) / b, 1, b);
  const lanes = placesAsChannels(dy, b).reshape([1, n * parts * b, (ho * wo) / b / parts, k]);
  const taps = tapsOf(window.kernel).map((tap) => {
    const filter = asFilter(underTap(x, tap, window, dy.shape.slice(2), b), groups, parts, b);
    return perImage(lanes, filter, [1, 1], { groups, k: c, rows: 1, columns: k }, b);
  });
  const joined = concat(taps, 0); // [taps, C/b, 1, K·b of C]
  return joined
    .reshape([kh * kw, c / b, k / b, b, b])
    .permute([2, 1, 0, 4, 3])
    .reshape([k, c, kh, kw]);
}

/** What lies under one tap at each place, padding included. */
function underTap(x: Tensor, tap: readonly number[], window: Window, places: readonly number[], b: number): Tensor {
  const { strides, dilations, before } = window;
  const start = tap.map((at, i) => at * dilations[i] - before[i]);
  if (strides.every((s) => s === 1) && start.every((at) => at === 0) && places.every((p, i) => p === x.shape[i + 2]))
    return x;
  const padBefore = start.map((at) => Math.max(0, -at));
  const padAfter = places.map((count, i) => Math.max(0, start[i] + (count - 1) * strides[i] + 1 - x.shape[i + 2]));
  const offset = start.map((at) => Math.max(0, at));
  // as long as it must be to reach the tap, and to fit only at the wanted places
  const kernel = places.map((count, i) =>
    Math.max(offset[i] + 1, x.shape[i + 2] + padBefore[i] + padAfter[i] - count * strides[i] + 1),
  );
  const pads = [...padBefore, ...padAfter];
  return place(x, [kernel[0], kernel[1]], [offset[0], offset[1]], { strides, pads }, b);
}

/** [n, C, h, w] → [1, n·b, h·w/b, C]: b places side by side where b channels were, by transposing b × b tiles. */
function placesAsChannels(x: Tensor, b: number): Tensor {
  const [n, c, h, w] = x.shape;
  const q = (h * w) / b;
  if (c < b)
    return x
      .reshape([n, c, q, b])
      .permute([0, 2, 1, 3])
      .reshape([1, n * b, q, c]);
  const tiles = (n * c * q) / b;
  const turned = ReorderInput({ x: x.reshape([tiles, b, b, 1]) }).y;
  const ordered = c > b ? turned.reshape([n, c / b, q, b * b]).permute([0, 2, 1, 3]) : turned;
  return ordered.reshape([1, n * b, q, c]);
}

/** Blocked [n, K, h, w] as a filter in `groups` groups: [groups·K, n/groups·parts·b, h·w/b/parts, 1]. */
function asFilter(y: Tensor, groups: number, parts: number, b: number): Tensor {
  const [n, k, h, w] = y.shape;
  const each = n / groups;
  const apart = y.reshape([groups, each, k / b, h * w * b]);
  const ordered = k > b && each > 1 ? apart.permute([0, 2, 1, 3]) : apart;
  return ordered.reshape([groups * k, each * parts * b, (h * w) / b / parts, 1]);
}

interface Sizes {
  readonly groups: number;
  readonly k: number;
  readonly rows: number;
  readonly columns: number;
}

/** The convolution, summed over the groups: [1, K/b, rows, columns·b]. */
function perImage(
  lanes: Tensor,
  filter: Tensor,
  strides: readonly [number, number],
  { groups, k, rows, columns }: Sizes,
  b: number,
): Tensor {
  const y = BlockedConv({ x: lanes, w: filter }, { strides, group: groups, kernel_shape: filter.shape.slice(2) }).y;
  return y.reshape([groups, 1, k / b, rows, columns * b]).sum(0);
}
