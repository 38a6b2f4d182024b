import { expect, test } from "vitest";
import { costOf } from "../../../src/graph/cost.ts";
import { input } from "../../../src/graph/leaf.ts";
import { program } from "../../../src/graph/program.ts";
import { parameterCount, parameters, prepare } from "../../../src/nn/module.ts";
import { Painter } from "../../../src/systems/painter/model.ts";
import { painterNetwork, painterSize, painterSizes, type PainterName } from "../../../src/systems/painter/sizes.ts";

/** 10⁹ multiply-adds of one stitched pair of `size`. */
function gmacs(network: Painter, [height, width]: readonly [number, number], patchSize: number): number {
  const [images, targets] = [input("images", [1, 3, height, width]), input("targets", [1, 3, height, width])];
  const mask = input("mask", [1, (height / patchSize) * (width / patchSize)]);
  return costOf(program({ outputs: { y: network.forward({ images, targets, mask }) } })).flops / 2e9;
}

const large = "painter_vit_large_patch16_input896x448_win_dec64_8glb_sl1";

test.each([
  [large, 370_721_155, 352, 795, 0.5],
  ["seggpt_vit_large_patch16_input896x448", 370_723_203, 354, 795, 0.5],
  ["painter-nano", 2_148_963, 128, 0.0826, 0.00005],
] as const)(
  "%s has %d parameters in %d tensors, and costs %d G multiply-adds",
  (name, count, tensors, cost, rounding) => {
    const network = prepare(painterNetwork(name));
    expect(parameterCount(network)).toBe(count);
    expect(parameters(network).size).toBe(tensors);
    const { imageSize, patchSize } = painterSizes[name];
    expect(Math.abs(gmacs(network, imageSize, patchSize) - cost)).toBeLessThanOrEqual(rounding);
  },
);

test("painter-base has the parameters of ViT-B in the paper's ablation", () => {
  expect(parameterCount(painterNetwork("painter-base"))).toBe(136_312_963);
});

test("the released network costs 1,363 G multiply-adds at 560 pixels", () => {
  expect(Math.round(gmacs(prepare(painterNetwork(large)), [1120, 560], 16))).toBe(1363);
});

test.each([
  ["painter-micro", 1.02, 0.005],
  ["painter-tiny", 4.2, 0.05],
] as const)("%s costs %d G multiply-adds", (name, cost, rounding) => {
  const { imageSize, patchSize } = painterSizes[name];
  expect(Math.abs(gmacs(prepare(painterNetwork(name)), imageSize, patchSize) - cost)).toBeLessThanOrEqual(rounding);
});

test("a block of ViT-L and its head have the specification's sizes", () => {
  const sizes = [...parameters(prepare(painterNetwork(large)))];
  const sum = (prefix: string): number =>
    sizes.filter(([name]) => name.startsWith(prefix)).reduce((total, [, { size }]) => total + size, 0);
  expect([sum("blocks.7."), sum("decoder_embed."), sum("decoder_pred."), sum("patch_embed.")]).toEqual([
    12_606_848, 67_125_248, 37_251, 787_456,
  ]);
});

test("drop path rises from 0 to 0.1 over the blocks", () => {
  const rates = painterNetwork(large).blocks.map(({ dropPath1 }) => dropPath1.rate);
  expect([rates[0], rates[1], rates[23]]).toEqual([0, expect.closeTo(0.00434783, 7), 0.1]);
});

test("early fusion costs 27 of 48 passes through a block", () => {
  const cost = (mergeAfter: number): number =>
    gmacs(prepare(new Painter({ ...painterSizes["painter-nano"], depth: 24, taps: [23], mergeAfter })), [64, 32], 8);
  const pass = (cost(23) - cost(0)) / 23;
  expect((cost(23) - cost(2)) / pass).toBeCloseTo(21, 6);
});

test("an unknown name is refused with the nearest one", () => {
  expect(() => painterSize("painter-nan")).toThrow(expect.objectContaining({ hint: "did you mean painter-nano?" }));
  const names: PainterName[] = ["painter-base", "painter-nano"];
  for (const name of names) expect(painterSize(name)).toBe(painterSizes[name]);
});
