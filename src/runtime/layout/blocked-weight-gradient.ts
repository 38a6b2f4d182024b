/**
 * dw of a convolution as a blocked convolution. The blocked dy [n, K/b, places, b], unchanged in memory, is a filter of K
 * outputs whose input channels are groups of b places; x with its places as channels, [n, places/b, C, b of places], is
 * what it slides over. One group for each image, then a sum over them.
 *
 * On ONNX Runtime this is the larger half of what the blocked layout gains (conv-layout.md): the same gradient as matrix
 * products needs both operands back in plain layout.
 */
import { BlockedConv, ReorderInput } from "../../graph/operators/blocked.ts";
import { concat } from "../../graph/operators/layout.ts";
import { tapsOf, type Window } from "../../graph/operators/window.ts";
import type { Tensor } from "../../graph/tensor.ts";
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
 * `rows`: stride 1 and as many places as x has, rows of whole blocks: one convolution for each column of the kernel.
 * `taps`: any stride, one convolution for each tap.
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
  const [n, c, , w] = x.shape;
  const k = dy.shape[1];
  const [kh, kw] = kernel;
  const row = w / b;
  const lanes = placesAsChannels(x, b);
  const columns = Array.from({ length: kw }, (_, j) => {
    const filter = asFilter(shifted(dy, j - before[1], b), n, b);
    const pads = [before[0] * row, 0, after[0] * row, 0];
    return perImage(lanes, filter, { pads, strides: [row, 1] }, { groups: n, k, rows: kh, columns: c }, b);
  });
  const joined = concat(columns, 0); // [kw, K/b, kh, C·b]
  const laid =
    c < b
      ? joined.reshape([kw, k / b, kh, c, b]).permute([1, 3, 2, 0, 4])
      : joined.reshape([kw, k / b, kh, c / b, b * b]).permute([1, 3, 2, 0, 4]);
  return laid.reshape([k, c, kh, kw]);
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
  const lanes = placesAsChannels(dy, b);
  const taps = tapsOf(window.kernel).map((tap) => {
    const filter = asFilter(underTap(x, tap, window, dy.shape.slice(2), b), groups, b);
    return perImage(lanes, filter, {}, { groups, k: c, rows: 1, columns: k }, b);
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

/** Blocked [n, K, h, w] as a filter in `groups` groups: [groups·K, n/groups·b, h·w/b, 1]. */
function asFilter(y: Tensor, groups: number, b: number): Tensor {
  const [n, k, h, w] = y.shape;
  const each = n / groups;
  const apart = y.reshape([groups, each, k / b, h * w * b]);
  const ordered = k > b && each > 1 ? apart.permute([0, 2, 1, 3]) : apart;
  return ordered.reshape([groups * k, each * b, (h * w) / b, 1]);
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
  window: { readonly pads?: readonly number[]; readonly strides?: readonly number[] },
  { groups, k, rows, columns }: Sizes,
  b: number,
): Tensor {
  const y = BlockedConv({ x: lanes, w: filter }, { ...window, group: groups, kernel_shape: filter.shape.slice(2) }).y;
  return y.reshape([groups, 1, k / b, rows, columns * b]).sum(0);
}
