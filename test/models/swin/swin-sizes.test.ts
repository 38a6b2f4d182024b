import { expect, test } from "vitest";
import { costOf } from "../../../src/graph/cost.ts";
import { input } from "../../../src/graph/leaf.ts";
import { program } from "../../../src/graph/program.ts";
import { swinMultiplyAdds } from "../../../src/models/swin/swin-cost.ts";
import { swinSize, swinSizes, type SwinName } from "../../../src/models/swin/swin-sizes.ts";
import { Swin } from "../../../src/models/swin/swin.ts";
import { parameterCount, parameters, prepare } from "../../../src/nn/module.ts";

/** Swin-backbone section 4: backbone, and with a head of 1000 classes. */
const counts: readonly [SwinName, number, number][] = [
  ["swin-t", 27_519_354, 28_288_354],
  ["swin-s", 48_837_258, 49_606_258],
  ["swin-b", 86_743_224, 87_768_224],
  ["swin-l", 194_995_476, 196_532_476],
  ["swinv2-t", 27_578_154, 28_347_154],
  ["swinv2-s", 48_959_418, 49_728_418],
  ["swinv2-b", 86_893_816, 87_918_816],
  ["swinv2-l", 195_202_932, 196_739_932],
  ["swinv2-h", 655_210_922, 658_027_922],
  ["swinv2-g", 1_060_976_996, 1_064_561_996],
  ["swinv2-3b", 2_997_815_008, 3_001_912_008],
];

test.each(counts)("%s has %d parameters, %d with its head", (name, backbone, whole) => {
  expect(parameterCount(new Swin({ ...swinSizes[name], classes: 0 }))).toBe(backbone);
  expect(parameterCount(new Swin(swinSizes[name]))).toBe(whole);
});

test.each([
  ["swin-t", 384, 12, 28_338_034],
  ["swin-b", 384, 12, 87_903_584],
] as const)("%s at %d px with windows of %d has larger tables: %d parameters", (name, imageSize, window, count) => {
  expect(parameterCount(new Swin({ ...swinSizes[name], imageSize, window }))).toBe(count);
});

test.each([
  ["swinv2-h", 655_219_370],
  ["swinv2-g", 1_060_987_748],
  ["swinv2-3b", 2_997_843_680],
] as const)("%s with a further norm every 6 blocks of a stage has %d parameters", (name, count) => {
  expect(parameterCount(new Swin({ ...swinSizes[name], classes: 0, extraNormEvery: 6 }))).toBe(count);
});

const micro = { imageSize: 32, patchSize: 2, window: 4, classes: 0 } as const;

test.each([
  ["swinv2-micro-s", 158_910, 11.4],
  ["swinv2-micro-b", 587_132, 42.8],
  ["swinv2-micro-l", 1_293_882, 94.1],
  ["swinv2-micro-h", 2_279_160, 165.3],
] as const)("%s has %d parameters and, with SimMIM's decoder, %d MFLOP", (name, count, megaFlops) => {
  const options = { ...swinSizes[name], ...micro };
  expect(parameterCount(new Swin(options))).toBe(count);
  const decoder = 2 * 16 * options.width * 4 * 3 * 64; // 16 tokens, stride 8
  expect(((2 * swinMultiplyAdds(options) + decoder) / 1e6).toFixed(1)).toBe(megaFlops.toFixed(1));
});

/** G multiply-adds of section 4 with 1000 classes: V1 at 224/M7 and 384/M12; V2 at 192/12, 224/14, 256/8, 256/16. */
const first = [
  [224, 7],
  [384, 12],
] as const;
const second = [
  [192, 12],
  [224, 14],
  [256, 8],
  [256, 16],
] as const;

test.each([
  ["swin-t", first, [4.49, 14.01]],
  ["swin-s", first, [8.75, 27.01]],
  ["swin-b", first, [15.44, 47.11]],
  ["swin-l", first, [34.49, 103.95]],
  ["swinv2-t", second, [3.49, 4.89, 5.93, 6.61]],
  ["swinv2-s", second, [6.74, 9.41, 11.51, 12.65]],
  ["swinv2-b", second, [11.76, 16.32, 20.29, 21.8]],
  ["swinv2-l", second, [25.96, 35.81, 45.23, 47.49]],
  ["swinv2-h", second, [85.75, 117.59, 150.74, 154.89]],
  ["swinv2-g", second, [138.27, 189.31, 243.64, 248.92]],
  ["swinv2-3b", second, [370.74, 506.89, 654.61, 665.49]],
  ["swinv2-b", [[384, 24]], [54.75]],
  ["swinv2-l", [[384, 24]], [115.42]],
] as const)("%s takes the published multiply-adds", (name, settings, expected) => {
  const found = settings.map(
    ([imageSize, window]) => swinMultiplyAdds({ ...swinSizes[name], imageSize, window }) / 1e9,
  );
  expect(found.map((giga) => giga.toFixed(2))).toEqual(expected.map((giga) => giga.toFixed(2)));
});

test("a program's own count differs from the convention by norms and the bias MLP alone", () => {
  const options = { ...swinSizes["swinv2-micro-b"], ...micro };
  const network = prepare(new Swin(options));
  const { flops } = costOf(program({ outputs: { y: network.forward(input("x", [1, 3, 32, 32])) } }));
  const tokens = [256, 64, 16];
  const norms =
    [0, 1, 2].reduce((sum, s) => sum + 2 * 2 * tokens[s] * 32 * 2 ** s, 0) +
    256 * 32 +
    (64 * 64 + 16 * 128) +
    (128 * 256) / 8;
  const biases = [2, 4, 8].reduce((sum, heads) => sum + 2 * 49 * (2 * 512 + 512 * heads), 0);
  expect(flops).toBe(2 * (swinMultiplyAdds(options) - norms + biases));
});

test("V2 has the same parameters at every resolution, V1 has not", () => {
  const shapes = (version: 1 | 2, imageSize: number, window: number) =>
    [...parameters(prepare(new Swin({ ...swinSizes["swin-t"], version, imageSize, window })))].map(
      ([name, { shape }]) => `${name} ${shape.join("x")}`,
    );
  expect(shapes(2, 256, 16)).toEqual(shapes(2, 384, 24));
  expect(shapes(1, 256, 16)).not.toEqual(shapes(1, 384, 24));
});

test("an unknown size is refused with the nearest name", () => {
  expect(() => swinSize("swinv2_b")).toThrow("no Swin called swinv2_b; there are swin-t, swin-s");
  expect(() => swinSize("swinv2_b")).toThrow(expect.objectContaining({ hint: "did you mean swinv2-b?" }));
});
