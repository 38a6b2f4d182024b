import { expect, test } from "vitest";
import { sizeOf } from "../../src/graph/dtype.ts";
import { pixelShuffle } from "../../src/graph/functions/rearrange.ts";
import { input } from "../../src/graph/leaf.ts";
import { initialise, prepare } from "../../src/nn/module.ts";
import { PatchConv, patchify, PointwiseConv, unpatchify } from "../../src/nn/patches.ts";
import { evaluate, relativeError, wave } from "./evaluate.ts";

test("PatchConv is the convolution whose stride is its kernel", async () => {
  const [batch, channels, size, patch, dim] = [2, 3, 6, 2, 4];
  const conv = prepare(new PatchConv(channels, dim, patch));
  const state = initialise(conv, 2);
  const image = wave([batch, channels, size, size]);
  const { y } = await evaluate({ y: conv.forward(input("x", image.shape)) }, { state, feeds: { x: image } });
  const weight = state.get("weight")!.data as Float32Array;
  const bias = state.get("bias")!.data as Float32Array;
  const expected: number[] = [];
  const side = size / patch;
  for (let b = 0; b < batch; b++)
    for (let place = 0; place < side ** 2; place++)
      for (let d = 0; d < dim; d++) {
        let sum = bias[d];
        for (let c = 0; c < channels; c++)
          for (let i = 0; i < patch; i++)
            for (let j = 0; j < patch; j++) {
              const [row, column] = [Math.floor(place / side) * patch + i, (place % side) * patch + j];
              const value = image.data[((b * channels + c) * size + row) * size + column];
              sum += value * weight[((d * channels + c) * patch + i) * patch + j];
            }
        expected.push(sum);
      }
  expect(relativeError(y, expected)).toBeLessThan(1e-6);
});

test("unpatchify undoes patchify, on a grid that is not square too", async () => {
  const image = wave([2, 3, 4, 6]);
  const tokens = patchify(input("x", image.shape), 2);
  expect(tokens.shape).toEqual([2, 6, 12]);
  const { y } = await evaluate({ y: unpatchify(tokens, 2, [2, 3]) }, { feeds: { x: image } });
  expect(y).toEqual([...image.data]);
});

test("unpatchify of a pointwise convolution is PyTorch's PixelShuffle of the 1×1 convolution", async () => {
  const conv = prepare(new PointwiseConv(5, 3 * 4));
  const tokens = input("x", [2, 9, 5]);
  const y = conv.forward(tokens);
  const map = y.permute([0, 2, 1]).reshape([2, 12, 3, 3]); // [B, C·r², h, w]
  const feeds = { x: wave([2, 9, 5]) };
  const { a, b } = await evaluate(
    { a: unpatchify(y, 2), b: pixelShuffle(map, 2) },
    { state: initialise(conv, 1), feeds },
  );
  expect(a).toHaveLength(sizeOf([2, 3, 6, 6]));
  expect(a).toEqual(b);
});

test("an image that does not cut into patches is refused", () => {
  expect(() => patchify(input("x", [1, 3, 32, 30]), 4)).toThrow(
    "patches of 4: image [1, 3, 32, 30] does not cut into them",
  );
  expect(() => unpatchify(input("x", [1, 6, 12]), 2)).toThrow("unpatchify: [1, 6, 12] is not");
});
