import { expect, test } from "vitest";
import { input } from "../../../src/graph/leaf.ts";
import { SwinBlock } from "../../../src/models/swin/swin-block.ts";
import { SwinEncoder } from "../../../src/models/swin/swin-encoder.ts";
import { SwinPyramid } from "../../../src/models/swin/swin-pyramid.ts";
import { TableAttention } from "../../../src/models/swin/table-attention.ts";
import { initialise, parameters, prepare } from "../../../src/nn/module.ts";
import { evaluate, host, relativeError, wave } from "../../nn/evaluate.ts";
import { goldenImage, goldenNames, goldenOptions, goldenValues } from "./golden-net.ts";

const { imageSize: _, ...body } = goldenOptions;

test("where windows fill the map the last level is the classifier's map", async () => {
  const encoder = prepare(new SwinEncoder(goldenOptions));
  const pyramid = prepare(new SwinPyramid({ ...body, levels: [1], shifts: [true, false] }));
  const x = input("x", [1, 3, 16, 16]);
  const values = goldenValues(encoder, goldenNames);
  const renamed = new Map([...values].map(([name, value]) => [name.replace(/^norm\./, "norm1."), value]));
  const feeds = { x: goldenImage };
  const { y } = await evaluate({ y: encoder.features(x).permute([0, 2, 1]) }, { state: values, feeds });
  const [map] = pyramid.pyramid(x);
  expect(map.shape).toEqual([1, 16, 4, 4]);
  const { z } = await evaluate({ z: map }, { state: renamed, feeds });
  z.forEach((value, i) => expect(value).toBeCloseTo(y[i], 5));
});

test("a block that windows do not fill: zeros are keys too, and shifted windows stay apart", async () => {
  // q and k are 0, so that a token's attention is the mean of the values that its window may see
  const [side, window, shift, width] = [5, 4, 2, 2];
  const attn = new TableAttention(width, 1, { window });
  const block = prepare(new SwinBlock(width, { attn, window, shift, normLast: false, mlpRatio: 1, dropPath: 0 }));
  const state = new Map(
    [...initialise(block, 0)].map(([name, { shape }]) => [
      name,
      host(shape, new Array(shape.reduce((a, b) => a * b, 1)).fill(0)),
    ]),
  );
  state.set("norm1.weight", host([2], [1, 1]));
  state.set("norm2.weight", host([2], [1, 1]));
  state.set("attn.qkv.weight", host([6, 2], [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1]));
  state.set("attn.qkv.bias", host([6], [0, 0, 0, 0, 0.25, 0.5]));
  state.set("attn.proj.weight", host([2, 2], [1, 0, 0, 1]));
  const x = wave([1, side * side, width]);
  const { y } = await evaluate({ y: block.forward(input("x", x.shape), [side, side]) }, { state, feeds: { x } });
  expect(relativeError(y, naive(x.data, side, window, shift))).toBeLessThan(1e-5);
});

/** x + mean of the normed, padded values in the same window and region of the rolled map, token by token. */
function naive(x: Float32Array, side: number, window: number, shift: number): number[] {
  const whole = Math.ceil(side / window) * window;
  const band = (place: number) => (place < whole - window ? 0 : place < whole - shift ? 1 : 2);
  const rolled = (place: number) => (place - shift + whole) % whole;
  const key = (row: number, column: number) => {
    const [r, c] = [rolled(row), rolled(column)];
    return [Math.floor(r / window), Math.floor(c / window), band(r), band(c)].join();
  };
  const value = (row: number, column: number): [number, number] => {
    if (row >= side || column >= side) return [0.25, 0.5]; // padded with zeros behind the norm: the bias is left
    const [a, b] = [x[2 * (row * side + column)], x[2 * (row * side + column) + 1]];
    const deviation = Math.sqrt(((a - b) / 2) ** 2 + 1e-5);
    return [(a - b) / 2 / deviation + 0.25, (b - a) / 2 / deviation + 0.5];
  };
  const out: number[] = [];
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const seen: [number, number][] = [];
      for (let r = 0; r < whole; r++)
        for (let c = 0; c < whole; c++) if (key(r, c) === key(row, column)) seen.push(value(r, c));
      const mean = (i: 0 | 1) => seen.reduce((sum, pair) => sum + pair[i], 0) / seen.length;
      const at = 2 * (row * side + column);
      out.push(x[at] + mean(0), x[at + 1] + mean(1));
    }
  return out;
}

test("any image size: odd sides are rounded up on the way down", () => {
  const pyramid = prepare(new SwinPyramid({ ...body, depths: [2, 2, 1, 1], heads: [1, 2, 2, 4] }));
  const maps = pyramid.pyramid(input("x", [1, 3, 37, 21]));
  expect(maps.map(({ shape }) => shape.join("x"))).toEqual(["1x8x19x11", "1x16x10x6", "1x32x5x3", "1x64x3x2"]);
  expect([...parameters(pyramid).keys()].filter((name) => /^norm\d\.weight/.test(name))).toHaveLength(4);
});

test("a global block attends over a whole map that is no square, with the bias MLP of its windows", async () => {
  const pyramid = prepare(
    new SwinPyramid({ ...body, levels: [1], globalBlocks: [[1], []], pretrainedWindows: [4, 4], sharedBias: true }),
  );
  const x = input("x", [1, 3, 16, 12]);
  const [map] = pyramid.pyramid(x);
  const { y } = await evaluate({ y: map }, { state: initialise(pyramid, 0), feeds: { x: wave([1, 3, 16, 12]) } });
  expect(y.every(Number.isFinite)).toBe(true);
  expect(map.shape).toEqual([1, 16, 4, 3]);
});

test("lists for other stages, and global blocks of V1, are refused", () => {
  expect(() => new SwinPyramid({ ...body, windows: [4] })).toThrow("SwinPyramid: windows has 1 entries for 2 stages");
  expect(() => new SwinPyramid({ ...body, version: 1, globalBlocks: [[0], []] })).toThrow(
    "globalBlocks need version 2",
  );
});
