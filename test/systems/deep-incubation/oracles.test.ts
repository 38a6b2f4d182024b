import { expect, test } from "vitest";
import { smoothedTargets } from "../../../src/downstream/classify/soft-targets.ts";
import { evaluationTransforms } from "../../../src/downstream/evaluation-transforms.ts";
import { input } from "../../../src/graph/leaf.ts";
import { checkpointLayouts } from "../../../src/models/checkpoint-layouts/layouts.ts";
import { loadPretrained } from "../../../src/models/load-pretrained.ts";
import { Vit } from "../../../src/models/vit.ts";
import { softCrossEntropy } from "../../../src/nn/losses/cross-entropy.ts";
import { initialise, prepare } from "../../../src/nn/module.ts";
import { vitBlock } from "../../../src/models/vit-block.ts";
import { incubationNetwork } from "../../../src/systems/deep-incubation/sizes.ts";
import { evaluate, host, wave } from "../../nn/evaluate.ts";

test.each([
  ["vit_base_patch16_224", 197],
  ["vit_base_patch16_384", 577],
  ["vit_huge_patch14_224", 257],
  ["vit_huge_patch14_392", 785],
  ["DeiT-T-32", 65],
])("%s has %d tokens", (name, tokens) => {
  expect(incubationNetwork(name, 4).patchCount + 1).toBe(tokens);
});

test("fine-tuning a ViT-L at a drop path of 0.5, its second block drops 0.0217391", () => {
  const block = vitBlock({ width: 64, depth: 24, heads: 4, dropPath: 0.5 }, 14, 1);
  const rates = Object.values(block as unknown as Record<string, { rate?: number }>).flatMap(
    (part) => part?.rate ?? [],
  );
  expect(rates).not.toHaveLength(0);
  for (const rate of rates) expect(rate).toBeCloseTo(0.0217391, 7);
});

test("smoothed targets of 1000 classes are 1e-4 and 0.9001, and sum to 1", () => {
  const row = smoothedTargets([7], 1000, 0.1);
  expect(row[0]).toBeCloseTo(1e-4, 9);
  expect(row[7]).toBeCloseTo(0.9001, 6);
  expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
});

test.each([1000, 100, 10])("a network of %d classes starts at a loss near ln K", async (classes) => {
  const network = prepare(new Vit({ width: 32, depth: 2, heads: 2, imageSize: 16, patchSize: 8, classes }));
  const [image, targets] = [input("image", [2, 3, 16, 16]), input("targets", [2, classes])];
  const loss = softCrossEntropy(network.forward(image), targets);
  const rows = smoothedTargets([0, classes - 1], classes, 0.1);
  const feeds = { image: wave([2, 3, 16, 16]), targets: host([2, classes], rows) };
  const { y } = await evaluate({ y: loss }, { state: initialise(network, 0), feeds });
  expect(Math.abs(y[0] - Math.log(classes))).toBeLessThan(0.1);
});

test.each([
  [224, 256],
  [384, 438],
  [392, 448],
  [32, 32],
])("evaluation at %d pixels resizes the shorter side to %d", (size, short) => {
  expect(evaluationTransforms(size)[0]).toEqual({ name: "resize", size: short });
});

test("positions are resized on the way into a larger network: a constant map stays, the class token too", () => {
  const options = { width: 8, depth: 1, heads: 2, patchSize: 16, classes: 2 };
  const small = prepare(new Vit({ ...options, imageSize: 224 }));
  const states = initialise(small, 0);
  const constant = Array.from({ length: 197 * 8 }, (_, i) => (i < 8 ? 3 : 0.25));
  const stored = new Map([...states, ["pos_embed", host([1, 197, 8], constant)] as const]);
  const load = (imageSize: number) =>
    loadPretrained(
      prepare(new Vit({ ...options, imageSize })),
      stored,
      checkpointLayouts["deep-incubation"],
    ).states.get("pos_embed");
  const larger = load(384);
  expect(larger?.shape).toEqual([1, 577, 8]);
  const values = Array.from(larger?.data ?? [], Number);
  expect(values.slice(0, 8)).toEqual(constant.slice(0, 8));
  for (const value of values.slice(8)) expect(value).toBeCloseTo(0.25, 6);
  expect(Array.from(load(224)?.data ?? [], Number)).toEqual(constant);
});
