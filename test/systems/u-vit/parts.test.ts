import { expect, test } from "vitest";
import { grad } from "../../../src/graph/autodiff.ts";
import { input } from "../../../src/graph/leaf.ts";
import { squaredErrors } from "../../../src/diffusion/objective.ts";
import { generator } from "../../../src/random/generator.ts";
import { conditionsOf, trainingConditions } from "../../../src/systems/u-vit/conditions.ts";
import { drawNoise, timeAt } from "../../../src/systems/u-vit/noising.ts";
import { diffusionSchedule } from "../../../src/systems/u-vit/optimisation.ts";
import { toPixels } from "../../../src/systems/u-vit/pictures.ts";
import { pixels } from "../../../src/systems/u-vit/pixel-content.ts";
import { uVitSchema } from "../../../src/systems/u-vit/schema.ts";
import { slerp } from "../../../src/systems/u-vit/slerp.ts";
import { tokenIds, worldWords } from "../../../src/systems/u-vit/text/words.ts";
import { evaluate, wave } from "../../nn/evaluate.ts";

const optimiser = uVitSchema.parse({ optimiser: { peakLearningRate: 1, warmupSteps: 10 } }).optimiser;

test("the first update has rate 0, then it rises to its peak and stays", () => {
  const rate = diffusionSchedule(optimiser, 100);
  expect([0, 1, 5, 10, 50, 99].map(rate)).toEqual([0, 0.1, 0.5, 1, 1, 1].map((value) => expect.closeTo(value, 12)));
});

test("with a decay the rate falls linearly over the last share of the run", () => {
  const rate = diffusionSchedule({ ...optimiser, decay: 0.2 }, 100);
  expect([79, 80, 90, 99, 100].map(rate)).toEqual([1, 1, 0.5, 0.05, 0].map((value) => expect.closeTo(value, 12)));
});

test("noise and times depend on seed and step alone; discrete times are n/1000, n from 1", () => {
  const shape = [4, 3, 2, 2] as const;
  const recipe = { seed: 5, objective: { schedule: "stable-diffusion", predict: "noise" } } as const;
  expect(drawNoise(recipe, 7, shape)).toEqual(drawNoise(recipe, 7, shape));
  expect(drawNoise(recipe, 7, shape)).not.toEqual(drawNoise(recipe, 8, shape));
  expect([0, 0.5, 1 - 1e-9].map((u) => timeAt("stable-diffusion", u))).toEqual([0.001, 0.501, 1]);
  expect(timeAt("vp-sde", 0.25)).toBe(0.25);
});

test("the gradient at the output is 2 (ε̂ − ε)/numel", async () => {
  const [predicted, noise] = [input("predicted", [2, 3, 2, 2]), input("noise", [2, 3, 2, 2])];
  const [gradient] = grad(squaredErrors(predicted, noise).mean(), [predicted]);
  const feeds = { predicted: wave([2, 3, 2, 2], 1), noise: wave([2, 3, 2, 2], -2) };
  const values = await evaluate({ gradient, expected: predicted.sub(noise).mul(2 / 24) }, { feeds });
  values["gradient"].forEach((value, i) => expect(value).toBeCloseTo(values["expected"][i], 6));
});

test("labels are hidden with the recipe's probability, as the class behind the last", () => {
  const recipe = uVitSchema.parse({ condition: "class", conditionDropout: 0.15 });
  const conditions = conditionsOf(recipe, pixels(recipe, ["a", "b", "c"]));
  expect(conditions.network).toEqual({ kind: "class", classes: 4 });
  let hidden = 0;
  for (let step = 0; step < 100; step++) {
    const { label } = trainingConditions(conditions, { labels: new BigInt64Array(100).fill(1n), step }, recipe);
    for (const value of label.data as BigInt64Array) {
      expect([1n, 3n]).toContain(value);
      if (value === 3n) hidden++;
    }
  }
  expect(hidden / 10_000).toBeCloseTo(0.15, 1);
  expect(() => conditions.feeds([{ label: 3 }])).toThrow("label 3: this model knows labels 0 to 2");
});

test("a model without hidden labels has no null label, and says why there is no guidance", () => {
  const recipe = uVitSchema.parse({ condition: "class" });
  const conditions = conditionsOf(recipe, pixels(recipe, ["a", "b"]));
  expect(conditions.network).toEqual({ kind: "class", classes: 2 });
  expect(() => conditions.feeds([null])).toThrow(
    expect.objectContaining({ hint: expect.stringContaining("no guidance") as string }) as Error,
  );
});

test("spherical interpolation keeps the length of noise and meets both ends", () => {
  const [a, b] = [1, 2].map((seed) => generator(seed, "test").fillNormal(new Float64Array(4096)));
  const length = (x: Float64Array): number => Math.hypot(...x);
  expect([...slerp(a, b, 0)]).toEqual([...a]);
  expect(Math.max(...slerp(a, b, 1).map((value, i) => Math.abs(value - b[i])))).toBeLessThan(1e-12);
  expect(length(slerp(a, b, 0.5)) / Math.sqrt(length(a) * length(b))).toBeCloseTo(1, 2);
});

test("texts become begin, words, end; an unknown word is refused with the nearest", () => {
  const [begin, end] = [BigInt(worldWords.length), BigInt(worldWords.length + 1)];
  const id = (word: (typeof worldWords)[number]): bigint => BigInt(worldWords.indexOf(word));
  const { data, shape } = tokenIds(["Large  red ring", ""], worldWords, 6);
  expect(shape).toEqual([2, 6]);
  expect([...data]).toEqual([begin, id("large"), id("red"), id("ring"), end, end, begin, end, end, end, end, end]);
  expect(() => tokenIds(["rde ring"], worldWords, 6)).toThrow('does not know the word "rde"');
  expect(() => tokenIds(["large red ring on blue"], worldWords, 6)).toThrow("5 words, at most 4 are read");
});

test("values in [−1, 1] become bytes as when samples are judged: ⌊255 v + ½⌋, clamped", () => {
  const values = Float32Array.of(-1, 0, 1, -3, 3, 0.5); // red and green of a single pixel each, and blue
  expect([...toPixels(values, 0, 1).data]).toEqual([0, 128, 255]);
  expect([...toPixels(values, 1, 1).data]).toEqual([0, 255, 191]);
});
