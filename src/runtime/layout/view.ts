/**
 * Blocked activations seen in another shape: [n·g, c/g·h·w] as group norm sees them, [n, c, h·w], … A view keeps the order
 * of NCHW, so its leading axes that divide n·c number groups of channels, and the rest runs through their places.
 */
import type { Tensor } from "../../graph/tensor.ts";
import { sizeOf, type Shape } from "../../graph/dtype.ts";
import type { Grid } from "./affine.ts";

/** Number of leading axes of `view` that hold whole channels. */
export function channelAxes(view: Shape, { n, c }: Grid): number {
  let count = 0;
  while (count < view.length && (n * c) % sizeOf(view.slice(0, count + 1)) === 0) count++;
  return count;
}

/** Whether `shape` is a view of the grid in which images and groups of channels can be told apart. */
export const isView = (shape: Shape, grid: Grid): boolean => {
  const groups = sizeOf(shape.slice(0, channelAxes(shape, grid)));
  return sizeOf(shape) === grid.n * grid.c * grid.h * grid.w && groups % grid.n === 0;
};

/**
 * `value`, which broadcasts to `view`, as [1 or n, 1 or c] where it is constant within each channel; else undefined.
 */
export function perChannel(value: Tensor, view: Shape, grid: Grid): Tensor | undefined {
  if (value.size === 1) return value.reshape([1, 1]);
  if (value.rank > view.length) return undefined;
  const shape = [...view.slice(value.rank).map(() => 1), ...value.shape];
  const axes = channelAxes(view, grid);
  if (shape.slice(axes).some((size) => size !== 1)) return undefined;
  const { n, c } = grid;
  if (axes === 2 && view[0] === n && view[1] === c) return value.reshape(shape.slice(0, 2));
  if (view[0] === n && shape[0] === 1) return spread(value, view.slice(1, axes), shape.slice(1, axes), 1, c);
  return spread(value, view.slice(0, axes), shape.slice(0, axes), n, c);
}

function spread(value: Tensor, full: Shape, shape: Shape, n: number, c: number): Tensor {
  const groups = sizeOf(full);
  const perGroup = value.reshape(shape).expand(full).reshape([groups, 1]);
  return perGroup.expand([groups, (n * c) / groups]).reshape([n, c]);
}

/** Axes that a reduction removes, or undefined where they are not constant. */
export function axesOf(axes: Tensor | undefined, view: Shape): number[] | undefined {
  if (axes === undefined) return view.map((_, i) => i);
  if (axes.producer.kind !== "constant") return undefined;
  return Array.from(axes.producer.value.data as BigInt64Array, (axis) => (Number(axis) + view.length) % view.length);
}
