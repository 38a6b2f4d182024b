import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { trainingTransforms } from "../../../src/downstream/classify/augmentation.ts";
import { transformerOf } from "../../../src/downstream/classify/classifier-recipe.ts";
import { trainedClassifier } from "../../../src/downstream/classify/classifier.ts";
import { meanCrossEntropy } from "../../../src/downstream/classify/evaluate.ts";
import { fineTuningSchedule } from "../../../src/downstream/classify/method.ts";
import { classifySchema } from "../../../src/downstream/classify/schema.ts";
import { evaluationTransforms } from "../../../src/downstream/evaluation-transforms.ts";
import { writeSafetensors } from "../../../src/formats/safetensors-writer.ts";
import { BeitClassifier } from "../../../src/models/beit.ts";
import { vitLayerOf } from "../../../src/models/vit.ts";
import { initialise, parameters, prepare } from "../../../src/nn/module.ts";
import { parameterGroups } from "../../../src/optim/parameter-groups.ts";
import { maskedEncoder } from "../../../src/systems/data-scaling/encoder.ts";
import { SimMim } from "../../../src/systems/data-scaling/model.ts";

const recipe = (values: object = {}) => classifySchema.parse({ data: { imageSize: 32 }, ...values });

test("the schedule is the paper's cosine, late by one update", () => {
  const optimiser = { peakLearningRate: 1.25e-3, warmupLearningRate: 2.5e-7, minimumLearningRate: 2.5e-7, warmup: 0.2 };
  const schedule = fineTuningSchedule(recipe({ optimiser }).optimiser, 62_500, 2048);
  const golden: [t: number, rate: number][] = [
    [0, 1e-6],
    [6250, 2.5005e-3],
    [12_500, 5e-3],
    [37_500, 2.5005e-3],
    [62_500, 1e-6],
  ];
  for (const [t, rate] of golden) expect(schedule(t + 1)).toBeCloseTo(rate, 10);
});

describe("layer-wise decay", () => {
  test.each([
    [0.75, 0, 7.52543e-4],
    [0.75, 1, 1.00339e-3],
    [0.75, 24, 0.75],
    [0.75, 25, 1],
    [0.8, 0, 3.77789e-3],
    [0.9, 0, 0.0717898],
    [0.7, 0, 1.34107e-4],
  ])("over 24 blocks d = %d gives layer %i the factor %d", (rate, layer, factor) => {
    const name =
      layer === 0 ? "patch_embed.proj.weight" : layer === 25 ? "head.weight" : `blocks.${layer - 1}.mlp.fc1.weight`;
    const network = prepare(new BeitClassifier({ width: 2, heads: 1, depth: 24, imageSize: 4, patchSize: 2 }, 2));
    const groups = parameterGroups(parameters(network), {
      weightDecay: 0.05,
      layerDecay: { rate, layerOf: (name) => vitLayerOf(name, 24), lastLayer: 25 },
    });
    const group = groups.find((group) => group.parameters.some((parameter) => parameter.name === name));
    expect(group?.lrScale).toBeCloseTo(factor, 7);
  });
});

test("a Swin takes a pre-training's encoder, keeps a new head, and spares bias MLPs and temperatures the decay", () => {
  const { model } = recipe({ model: { backbone: "swinv2-micro-s", patchSize: 2, window: 4 } });
  const classifier = trainedClassifier(model, 32, 10);
  prepare(classifier.network);
  const pretrained = prepare(new SimMim(maskedEncoder(transformerOf(model), 32)));
  const values = initialise(pretrained, 1);
  const file = join(mkdtempSync(join(tmpdir(), "fovea-swin-")), "simmim.safetensors");
  writeFileSync(file, Buffer.concat([...writeSafetensors(values)]));
  const loaded = classifier.weightsFrom(file);
  rmSync(dirname(file), { recursive: true });
  expect(loaded.missing).toEqual(["head.weight", "head.bias"]);
  expect(loaded.states.get("norm.weight")).toEqual(values.get("encoder.norm.weight"));
  const groups = parameterGroups(parameters(classifier.network), {
    weightDecay: 0.05,
    exempt: classifier.exempt,
    layerDecay: { ...classifier.layers, rate: 0.75 },
  });
  const of = (name: string) => groups.find((group) => group.parameters.some((parameter) => parameter.name === name));
  expect(of("layers.0.blocks.0.attn.logit_scale")).toMatchObject({ weightDecay: 0, lrScale: 0.75 ** 6 });
  expect(of("layers.1.blocks.0.attn.cpb_mlp.2.weight")).toMatchObject({ weightDecay: 0, lrScale: 0.75 ** 4 });
  expect(of("patch_embed.proj.weight")).toMatchObject({ weightDecay: 0.05, lrScale: 0.75 ** 7 });
  expect(of("head.weight")).toMatchObject({ weightDecay: 0.05, lrScale: 1 }); // 6 blocks and 2 ids: 0 to 7
});

test("up to 32 pixels images are padded, cropped and mirrored, above they are cut out and resized", () => {
  expect(trainingTransforms(recipe()).map(({ name }) => name)).toEqual([
    "resize",
    "centreCrop",
    "randomCrop",
    "horizontalFlip",
  ]);
  expect(trainingTransforms(recipe({ data: { imageSize: 64 } })).map(({ name }) => name)).toEqual([
    "randomResizedCrop",
    "horizontalFlip",
  ]);
});

test("held-out images are resized to 256/224 of the size and cropped above 32 pixels only", () => {
  expect(evaluationTransforms(224)[0]).toEqual({ name: "resize", size: 256 });
  expect(evaluationTransforms(32)[0]).toEqual({ name: "resize", size: 32 });
});

test("the validation loss is the plain cross-entropy: ln K for logits that are all alike", () => {
  const logits = new Float32Array(12).fill(7);
  expect(meanCrossEntropy({ logits, labels: [0, 3, 1], classes: 4 })).toBeCloseTo(Math.log(4), 6);
  expect(meanCrossEntropy({ logits: Float32Array.of(1000, 0), labels: [0], classes: 2 })).toBe(0);
});

test("a recipe whose patches do not fill the image is refused", () => {
  const result = classifySchema.safeParse({ data: { imageSize: 32 }, model: { patchSize: 5 } });
  expect(result.error?.issues[0]).toMatchObject({
    path: ["model", "patchSize"],
    message: "must divide data.imageSize",
  });
});
