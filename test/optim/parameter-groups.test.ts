import { expect, test } from "vitest";
import { Vit, vitLayerOf } from "../../src/models/vit.ts";
import { parameters, prepare } from "../../src/nn/module.ts";
import { parameterGroups, vectorsBiasesAnd } from "../../src/optim/parameter-groups.ts";

const depth = 2;
const vit = prepare(new Vit({ width: 8, depth, heads: 2, imageSize: 8, patchSize: 4, classes: 3 }), "encoder");

test("by default vectors and biases are spared from weight decay, everything else is not", () => {
  const groups = parameterGroups(parameters(vit), { weightDecay: 0.05 });
  expect(groups.map(({ weightDecay, lrScale }) => [weightDecay, lrScale])).toEqual([
    [0.05, 1],
    [0, 1],
  ]);
  const spared = groups[1].parameters.map(({ name }) => name);
  expect(spared).toContain("encoder.norm.weight");
  expect(spared).toContain("encoder.head.bias");
  expect(spared).not.toContain("encoder.pos_embed");
  expect(groups[0].parameters.length + spared.length).toBe(parameters(vit).size);
});

test("named exemptions match the end of the path", () => {
  const exempt = vectorsBiasesAnd("pos_embed", "encoder.cls_token");
  const spared = parameterGroups(parameters(vit), { weightDecay: 0.05, exempt }).filter((g) => g.weightDecay === 0);
  const names = spared.flatMap((group) => group.parameters.map(({ name }) => name));
  expect(names).toContain("encoder.pos_embed");
  expect(names).toContain("encoder.cls_token");
});

test("parameters that are not trained are in no group", () => {
  const fixed = prepare(new Vit({ width: 8, depth, heads: 2, imageSize: 8, patchSize: 4, positions: "sincos" }));
  const names = parameterGroups(parameters(fixed), { weightDecay: 0 }).flatMap((group) =>
    group.parameters.map(({ name }) => name),
  );
  expect(names).not.toContain("pos_embed");
  expect(names).toHaveLength(parameters(fixed).size - 1);
});

test("layer-wise decay gives the published multipliers (data-scaling oracle 4)", () => {
  const scale = (rate: number, layer: number): number => {
    const layerDecay = { rate, lastLayer: 25, layerOf: () => layer };
    return parameterGroups(new Map([...parameters(vit)].slice(0, 1)), { weightDecay: 0, layerDecay })[0].lrScale;
  };
  expect(scale(0.75, 0)).toBeCloseTo(7.52543e-4, 9);
  expect(scale(0.75, 1)).toBeCloseTo(1.00339e-3, 8);
  expect(scale(0.75, 24)).toBe(0.75);
  expect(scale(0.75, 25)).toBe(1);
  expect(scale(0.8, 0)).toBeCloseTo(3.77789e-3, 8);
  expect(scale(0.9, 0)).toBeCloseTo(0.0717898, 7);
  expect(scale(0.7, 0)).toBeCloseTo(1.34107e-4, 9);
});

test("a ViT's layers count from its embeddings to its head", () => {
  const layerOf = (name: string) => vitLayerOf(name, depth);
  expect(layerOf("encoder.cls_token")).toBe(0);
  expect(layerOf("encoder.patch_embed.proj.weight")).toBe(0);
  expect(layerOf("encoder.blocks.1.mlp.fc2.bias")).toBe(2);
  expect(layerOf("head.weight")).toBe(3);
  expect(layerOf("rel_pos_bias.relative_position_bias_table")).toBe(3);
  const groups = parameterGroups(parameters(vit), {
    weightDecay: 0.05,
    layerDecay: { rate: 0.5, lastLayer: depth + 1, layerOf },
  });
  expect(new Set(groups.map(({ lrScale }) => lrScale))).toEqual(new Set([0.125, 0.25, 0.5, 1]));
  expect(groups).toHaveLength(8); // four layers, with and without decay
});

test("values that make no sense are refused", () => {
  expect(() => parameterGroups(parameters(vit), { weightDecay: -1 })).toThrow("weightDecay -1 must be at least 0");
  const layerDecay = { rate: 0.5, lastLayer: 1, layerOf: () => 2 };
  expect(() => parameterGroups(parameters(vit), { weightDecay: 0, layerDecay })).toThrow(
    "parameter encoder.cls_token: layer 2 is outside 0 to 1",
  );
});
