import { describe, expect, test } from "vitest";
import { generator } from "../../../src/random/generator.ts";
import { maskGenerator } from "../../../src/data/masks/mask-spec.ts";
import { isUndecayed, preTrainingSchedule } from "../../../src/systems/data-scaling/optimisation.ts";
import { dataScalingSchema } from "../../../src/systems/data-scaling/schema.ts";

const optimiser = (values: object) =>
  dataScalingSchema.parse({ optimiser: values, data: { imageSize: 192 } }).optimiser;

describe("the pre-training schedule", () => {
  test("is the released 500k multistep one, late by one update", () => {
    // batch 2048: rates are stated per 512, so 1e-4 becomes 4e-4 and 5e-7 becomes 2e-6
    const schedule = preTrainingSchedule(optimiser({ warmupSteps: 6250 }), 500_000, 2048);
    const golden: [t: number, rate: number][] = [
      [0, 2e-6],
      [1, 2.06368e-6],
      [3125, 2.01e-4],
      [6249, 3.9993632e-4],
      [6250, 4e-4],
      [437_499, 4e-4],
      [437_500, 4e-5],
    ];
    for (const [t, rate] of golden) expect(schedule(t + 1)).toBeCloseTo(rate, 11); // update k uses the value for k − 1
    expect(schedule(0)).toBe(schedule(1));
  });

  test("as cosine counts from the start and ends at the minimum", () => {
    const options = { schedule: "cosine", minimumLearningRate: 1e-5, peakLearningRate: 2e-4, warmupSteps: 100 };
    const schedule = preTrainingSchedule(optimiser(options), 1000, 512);
    expect(schedule(501)).toBeCloseTo(1e-5 + 0.5 * (2e-4 - 1e-5), 12); // half way from the start, not from step 100
    expect(schedule(1001)).toBeCloseTo(1e-5, 12);
  });
});

describe("weight decay in pre-training", () => {
  test.each([
    ["encoder.mask_token", 3, false],
    ["encoder.rel_pos_bias.relative_position_bias_table", 2, false],
    ["encoder.layers.0.blocks.0.attn.logit_scale", 3, false],
    ["encoder.layers.0.blocks.0.attn.cpb_mlp.2.weight", 2, false],
    ["encoder.blocks.0.attn.qkv.weight", 2, false],
    ["decoder.0.weight", 4, false],
    ["encoder.cls_token", 3, true],
    ["encoder.pos_embed", 3, true],
    ["encoder.blocks.0.gamma_1", 1, true],
    ["encoder.norm.weight", 1, true],
    ["decoder.0.bias", 1, true],
  ])("spares %s (%i axes): %s, as executed upstream", (name, rank, spared) => {
    expect(isUndecayed("vit")(name, { rank })).toBe(spared);
  });

  test.each([
    ["encoder.mask_token", 3, true],
    ["encoder.absolute_pos_embed", 3, true],
    ["encoder.layers.0.blocks.0.attn.logit_scale", 3, false],
    ["encoder.layers.0.blocks.0.attn.cpb_mlp.2.weight", 2, false],
    ["encoder.layers.0.blocks.0.attn.q_bias", 1, true],
  ])("of a Swin spares %s (%i axes): %s", (name, rank, spared) => {
    expect(isUndecayed("swin")(name, { rank })).toBe(spared);
  });
});

describe("masks", () => {
  const countOf = (imageSize: number, patchSize: number, maskPatch: number) => {
    const masks = maskGenerator({ name: "simmim", imageSize, patchSize, maskPatch, ratio: 0.6 });
    const mask = new Uint8Array(masks.grid ** 2);
    masks.fill(mask, generator(0, "mask", 0));
    return mask.reduce((sum, value) => sum + value, 0);
  };

  test("hide 22 of 36 cells at 192/32/0.6: 1,408 tokens of 4 pixels, 22,528 pixels", () => {
    expect(countOf(192, 4, 32)).toBe(22 * 64);
    expect(countOf(192, 1, 32)).toBe(22_528);
  });

  test("hide 10 of 16 cells at 32/8/0.6, and 30 of 49 for the ViT at 224", () => {
    expect(countOf(32, 4, 8)).toBe(10 * 4);
    expect(countOf(224, 16, 32)).toBe(30 * 4);
  });
});
