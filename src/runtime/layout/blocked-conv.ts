/**
 * A convolution and its gradient by input on blocked activations. Weights come and go blocked (weight-layout.ts), with
 * channels that the block divides.
 */
import { hostTensor } from "../../graph/dtype.ts";
import { BlockedConv } from "../../graph/operators/blocked.ts";
import { pad } from "../../graph/operators/pad.ts";
import { attributesOf, type Window } from "../../graph/operators/window.ts";
import { constantOf, int64Constant, type Tensor } from "../../graph/tensor.ts";
import { Gather } from "../../graph/operators/gather.ts";
import { gridShape, type Fusion, type Grid } from "./affine.ts";

const activation = (relu: boolean | undefined) => (relu ? { activation: "Relu" } : {});

/** x ∗ w: x blocked, or plain with fewer channels than a block. */
export const forward = (x: Tensor, w: Tensor, window: Window, { bias, sum, relu }: Fusion): Tensor =>
  BlockedConv({ x, w, bias, sum }, { ...attributesOf(window), kernel_shape: window.kernel, ...activation(relu) }).y;

/** One channel of a kernel of ones and zeros: moves, cuts, pads and strides activations, threaded. */
export function place(
  x: Tensor,
  kernel: readonly [number, number],
  tap: readonly [number, number],
  { strides, pads }: { strides: readonly number[]; pads: readonly number[] },
  block: number,
): Tensor {
  const c = x.shape[1];
  const data = new Float32Array(c * kernel[0] * kernel[1]);
  const at = tap[0] * kernel[1] + tap[1];
  const taps = kernel[0] * kernel[1];
  for (let channel = 0; channel < c; channel++)
    data[(Math.floor(channel / block) * taps + at) * block + (channel % block)] = 1;
  const w = constantOf(hostTensor("float32", [c, 1, ...kernel], data));
  return BlockedConv({ x, w }, { group: c, kernel_shape: kernel, strides, pads }).y;
}

/** The kinds of strided convolutions whose gradient by input has a blocked form. */
export function inputGradientForm(grid: Grid, window: Window): "same" | "phases" | "strided" | undefined {
  const { kernel, strides, dilations, before, after } = window;
  if (dilations.some((dilation) => dilation !== 1)) return undefined;
  const reach = kernel.map((k, i) => [k - 1 - before[i], k - 1 - after[i]]).flat();
  if (strides.every((stride) => stride === 1)) return reach.every((size) => size >= 0) ? "same" : undefined;
  const even = strides.every((stride) => stride === 2) && grid.h % 2 === 0 && grid.w % 2 === 0;
  if (
    even &&
    kernel.every((k) => k === 3) &&
    [...before].every((p) => p === 1) &&
    after.every((p) => p === 0 || p === 1)
  )
    return "phases";
  if (even && kernel.every((k) => k === 1) && [...before, ...after].every((p) => p === 0)) return "strided";
  return undefined;
}

/** dx of x ∗ w for a blocked x of `grid`, from the blocked dy [n, k, ...places]. */
export function inputGradient(grid: Grid, w: Tensor, dy: Tensor, window: Window, fusion: Fusion): Tensor {
  const { block: b } = grid;
  const [k, c, kh, kw] = w.shape;
  const turned = w.reshape([k / b, c / b, kh, kw, b, b]).permute([1, 0, 2, 3, 5, 4]); // [C/b, K/b, kh, kw, b of K, b of C]
  const form = inputGradientForm(grid, window);
  if (form === "same") {
    const flipped = [kh, kw].reduce((t, size, i) => (size === 1 ? t : t.slice(i + 2, -1, -size - 1, -1)), turned);
    const before = window.kernel.map((size, i) => size - 1 - window.before[i]);
    const after = window.kernel.map((size, i) => size - 1 - window.after[i]);
    return forward(dy, flipped.reshape([c, k, kh, kw]), { ...window, before, after }, fusion);
  }
  const phases = form === "phases" ? fourPhases(turned, dy, grid) : onePhase(turned, dy, grid);
  const dx = interleaved(phases, grid);
  return finish(dx, fusion, grid);
}

/** Stride 2, 3×3: dx at even and odd places are four 2×2 convolutions of dy, here one to 4·C channels. */
function fourPhases(turned: Tensor, dy: Tensor, { n, c, h, w, block: b }: Grid): Tensor {
  const k = dy.shape[1];
  // rows 1, none | 2, 0 of the kernel meet dy at y, y + 1 for even | odd rows of dx; the same for columns
  const order = int64Constant([1, 3, 2, 0]);
  const wide = pad(turned, [
    [0, 1],
    [0, 1],
    [0, 0],
    [0, 0],
  ]);
  const gathered = Gather({ x: Gather({ x: wide, indices: order }, { axis: 2 }).y, indices: order }, { axis: 3 }).y;
  const kernels = gathered
    .reshape([c / b, k / b, 2, 2, 2, 2, b * b])
    .permute([2, 4, 0, 1, 3, 5, 6])
    .reshape([4 * c, k, 2, 2]);
  const window = { kernel: [2, 2], strides: [1, 1], dilations: [1, 1], before: [0, 0], after: [1, 1] };
  const [places, half] = [dy.shape.slice(2), [h / 2, w / 2]];
  if (places[0] !== half[0] || places[1] !== half[1] || dy.shape[0] !== n)
    throw new Error(`a strided gradient of [${places.join()}] places for [${half.join()}]`);
  return forward(dy, kernels, window, {});
}

/** Stride 2, 1×1: only the even places get a gradient. */
function onePhase(turned: Tensor, dy: Tensor, { n, c, h, w }: Grid): Tensor {
  const [k, quarter] = [dy.shape[1], (h * w) / 4];
  const window = { kernel: [1, 1], strides: [1, 1], dilations: [1, 1], before: [0, 0], after: [0, 0] };
  const even = forward(dy, turned.reshape([c, k, 1, 1]), window, {}).reshape([n, c * quarter]);
  return pad(even, [[0, 3 * c * quarter]]).reshape([n, 4 * c, h / 2, w / 2]);
}

/** [n, 4·c, h/2, w/2], channels as (row phase, column phase, c) → [n, c, h, w]. */
const interleaved = (phases: Tensor, { n, c, h, w, block: b }: Grid): Tensor =>
  phases
    .reshape([n, 2, 2, c / b, h / 2, w / 2, b])
    .permute([0, 3, 4, 1, 5, 2, 6])
    .reshape([n, c, h, w]);

/** What a convolution would have fused, after a form that ends in another operator. */
function finish(y: Tensor, { bias, sum, relu }: Fusion, grid: Grid): Tensor {
  const { c, block } = grid;
  const shifted =
    bias === undefined
      ? y
      : y
          .reshape([grid.n, c / block, grid.h * grid.w, block])
          .add(bias.reshape([c / block, 1, block]))
          .reshape(gridShape(grid));
  const total = sum === undefined ? shifted : shifted.add(sum);
  return relu ? total.relu() : total;
}
