import { expect, test } from "vitest";
import { costOf } from "../../../src/graph/cost.ts";
import { input } from "../../../src/graph/leaf.ts";
import { program } from "../../../src/graph/program.ts";
import { parameterCount, parameters, prepare } from "../../../src/nn/module.ts";
import { divideEqually } from "../../../src/systems/deep-incubation/division.ts";
import { splitModules } from "../../../src/systems/deep-incubation/module-states.ts";
import { incubationNetwork, incubationSizes, type IncubationName } from "../../../src/systems/deep-incubation/sizes.ts";

test.each([
  ["vit_base_patch16_224", 86_567_656, 17.6],
  ["vit_base_patch16_384", 86_859_496, 55.5],
  ["vit_large_patch16_224", 304_326_632, 61.6],
  ["vit_large_patch16_384", 304_715_752, 191.1],
  ["vit_huge_patch14_224", 631_922_920, 167.4],
  ["vit_huge_patch14_392", 632_598_760, 545.3],
  ["deit_tiny_patch16_224", 5_717_416, 1.3],
  ["deit_small_patch16_224", 22_050_664, 4.6],
  ["DeiT-T-32", 14_277_412, 1.0],
  ["DeiT-T-128", 56_984_356, 3.9],
] satisfies [IncubationName, number, number][])(
  "%s has %d parameters and costs %d G multiply-adds",
  (name, count, cost) => {
    const network = prepare(incubationNetwork(name));
    expect(parameterCount(network)).toBe(count);
    const { imageSize } = incubationSizes[name];
    const { flops } = costOf(program({ outputs: { y: network.forward(input("x", [1, 3, imageSize, imageSize])) } }));
    // we count products only; the published figures of the huge ones hold 0.06% for norms
    expect(Math.abs(flops / 2e9 - cost)).toBeLessThan(Math.max(0.0501, 0.00065 * cost));
  },
);

test.each([
  ["vit_base_patch16_224", 29_864_680, 44_040_424],
  ["vit_large_patch16_224", 52_402_152, 115_383_272],
  ["vit_huge_patch14_224", 81_062_120, 218_777_320],
] as const)("the meta model of %s has %d parameters, a hybrid %d", (name, meta, hybrid) => {
  expect(parameterCount(incubationNetwork(name, 4))).toBe(meta);
  expect(parameterCount(incubationNetwork(name, incubationSizes[name].depth / 4 + 3))).toBe(hybrid);
});

test.each([
  ["vit_base_patch16_224", [22_006_272, 21_263_616, 21_263_616, 22_034_152]],
  ["vit_large_patch16_224", [76_567_552, 75_577_344, 75_577_344, 76_604_392]],
  ["vit_huge_patch14_224", [158_472_960, 157_388_800, 157_388_800, 158_672_360]],
  ["DeiT-T-128", [14_257_728, 14_235_648, 14_235_648, 14_255_332]],
] as const)("the stages of %s have the specification's parameters", (name, counts) => {
  const network = prepare(incubationNetwork(name));
  const modules = splitModules(network, divideEqually([incubationSizes[name].depth], 4), parameters(network));
  expect(modules.map((own) => [...own.values()].reduce((sum, { size }) => sum + size, 0))).toEqual(counts);
});

test("an unknown network is refused with the nearest name", () => {
  expect(() => incubationNetwork("vit_base_patch16_225")).toThrow(
    expect.objectContaining({ hint: "did you mean vit_base_patch16_224?" }),
  );
});
