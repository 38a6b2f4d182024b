import { expect, test } from "vitest";
import { grad } from "../../../src/graph/autodiff.ts";
import { hostTensor } from "../../../src/graph/dtype.ts";
import { input } from "../../../src/graph/leaf.ts";
import { program } from "../../../src/graph/program.ts";
import { compile } from "../../../src/runtime/compile.ts";
import { enlarged, maskedLoss, maskedLossPerImage } from "../../../src/systems/data-scaling/masked-loss.ts";

const shape = [2, 3, 8, 8];
const size = 2 * 3 * 8 * 8;
const wave = (phase: number) => Float32Array.from({ length: size }, (_, i) => Math.sin(0.37 * i + phase));
/** Cells of 4 × 4 pixels: one of four in the first image, three in the second. */
const cells = hostTensor("float32", [2, 2, 2], Float32Array.of(1, 0, 0, 0, 0, 1, 1, 1));
const isMasked = (at: number) => {
  const [image, y, x] = [Math.floor(at / 192), Math.floor((at % 64) / 8), at % 8];
  return cells.data[image * 4 + Math.floor(y / 4) * 2 + Math.floor(x / 4)] === 1;
};
const maskedPixels = 4 * 16;

async function lossOf(predicted: Float32Array, target: Float32Array) {
  const x = input("predicted", shape);
  const t = input("target", shape);
  const m = input("cells", [2, 2, 2]);
  const loss = maskedLoss(x, t, m);
  const [gradient] = grad(loss, [x]);
  const outputs = { loss, gradient, perImage: maskedLossPerImage(x, t, m), pixels: enlarged(m, 4) };
  await using run = await compile(program({ outputs }), { device: "cpu", threads: 1 });
  return await run.run({
    predicted: hostTensor("float32", shape, predicted),
    target: hostTensor("float32", shape, target),
    cells,
  });
}

test("a perfect reconstruction has loss 0, and one that is off by e everywhere has loss |e|", async () => {
  const target = wave(0);
  expect(Number((await lossOf(target, target)).get("loss")?.data[0])).toBe(0);
  for (const e of [0.5, -0.25]) {
    const shifted = target.map((value) => value + e);
    expect(Number((await lossOf(shifted, target)).get("loss")?.data[0])).toBeCloseTo(Math.abs(e), 5);
  }
});

test("pixels that are not masked carry no loss", async () => {
  const before = (await lossOf(wave(1), wave(0))).get("loss")?.data[0];
  const changed = wave(0).map((value, at) => (isMasked(at) ? value : value + 7));
  expect((await lossOf(wave(1), changed)).get("loss")?.data[0]).toBe(before);
});

test("the gradient is ±1 / (3 · masked pixels) on masked pixels and 0 elsewhere", async () => {
  const [predicted, target] = [wave(1), wave(0)];
  const gradient = (await lossOf(predicted, target)).get("gradient")!.data as Float32Array;
  gradient.forEach((value, at) => {
    const sign = Math.sign(predicted[at] - target[at]);
    expect(value).toBeCloseTo(isMasked(at) ? sign / (3 * maskedPixels) : 0, 7);
  });
});

test("the loss of each image is the mean over its own masked pixels", async () => {
  const [predicted, target] = [wave(1), wave(0)];
  const { perImage, pixels } = Object.fromEntries(await lossOf(predicted, target));
  for (const image of [0, 1]) {
    const errors: number[] = [];
    for (let at = image * 192; at < (image + 1) * 192; at++)
      if (isMasked(at)) errors.push(Math.abs(predicted[at] - target[at]));
    expect(Number(perImage.data[image])).toBeCloseTo(errors.reduce((a, b) => a + b) / errors.length, 5);
  }
  expect([...(pixels.data as Float32Array)].filter((value) => value === 1)).toHaveLength(maskedPixels);
});
