import { expect, test } from "vitest";
import { BeitClassifier, beitAsVit } from "../../src/models/beit.ts";
import { localTable, relativePositionIndex, relativePositionRows } from "../../src/models/relative-position-bias.ts";
import { Vit } from "../../src/models/vit.ts";
import { initialise, parameterCount, parameters, prepare } from "../../src/nn/module.ts";
import { generator } from "../../src/random/generator.ts";

test("the index of 2 × 2 patches and a class token is BEiT's", () => {
  // rows are queries, the class token first; 9 rows of distances, then class to patch, patch to class, class to class
  expect([...relativePositionIndex(2).data].map(Number)).toEqual([
    ...[11, 9, 9, 9, 9],
    ...[10, 4, 3, 1, 0],
    ...[10, 5, 4, 2, 1],
    ...[10, 7, 6, 4, 3],
    ...[10, 8, 7, 5, 4],
  ]);
});

test("a local table makes every head look at its own neighbour of the query", () => {
  const patches = 5;
  const shape = [relativePositionRows(patches), 8];
  const table = new Float32Array(shape[0] * 8);
  localTable(table, shape, generator(0, "unused"));
  const index = relativePositionIndex(patches).data;
  const tokens = patches ** 2 + 1;
  const query = 1 + 2 * patches + 2; // the patch in the middle
  const strongest = Array.from({ length: 8 }, (_, head) => {
    const scores = Array.from({ length: tokens }, (_, key) => table[Number(index[query * tokens + key]) * 8 + head]);
    const key = scores.indexOf(Math.max(...scores)) - 1;
    return [Math.floor(key / patches) - 2, (key % patches) - 2];
  });
  expect(new Set(strongest.map(String)).size).toBe(8);
  for (const [down, right] of strongest) expect(Math.max(Math.abs(down), Math.abs(right))).toBe(1);
});

test("the classifier has a table in each block, pre-training one for all", () => {
  const options = { width: 16, depth: 2, heads: 2, imageSize: 16, patchSize: 4 } as const;
  const tables = (network: Vit) => [...parameters(prepare(network)).keys()].filter((name) => name.endsWith("_table"));
  expect(tables(new Vit(beitAsVit({ ...options, relativePositions: "model" })))).toEqual([
    "rel_pos_bias.relative_position_bias_table",
  ]);
  expect(tables(new BeitClassifier(options, 3))).toEqual([
    "blocks.0.attn.relative_position_bias_table",
    "blocks.1.attn.relative_position_bias_table",
  ]);
});

test("a branch's last product starts smaller the deeper its block: by √(2l)", () => {
  const network = prepare(new BeitClassifier({ width: 64, depth: 4, heads: 2, imageSize: 8, patchSize: 4 }, 2));
  const values = initialise(network, 0);
  const deviation = (name: string) => {
    const data = values.get(name)?.data as Float32Array;
    return Math.sqrt(data.reduce((sum, x) => sum + x * x, 0) / data.length);
  };
  for (const layer of [1, 4]) {
    expect(deviation(`blocks.${layer - 1}.mlp.fc2.weight`)).toBeCloseTo(0.02 / Math.sqrt(2 * layer), 3);
    expect(deviation(`blocks.${layer - 1}.mlp.fc1.weight`)).toBeCloseTo(0.02, 3);
  }
  expect(deviation("head.weight")).toBeLessThan(0.0001);
});

test("SimMIM's ViT-B has as many parameters as its parts add up to", () => {
  const [width, depth, patches, heads] = [768, 12, 14, 12];
  const products = 4 * width ** 2 + 8 * width ** 2; // qkv, proj, fc1, fc2
  const vectors = 2 * width + width + 4 * width + width + 4 * width + 2 * width; // q, v; proj; fc1; fc2; norms; gammas
  const around = width + (768 * width + width) + relativePositionRows(patches) * heads; // class token, patches, table
  const options = beitAsVit({ width, depth, heads, imageSize: 224, patchSize: 16, relativePositions: "model" });
  expect(parameterCount(new Vit({ ...options, classes: 0 }))).toBe(depth * (products + vectors) + around + 2 * width);
});

test("patches that do not fill the image are refused", () => {
  expect(() => new BeitClassifier({ width: 16, depth: 1, heads: 2, imageSize: 30, patchSize: 4 }, 2)).toThrow(
    "BeitClassifier: imageSize 30 is no multiple of patchSize 4",
  );
});
