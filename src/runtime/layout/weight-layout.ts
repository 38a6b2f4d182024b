import type { Tensor } from "../../graph/tensor.ts";

/**
 * How a convolution's weight (and its moments, gradient and average) lies in memory when it is blocked: [K, C, kh, kw] as
 * [K/b, C/b, kh, kw, b in, b out]; with C < b (an image as input) [K/b, C, kh, kw, b out]. Of the same size, so that a
 * blocked tensor keeps its declared shape.
 */
export interface WeightLayout {
  readonly shape: readonly number[];
  readonly block: number;
}

/** Whether [K, C, kh, kw] can be blocked without padding. */
export const canBeBlocked = ([k, c]: readonly number[], block: number): boolean =>
  k % block === 0 && (c % block === 0 || c < block);

export const sameLayout = (a: WeightLayout, b: WeightLayout): boolean =>
  a.block === b.block && a.shape.join() === b.shape.join();

/** Shape with the blocks apart, and the order of its axes in memory. */
function parts({ shape: [k, c, kh, kw], block: b }: WeightLayout): { apart: number[]; order: number[] } {
  if (c < b) return { apart: [k / b, b, c, kh, kw], order: [0, 2, 3, 4, 1] };
  return { apart: [k / b, b, c / b, b, kh, kw], order: [0, 2, 4, 5, 3, 1] };
}

const inverse = (order: readonly number[]): number[] => order.map((_, i) => order.indexOf(i));

/** Plain → blocked, by nodes: keeps the declared shape. */
export function blockWeight(w: Tensor, layout: WeightLayout): Tensor {
  const { apart, order } = parts(layout);
  return w.reshape(apart).permute(order).reshape(w.shape);
}

/** Blocked → plain, by nodes. */
export function unblockWeight(w: Tensor, layout: WeightLayout): Tensor {
  const { apart, order } = parts(layout);
  return w
    .reshape(order.map((axis) => apart[axis]))
    .permute(inverse(order))
    .reshape(w.shape);
}

/** Plain values → blocked ones, in a new array. */
export const toBlocked = (plain: Float32Array, layout: WeightLayout): Float32Array<ArrayBuffer> =>
  gather(plain, layout, (to, from, blocked, place) => (to[blocked] = from[place]));

/** Blocked values → plain ones, in a new array. */
export const toPlain = (blocked: Float32Array, layout: WeightLayout): Float32Array<ArrayBuffer> =>
  gather(blocked, layout, (to, from, place, plain) => (to[plain] = from[place]));

function gather(
  from: Float32Array,
  layout: WeightLayout,
  copy: (to: Float32Array, from: Float32Array, blockedAt: number, plainAt: number) => void,
): Float32Array<ArrayBuffer> {
  const { apart, order } = parts(layout);
  const strides = apart.map((_, i) => apart.slice(i + 1).reduce((product, size) => product * size, 1));
  const sizes = order.map((axis) => apart[axis]);
  const steps = order.map((axis) => strides[axis]);
  const to = new Float32Array(from.length);
  const at = sizes.map(() => 0);
  let plainAt = 0;
  for (let blockedAt = 0; blockedAt < from.length; blockedAt++) {
    copy(to, from, blockedAt, plainAt);
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      plainAt += steps[axis];
      if (++at[axis] < sizes[axis]) break;
      plainAt -= steps[axis] * sizes[axis];
      at[axis] = 0;
    }
  }
  return to;
}
