import { expect, test } from "vitest";
import { costOf } from "../../src/graph/cost.ts";
import { hostTensor } from "../../src/graph/dtype.ts";
import { input } from "../../src/graph/leaf.ts";
import { program } from "../../src/graph/program.ts";
import { sincosPositions } from "../../src/models/sincos-positions.ts";
import { vitSize, vitSizes } from "../../src/models/vit-sizes.ts";
import { Vit } from "../../src/models/vit.ts";
import { crossEntropy } from "../../src/nn/losses/cross-entropy.ts";
import { initialise, parameterCount, parameters, prepare } from "../../src/nn/module.ts";
import { fillRandom } from "../../src/nn/random-input.ts";
import { trace } from "../../src/nn/trace.ts";
import { adamw } from "../../src/optim/adam.ts";
import { gradientsOf } from "../../src/optim/gradients.ts";
import { parameterGroups } from "../../src/optim/parameter-groups.ts";
import { compile } from "../../src/runtime/compile.ts";
import { ResidentState } from "../../src/runtime/resident-state.ts";
import { evaluate, oneThread, wave } from "../nn/evaluate.ts";

const small = { width: 32, depth: 2, heads: 2, imageSize: 16, patchSize: 4, classes: 5 } as const;

test.each([
  ["vit-ti", 5_717_416],
  ["vit-s", 22_050_664],
  ["vit-b", 86_567_656],
  ["vit-l", 304_326_632],
] as const)("%s has as many parameters as DeiT and timm: %d", (name, count) => {
  expect(parameterCount(new Vit(vitSizes[name]))).toBe(count);
});

test("names and shapes are those of timm's state dict", () => {
  const vit = prepare(new Vit({ ...vitSizes["vit-ti"], depth: 1 }));
  expect([...parameters(vit)].map(([name, { shape }]) => `${name} ${shape.join("x")}`)).toEqual([
    "cls_token 1x1x192",
    "pos_embed 1x197x192",
    "patch_embed.proj.weight 192x3x16x16",
    "patch_embed.proj.bias 192",
    "blocks.0.norm1.weight 192",
    "blocks.0.norm1.bias 192",
    "blocks.0.attn.qkv.weight 576x192",
    "blocks.0.attn.qkv.bias 576",
    "blocks.0.attn.proj.weight 192x192",
    "blocks.0.attn.proj.bias 192",
    "blocks.0.norm2.weight 192",
    "blocks.0.norm2.bias 192",
    "blocks.0.mlp.fc1.weight 768x192",
    "blocks.0.mlp.fc1.bias 768",
    "blocks.0.mlp.fc2.weight 192x768",
    "blocks.0.mlp.fc2.bias 192",
    "norm.weight 192",
    "norm.bias 192",
    "head.weight 1000x192",
    "head.bias 1000",
  ]);
});

test("mean pooling has fc_norm in place of norm, and class token, positions and head may be left out", () => {
  const names = (options: object) => [...parameters(prepare(new Vit({ ...small, ...options }))).keys()];
  expect(names({ pool: "mean" }).filter((name) => name.includes("norm.") && !name.startsWith("blocks"))).toEqual([
    "fc_norm.weight",
    "fc_norm.bias",
  ]);
  const bare = names({ pool: "mean", classToken: false, positions: "none", classes: 0 });
  expect(bare.filter((name) => /cls_token|pos_embed|head/.test(name))).toEqual([]);
});

test("a forward pass of DeiT-Ti costs twice its published 1.258 G multiply-adds", () => {
  const vit = prepare(new Vit(vitSizes["vit-ti"]));
  const { flops } = costOf(program({ outputs: { y: vit.forward(input("x", [1, 3, 224, 224])) } }));
  expect(flops / 2e9).toBeCloseTo(1.258, 2);
});

test("drop path rises linearly from 0 and asks for two inputs in each later block", () => {
  const vit = prepare(new Vit({ ...small, depth: 3, dropPath: 0.2 }));
  const { random } = trace({ training: true }, () => vit.forward(input("x", [2, 3, 16, 16])));
  expect(random.map(({ name, keep }) => [name, keep])).toEqual([
    ["random/blocks.1.dropPath1", 0.9],
    ["random/blocks.1.dropPath2", 0.9],
    ["random/blocks.2.dropPath1", 0.8],
    ["random/blocks.2.dropPath2", 0.8],
  ]);
});

test("features keep the class token in front, patchTokens drops it", () => {
  const vit = prepare(new Vit(small));
  const features = vit.features(input("x", [2, 3, 16, 16]));
  expect(features.shape).toEqual([2, 17, 32]);
  expect(vit.patchTokens(features).shape).toEqual([2, 16, 32]);
  expect(vit.pool(features).shape).toEqual([2, 32]);
});

test("a tiny ViT learns eight images by heart", async () => {
  const vit = prepare(new Vit({ ...small, dropPath: 0.1 }));
  const [x, labels] = [input("x", [8, 3, 16, 16]), input("labels", [8], "int64")];
  const { result, random } = trace({ training: true }, () => crossEntropy(vit.forward(x), labels));
  const gradients = gradientsOf(result, parameters(vit).values());
  const { updates, states, scalars } = adamw().build(
    parameterGroups(parameters(vit), { weightDecay: 0.05 }),
    gradients,
  );
  const state = new ResidentState(oneThread, new Map([...initialise(vit, 0), ...states]));
  await using step = await compile(program({ outputs: { loss: result }, updates }), { state });
  const batch = {
    x: wave([8, 3, 16, 16]),
    labels: hostTensor(
      "int64",
      [8],
      BigInt64Array.from({ length: 8 }, (_, i) => BigInt(i % 5)),
    ),
  };
  const losses: number[] = [];
  for (let t = 0; t < 80; t++) {
    const outputs = await step.run({ ...batch, ...fillRandom(random, 0, t), ...scalars(t, 3e-3) });
    losses.push(Number(outputs.get("loss")!.data[0]));
  }
  expect(losses[0]).toBeCloseTo(Math.log(5), 0); // a fresh head knows nothing
  expect(losses.at(-1)).toBeLessThan(0.1);
});

test("sin-cos positions put the column first, as MAE does", () => {
  const data = new Float32Array(5 * 8);
  sincosPositions(2, 1)(data, [1, 5, 8], undefined as never); // draws nothing
  const [near, far] = [1, 10000 ** -0.5];
  const row1column0 = [0, 0, 1, 1, Math.sin(near), Math.sin(far), Math.cos(near), Math.cos(far)];
  expect([...data.slice(0, 8)]).toEqual(Array(8).fill(0));
  row1column0.forEach((value, i) => expect(data[3 * 8 + i]).toBeCloseTo(value, 6));
  expect(data[2 * 8]).toBeCloseTo(Math.sin(1), 6); // row 0, column 1
});

test("fixed positions are resident but not trained", async () => {
  const vit = prepare(new Vit({ ...small, positions: "sincos" }));
  expect(parameters(vit).get("pos_embed")?.trainable).toBe(false);
  const { y } = await evaluate(
    { y: vit.forward(input("x", [1, 3, 16, 16])) },
    { state: initialise(vit, 0), feeds: { x: wave([1, 3, 16, 16]) } },
  );
  expect(y.every(Number.isFinite)).toBe(true);
});

test("sizes that do not fit are refused with the numbers", () => {
  expect(() => new Vit({ ...small, patchSize: 5 })).toThrow("Vit: imageSize 16 is no multiple of patchSize 5");
  expect(() => new Vit({ ...small, classToken: false })).toThrow("Vit: pool is class, but classToken is false");
  expect(() => prepare(new Vit(small)).forward(input("x", [1, 3, 32, 32]))).toThrow(
    "Vit: patch tokens [1, 64, 32] are not [B, 16, 32]",
  );
  expect(() => vitSize("vit_s")).toThrow(expect.objectContaining({ hint: "did you mean vit-s?" }));
});
