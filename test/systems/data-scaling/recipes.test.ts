import { describe, expect, test } from "vitest";
import { preTrainingSchedule } from "../../../src/systems/data-scaling/optimisation.ts";
import { paper, paperSwin } from "../../../src/systems/data-scaling/recipes.ts";
import { maskSpec } from "../../../src/systems/data-scaling/schema.ts";
import { resolveRecipe } from "../../../src/train/recipe.ts";

// constants of the specification's sections 3.2, 3.4, 3.7 and 4.1
const imagenet = 1_281_167;

describe.each([
  ["paper-swin", resolveRecipe(paperSwin)],
  ["paper", resolveRecipe(paper)],
])("%s has the published hyper-parameters", (_, recipe) => {
  test("of the optimiser", () => {
    expect(recipe.optimiser).toMatchObject({
      peakLearningRate: 1e-4,
      warmupLearningRate: 5e-7,
      minimumLearningRate: 0,
      referenceBatchSize: 512,
      schedule: "multistep",
      weightDecay: 0.05,
      clipNorm: 5,
      accumulate: 1,
    });
    expect(recipe.batchSize).toBe(2048);
  });

  test("of the schedule: 800 epochs of 625 updates, 10 of them warm-up, a tenth of the rate from epoch 700 on", () => {
    const perEpoch = Math.floor(imagenet / recipe.batchSize);
    const steps = (recipe.epochs ?? 0) * perEpoch;
    expect([perEpoch, steps]).toEqual([625, 500_000]);
    const rate = preTrainingSchedule(recipe.optimiser, steps, recipe.batchSize);
    expect(rate(1)).toBeCloseTo(2e-6, 12);
    expect(rate(10 * perEpoch)).toBeLessThan(4e-4);
    expect(rate(10 * perEpoch + 1)).toBeCloseTo(4e-4, 12);
    expect(rate(700 * perEpoch)).toBeCloseTo(4e-4, 12);
    expect(rate(700 * perEpoch + 1)).toBeCloseTo(4e-5, 12);
  });

  test("of the augmentation and the masked share", () => {
    expect(recipe.augmentation).toEqual({ scale: [0.67, 1], ratio: [3 / 4, 4 / 3], flip: 0.5 });
    expect(maskSpec(recipe)).toMatchObject({ maskPatch: 32, ratio: 0.6 });
  });
});

test("paper-swin masks a Swin V2-B with windows of 12 at 192 pixels, its target normalised in windows of 47", () => {
  const { data, model, target } = resolveRecipe(paperSwin);
  expect(data.imageSize).toBe(192);
  expect(model).toMatchObject({ backbone: "swinv2-b", patchSize: 4, window: 12, dropPath: 0.1 });
  expect(target).toEqual({ normalise: true, window: 47 });
});

test("paper masks a ViT-B/16 at 224 pixels and predicts plain pixels", () => {
  const { data, model, target } = resolveRecipe(paper);
  expect(data.imageSize).toBe(224);
  expect(model).toMatchObject({ backbone: "vit-b", patchSize: 16, dropPath: 0.1 });
  expect(target.normalise).toBe(false);
});
