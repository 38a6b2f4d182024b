import { expect, test } from "vitest";
import { costOf } from "../../../src/graph/cost.ts";
import { input } from "../../../src/graph/leaf.ts";
import { program } from "../../../src/graph/program.ts";
import type { Clip } from "../../../src/models/clip/clip.ts";
import { Vit } from "../../../src/models/vit.ts";
import { evaluate, host, relativeError, wave } from "../../nn/evaluate.ts";
import { initialise, parameterCount, parameters, prepare, type Module } from "../../../src/nn/module.ts";
import { evaNetwork, evaNetworks, type EvaName } from "../../../src/systems/eva/sizes.ts";

/** Parameters that are trained: fixed positions are not. */
const trained = (network: Module): number =>
  [...parameters(prepare(network)).values()].reduce((sum, { size, trainable }) => sum + (trainable ? size : 0), 0);

test.each([
  ["eva-g", 1_012_229_632],
  ["eva-g-224", 1_012_555_112],
  ["eva-g-336", 1_013_005_672],
  ["eva-g-560", 1_014_447_464],
  ["eva-g-224-21k", 1_041_920_081],
  ["eva-g-video-8-722", 1_014_686_546],
  ["eva-g-video-16-400", 1_017_116_432],
  ["eva-l", 316_576_768],
  ["eva-l-196", 304_142_312],
  ["eva-l-336", 304_531_432],
  ["eva-l-224-21k", 325_565_777],
  ["eva-clip-g-14", 1_136_435_841],
  ["eva-clip-g-14-plus", 1_366_621_569],
] satisfies [EvaName, number][])("%s has the specification's %d trained parameters", (name, count) => {
  expect(trained(evaNetwork(name))).toBe(count);
});

test("the towers of EVA-CLIP have the specification's parameters", () => {
  const counts = (["eva-clip-g-14", "eva-clip-g-14-plus"] as const).map((name) => {
    const { visual, text }: Clip = evaNetworks[name]();
    return [parameterCount(visual), parameterCount(text)];
  });
  expect(counts).toEqual([
    [1_012_588_928, 123_846_912],
    [1_012_588_928, 354_032_640],
  ]);
});

test("a forward pass of EVA-g at 224 pixels costs 267.0 G multiply-adds", () => {
  const network = prepare(evaNetworks["eva-g-224"]());
  const { flops } = costOf(program({ outputs: { y: network.forward(input("x", [1, 3, 224, 224])) } }));
  expect(flops / 2e9).toBeCloseTo(267.0, 1);
});

test("a clip of 8 frames is 2,049 tokens, and logits of one repeated frame do not depend on the frames' order", async () => {
  expect(evaNetworks["eva-g-video-8-722"]().pos_embed?.shape).toEqual([1, 2049, 1408]);
  const options = {
    width: 16,
    depth: 2,
    heads: 2,
    imageSize: 8,
    patchSize: 4,
    frames: 3,
    classes: 4,
    pool: "mean",
  } as const;
  const network = prepare(new Vit({ ...options, positions: "sincos" }));
  const state = initialise(network, 0);
  const frames = [1, 2, 3].map((scale) => Array.from(wave([3, 8, 8], scale).data));
  const logits = async (order: readonly number[]): Promise<number[]> => {
    const clip = host(
      [1, 3, 3, 8, 8],
      order.flatMap((i) => frames[i]),
    );
    return (await evaluate({ y: network.forward(input("x", [1, 3, 3, 8, 8])) }, { state, feeds: { x: clip } }))["y"];
  };
  const [first, second] = [await logits([0, 1, 2]), await logits([2, 0, 1])]; // positions repeat, the kernel is one frame
  second.forEach((value, i) => expect(value).toBeCloseTo(first[i], 5));
  expect(relativeError(await logits([0, 0, 0]), first)).toBeGreaterThan(1e-3);
});

test("an unknown network is refused with the nearest name", () => {
  expect(() => evaNetwork("eva-g-225")).toThrow(
    expect.objectContaining({ hint: "did you mean eva-g-224?", exitCode: 2 }),
  );
});
