import { expect, test } from "vitest";
import { hostTensor } from "../../../src/graph/dtype.ts";
import { input } from "../../../src/graph/leaf.ts";
import { ClipText } from "../../../src/models/clip/clip-text.ts";
import { ClipVision } from "../../../src/models/clip/clip-vision.ts";
import { openAiClip } from "../../../src/models/clip/clip-sizes.ts";
import { initialise, parameterCount, prepare } from "../../../src/nn/module.ts";
import { evaluate, wave } from "../../nn/evaluate.ts";

test("OpenAI's models have the published numbers of parameters", () => {
  expect(parameterCount(openAiClip("clip-vit-b-16"))).toBe(149_620_737);
  const large = openAiClip("clip-vit-l-14");
  expect([large, large.visual].map(parameterCount)).toEqual([427_616_513, 303_966_208]);
});

const text = {
  width: 16,
  layers: 2,
  heads: 2,
  embed: 8,
  contextLength: 6,
  vocabulary: 12,
  activation: "gelu",
} as const;

test("a text's feature does not see what stands behind its end token", async () => {
  const tower = prepare(new ClipText(text));
  const ids = input("ids", [3, 6], "int64");
  const rows = [1, 5, 11, 0, 0, 0, 1, 5, 11, 7, 3, 0, 1, 6, 11, 0, 0, 0].map(BigInt);
  const feeds = { ids: hostTensor("int64", [3, 6], BigInt64Array.from(rows)) };
  const { y } = await evaluate({ y: tower.forward(ids) }, { state: initialise(tower, 0), feeds });
  const [first, second, third] = [0, 1, 2].map((row) => y.slice(8 * row, 8 * row + 8));
  expect(second.map((value, i) => value - first[i]).every((difference) => Math.abs(difference) < 1e-6)).toBe(true);
  expect(third.some((value, i) => Math.abs(value - first[i]) > 1e-3)).toBe(true);
});

test("EVA's targets and Feature Distillation's are one map, projected and not", async () => {
  const tower = prepare(new ClipVision({ ...text, imageSize: 8, patchSize: 4, embed: 16, activation: "quickGelu" }));
  const state = initialise(tower, 1);
  const identity = Float32Array.from({ length: 256 }, (_, i) => (i % 17 === 0 ? 1 : 0));
  state.set("proj", hostTensor("float32", [16, 16], identity));
  const image = input("image", [2, 3, 8, 8]);
  const { patches, tokens } = await evaluate(
    { patches: tower.patchFeatures(image), tokens: tower.normalisedTokens(image).slice(1, 1) },
    { state, feeds: { image: wave([2, 3, 8, 8]) } },
  );
  expect(patches).toHaveLength(2 * 4 * 16);
  expect(patches).toEqual(tokens);
});

test("sizes that do not fit are refused with the numbers", () => {
  expect(() => new ClipVision({ ...text, imageSize: 10, patchSize: 4 })).toThrow(
    "ClipVision: imageSize 10 is no multiple of patchSize 4",
  );
  expect(() => new ClipText({ ...text, heads: 3 })).toThrow("width 16 is not divisible by 3 heads");
  expect(() => new ClipText(text).forward(input("ids", [1, 7], "int64"))).toThrow("are not int64 [B, up to 6]");
  expect(() => openAiClip("clip-vit-l-16")).toThrow(/no CLIP called clip-vit-l-16/);
});
