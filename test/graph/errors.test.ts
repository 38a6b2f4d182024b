/** What people read when shapes do not fit: operator, shapes, and the line they wrote. */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { FoveaError } from "../../src/errors/fovea-error.ts";
import { grad } from "../../src/graph/autodiff.ts";
import { einsum } from "../../src/graph/functions/einsum.ts";
import { interpolate } from "../../src/graph/functions/interpolate.ts";
import { gridSample } from "../../src/graph/functions/sample.ts";
import { unfold } from "../../src/graph/functions/unfold.ts";
import { conv } from "../../src/graph/operators/conv.ts";
import { maxPool } from "../../src/graph/operators/pool.ts";
import { linear } from "../../src/graph/functions/linear.ts";
import { groupNorm } from "../../src/graph/functions/normalisation.ts";
import { pixelShuffle, roll, stack } from "../../src/graph/functions/rearrange.ts";
import { input } from "../../src/graph/leaf.ts";
import { clamp } from "../../src/graph/operators/extremes.ts";
import { gather, indexSelect, scatterAdd } from "../../src/graph/operators/gather.ts";
import { layerNorm } from "../../src/graph/operators/layer-norm.ts";
import { concat, split } from "../../src/graph/operators/layout.ts";
import { fusedMatMul, gemm } from "../../src/graph/operators/matmul.ts";
import { topk } from "../../src/graph/operators/order.ts";
import { pad } from "../../src/graph/operators/pad.ts";
import { softmax } from "../../src/graph/operators/softmax.ts";
import { tile } from "../../src/graph/operators/tile.ts";
import { withScope } from "../../src/graph/scope.ts";
import { crossEntropy } from "../../src/nn/losses/cross-entropy.ts";
import { meanSquaredError } from "../../src/nn/losses/regression.ts";

const [a, b] = [input("a", [2, 3]), input("b", [4, 5])];
const [image, filter] = [input("image", [1, 3, 8, 8]), input("filter", [4, 2, 3, 3])];
const index = input("index", [2], "int64");

/** The line of this file on which the caller stands. */
function here(offset: number): string {
  const line = Number(/errors\.test\.ts:(\d+)/.exec((new Error().stack ?? "").split("\n")[2])?.[1]);
  return `${fileURLToPath(import.meta.url)}:${line + offset}`;
}

function caught(build: () => unknown): FoveaError {
  try {
    build();
  } catch (error) {
    if (error instanceof FoveaError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("a shape error names operator, shapes, remedy, and the line that was written", () => {
  const error = caught(() => a.matmul(b));
  const written = here(-1);
  expect(error.message).toBe("MatMul: [2, 3] × [4, 5]: inner sizes 3 and 4 differ");
  expect(error.hint).toBe("a Linear weight is stored [out, in]: use linear(x, weight), or transpose it first");
  expect(relative("", error.where ?? "")).toBe(relative("", written));
});

test("inside a module the error also names the module's path", () => {
  const error = caught(() => withScope("blocks.3.attn", () => a.add(b)));
  const written = here(-1);
  expect(error.where).toBe(`blocks.3.attn, ${written}`);
});

describe("messages", () => {
  test.each<[string, () => unknown]>([
    ["Add: shapes [2, 3] and [4, 5] do not broadcast", () => a.add(b)],
    ["Mul: [2, 3] is float32 and int64 [2, 3] is int64", () => a.mul(a.cast("int64"))],
    ["Gemm: [2, 3] × [4, 5] does not fit", () => gemm(a, b)],
    ["matmul: [2, 3]ᵀ × [4, 5] does not fit", () => fusedMatMul(a, b, { transA: 1 })],
    ["linear: x [2, 3] and weight [4, 5] do not fit", () => linear(a, b)],
    ['einsum "ij,jk->ik" of [2, 3], [4, 5]: axis j is both 3 and 4 long', () => einsum("ij,jk->ik", a, b)],
    ['einsum "ij->k" of [2, 3]: no term has the axis k', () => einsum("ij->k", a)],
    ["Softmax: axis 2 is outside [2, 3]; use -2 to 1", () => softmax(a, 2)],
    ["ReduceSum: axis -3 is outside [2, 3]; use -2 to 1", () => a.sum(-3)],
    ["reshape: [2, 3] has 6 elements and does not fit [4, -1]", () => a.reshape([4, -1])],
    ["Transpose: [0, 0] is not an order of the axes of [2, 3]", () => a.permute([0, 0])],
    ["Expand: [2, 3] does not broadcast to [4, 3]", () => a.expand([4, 3])],
    ["Concat: [2, 3], [4, 5] differ in more than axis 0", () => concat([a, b])],
    ["Split: parts [1, 3] do not add up to 3, axis 1 of [2, 3]", () => split(a, [1, 3], 1)],
    ["Tile: repeats [2] do not fit the axes of [2, 3]", () => tile(a, [2])],
    ["Slice: step 0 along axis 0 of [2, 3]", () => a.slice(0, 0, 1, 0)],
    ["Pad: 3 and 0 (reflect) along axis 1 of [2, 3]", () => pad(a, [[3, 0]], { mode: "reflect" })],
    ["Gather: the indices are [4, 5], not int64", () => indexSelect(a, b)],
    ["GatherElements: indices int64 [2] do not fit [2, 3]", () => gather(a, index, 0)],
    [
      "ScatterElements: updates [2, 3] and indices int64 [1, 3] differ",
      () => scatterAdd(a, a.slice(0, 0, 1).cast("int64"), a, 0),
    ],
    ["TopK: k is 4 and axis 1 of [2, 3] has 3 elements", () => topk(a, 4)],
    ["clamp: min 1 is above max 0", () => clamp(a, { min: 1, max: 0 })],
    [
      "LayerNormalization: scale [5] does not match the normalised axes [3] of x [2, 3]",
      () => layerNorm(a, input("w", [5])),
    ],
    ["groupNorm: 2 groups do not divide the channels of [2, 3]", () => groupNorm(a, 2)],
    ["stack: axis 3 is outside [2, 3]; use -3 to 2", () => stack([a, a], 3)],
    ["roll: 1 shifts for 2 axes", () => roll(a, [1], [0, 1])],
    ["pixelShuffle: [2, 3] is not [B, C, H, W]", () => pixelShuffle(a, 2)],
    ["Where: the condition [2, 3] is not bool", () => a.where(a, 0)],
    [
      "crossEntropy: logits [2, 3] with 3 classes on axis 1 need an int64 target [2], got [4, 5]",
      () => crossEntropy(a, b),
    ],
    ["meanSquaredError: prediction [2, 3] and target [4, 5] differ in shape", () => meanSquaredError(a, b)],
    ["Conv: x [1, 3, 8, 8] and weight [4, 2, 3, 3] in 1 group do not fit", () => conv(image, filter)],
    [
      "Conv: a window of 9 does not fit axis 2 of [1, 2, 8, 8]",
      () => conv(image.slice(1, 0, 2), filter, { dilation: 4 }),
    ],
    ["MaxPool: kernel [0, 0], strides [0, 0]", () => maxPool(image, 0)],
    ["interpolate: sizes [4] for [1, 3, 8, 8]", () => interpolate(image, [4])],
    ["gridSample: x [1, 3, 8, 8] and grid [2, 3] do not fit", () => gridSample(image, a)],
    ["unfold: a window of 11 does not fit [1, 3, 8, 8] with padding 1", () => unfold(image, 11, { padding: 1 })],
    ["grad: the loss is [2, 3], not a scalar", () => grad(a, [a])],
    ["input x: [2, -1] is not a shape; sizes are whole numbers from 0", () => input("x", [2, -1])],
  ])("%s", (message, build) => {
    const error = caught(build);
    expect(error.message).toContain(message);
    expect(error.where).toContain("errors.test.ts:");
  });
});
