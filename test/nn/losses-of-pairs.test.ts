import { expect, test } from "vitest";
import { input } from "../../src/graph/leaf.ts";
import { contrastiveLoss } from "../../src/nn/losses/contrastive.ts";
import { maskedCosineLoss } from "../../src/nn/losses/masked-cosine.ts";
import { evaluate, host, wave } from "./evaluate.ts";

const pairs = [8, 8] as const;
const unit = host(
  pairs,
  Float32Array.from({ length: 64 }, (_, i) => (i % 9 === 0 ? 1 : 0)),
);

async function contrastive(images: typeof unit, texts: typeof unit, scale: number): Promise<number> {
  const inputs = { images: input("images", pairs), texts: input("texts", pairs), scale: input("scale", []) };
  const loss = contrastiveLoss(inputs.images, inputs.texts, inputs.scale);
  const { y } = await evaluate({ y: loss }, { feeds: { images, texts, scale: host([], [scale]) } });
  return y[0];
}

test("the contrastive loss is ln N where all rows are alike, 0 where pairs alone fit, and the same both ways round", async () => {
  const alike = host(pairs, new Float32Array(64).fill(8 ** -0.5));
  expect(await contrastive(alike, alike, 100)).toBeCloseTo(Math.log(8), 5);
  expect(await contrastive(unit, unit, 100)).toBeCloseTo(0, 6);
  const other = wave(pairs);
  expect(await contrastive(unit, other, 3)).toBeCloseTo(await contrastive(other, unit, 3), 6);
});

test("the masked cosine loss is −1 for parallel features, one mean over masked tokens, and 0 without any", async () => {
  const shape = [2, 3, 4] as const;
  const [x, y, mask] = [input("x", shape), input("y", shape), input("mask", [2, 3])];
  const target = wave(shape);
  const run = async (prediction: typeof target, masked: readonly number[]): Promise<number> => {
    const feeds = { x: prediction, y: target, mask: host([2, 3], masked) };
    return (await evaluate({ loss: maskedCosineLoss(x, y, mask) }, { feeds })).loss[0];
  };
  expect(
    await run(
      host(
        shape,
        target.data.map((value) => 3 * value),
      ),
      [1, 0, 1, 1, 1, 1],
    ),
  ).toBeCloseTo(-1, 6);
  expect(await run(target, [0, 0, 0, 0, 0, 0])).toBe(-0);
  const half = host(
    shape,
    target.data.map((value, i) => (i < 4 ? -value : value)),
  ); // the first token points away
  expect(await run(half, [1, 0, 0, 1, 1, 1])).toBeCloseTo(-(3 - 1) / 4, 6); // 4 tokens, not 2 images
});
