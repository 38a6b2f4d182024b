import { expect, test } from "vitest";
import { costOf } from "../../../src/graph/cost.ts";
import { input } from "../../../src/graph/leaf.ts";
import { program } from "../../../src/graph/program.ts";
import { convolutionalNetwork, type ConvolutionalName } from "../../../src/models/convolutional/convolutional-sizes.ts";
import { parameterCount, prepare } from "../../../src/nn/module.ts";

const resnetFeatures = "16@32 16@32 32@16 64@8 64";
const wideFeatures = (w: number): string => `16@32 ${16 * w}@32 ${32 * w}@16 ${64 * w}@8 ${64 * w}`;
const vggFeatures = "64@32 128@16 256@8 512@4 512@4 512";
const quadruple = "32@32 64@32 128@16 256@8 256";

/** knowledge-condensation.md §3: parameters and million multiply-adds of 100 classes, channels@side of the features. */
const cifar: readonly (readonly [ConvolutionalName, number, number, string])[] = [
  ["resnet8", 83_892, 12.5, resnetFeatures],
  ["resnet14", 181_108, 26.7, resnetFeatures],
  ["resnet20", 278_324, 40.8, resnetFeatures],
  ["resnet32", 472_756, 69.1, resnetFeatures],
  ["resnet44", 667_188, 97.4, resnetFeatures],
  ["resnet56", 861_620, 125.8, resnetFeatures],
  ["resnet110", 1_736_564, 253.2, resnetFeatures],
  ["resnet8x4", 1_233_540, 177.1, quadruple],
  ["resnet32x4", 7_433_860, 1083, quadruple],
  ["wrn_16_1", 180_916, 26.7, wideFeatures(1)],
  ["wrn_16_2", 703_284, 101.1, wideFeatures(2)],
  ["wrn_40_1", 569_780, 83.3, wideFeatures(1)],
  ["wrn_40_2", 2_255_156, 327.6, wideFeatures(2)],
  ["vgg8", 3_965_028, 96.2, vggFeatures],
  ["vgg11", 9_277_284, 209.4, vggFeatures],
  ["vgg13", 9_462_180, 284.9, vggFeatures],
  ["vgg16", 14_774_436, 398.2, vggFeatures], // 398.1824; the table says 398.1
  ["vgg19", 20_086_692, 511.4, vggFeatures],
  ["ResNet50", 23_705_252, 1298, "64@32 256@32 512@16 1024@8 2048@4 2048"],
  ["MobileNetV2", 812_836, 6.5, "16@16 12@16 16@8 48@4 160@2 1280"],
  ["ShuffleV1", 949_258, 38.7, "24@32 240@16 480@8 960@4 960"],
  ["ShuffleV2", 1_355_528, 44.5, "24@32 116@16 232@8 464@4 1024"],
];

test.each(cifar)(
  "%s has the published %d parameters, %d M multiply-adds and features %s",
  (name, count, mega, maps) => {
    const network = prepare(convolutionalNetwork(name, { classes: 100 }));
    expect(parameterCount(network)).toBe(count);
    const { features, logits } = network.withFeatures(input("x", [1, 3, 32, 32]));
    expect(features.map(({ shape: [, channels, side] }) => channels + (side === undefined ? "" : `@${side}`))).toEqual(
      maps.split(" "),
    );
    expect(logits.shape).toEqual([1, 100]);
    const millions = costOf(program({ outputs: { logits } })).flops / 2e6;
    expect(millions.toFixed(Number.isInteger(mega) ? 0 : 1)).toBe(String(mega));
  },
);

test.each(cifar.map(([name]) => name))("%s has as many preactivations, of the same shapes", (name) => {
  const network = prepare(convolutionalNetwork(name, { classes: 10 }));
  const x = input("x", [2, 3, 32, 32]);
  const shapes = (preactivation: boolean) =>
    network.withFeatures(x, { preactivation }).features.map(({ shape }) => shape);
  expect(shapes(true)).toEqual(shapes(false));
});

/** torchvision's documentation: parameters and G multiply-adds at 224 pixels. */
test.each([
  ["resnet18-imagenet", 11_689_512, 1.81],
  ["resnet34-imagenet", 21_797_672, 3.66],
  ["resnet50-imagenet", 25_557_032, 4.09],
  ["resnet101-imagenet", 44_549_160, 7.8],
  ["resnet152-imagenet", 60_192_808, 11.51],
] as const)("%s has torchvision's %d parameters and %d G multiply-adds", (name, count, giga) => {
  const network = prepare(convolutionalNetwork(name, { classes: 1000 }));
  expect(parameterCount(network)).toBe(count);
  const logits = network.forward(input("x", [1, 3, 224, 224]));
  expect(costOf(program({ outputs: { logits } })).flops / 2e9).toBeCloseTo(giga, 2);
});

test("akamaster's resnets have parameters in convolutions, norms and head only", () => {
  expect(parameterCount(convolutionalNetwork("resnet20-padded", { classes: 10 }))).toBe(269_722);
});

test("an unknown name is refused with the nearest one", () => {
  expect(() => convolutionalNetwork("resnet8×4", { classes: 10 })).toThrow(
    expect.objectContaining({
      message: expect.stringContaining("no convolutional network called resnet8×4; there are resnet8, "),
      hint: "did you mean resnet8x4?",
    }),
  );
});
