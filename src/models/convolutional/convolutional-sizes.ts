import { unknownName } from "../../errors/unknown-name.ts";
import type { ConvolutionalClassifier } from "./classifier.ts";
import { MobileNetV2 } from "./mobilenet-v2.ts";
import { Resnet, type ResnetOptions } from "./resnet.ts";
import { ShuffleNetV1 } from "./shufflenet-v1.ts";
import { ShuffleNetV2 } from "./shufflenet-v2.ts";
import { Vgg } from "./vgg.ts";
import { WideResnet } from "./wide-resnet.ts";

type Build = (classes: number) => ConvolutionalClassifier;

/** depth = 6·blocks + 2 */
const cifarResnet =
  (depth: number, options: Partial<ResnetOptions> = {}): Build =>
  (classes) =>
    new Resnet({
      depths: [1, 1, 1].map(() => (depth - 2) / 6),
      stemWidth: 16,
      widths: [16, 32, 64],
      ...options,
      classes,
    });

const wide = { stemWidth: 32, widths: [64, 128, 256] };
const padded = { shortcut: "padded", head: "linear" } as const;

const bottlenecks = { block: "bottleneck", stemWidth: 64, widths: [64, 128, 256, 512] } as const;

const imagenetResnet =
  (block: "basic" | "bottleneck", depths: readonly number[]): Build =>
  (classes) =>
    new Resnet({ ...bottlenecks, block, depths, stem: "imagenet", classes });

/** depth = 6·blocks + 4 */
const wideResnet =
  (depth: number, factor: number): Build =>
  (classes) =>
    new WideResnet({ widths: [16, 16 * factor, 32 * factor, 64 * factor], blocks: (depth - 4) / 6, classes });

const vgg =
  (...depths: readonly [number, number, number, number, number]): Build =>
  (classes) =>
    new Vgg({ depths, widths: [64, 128, 256, 512, 512], classes });

const builds = {
  resnet8: cifarResnet(8),
  resnet14: cifarResnet(14),
  resnet20: cifarResnet(20),
  resnet32: cifarResnet(32),
  resnet44: cifarResnet(44),
  resnet56: cifarResnet(56),
  resnet110: cifarResnet(110),
  resnet8x4: cifarResnet(8, wide),
  resnet32x4: cifarResnet(32, wide),
  "resnet20-padded": cifarResnet(20, padded),
  "resnet32-padded": cifarResnet(32, padded),
  "resnet44-padded": cifarResnet(44, padded),
  "resnet56-padded": cifarResnet(56, padded),
  "resnet110-padded": cifarResnet(110, padded),
  wrn_16_1: wideResnet(16, 1),
  wrn_16_2: wideResnet(16, 2),
  wrn_40_1: wideResnet(40, 1),
  wrn_40_2: wideResnet(40, 2),
  vgg8: vgg(1, 1, 1, 1, 1),
  vgg11: vgg(1, 1, 2, 2, 2),
  vgg13: vgg(2, 2, 2, 2, 2),
  vgg16: vgg(2, 2, 3, 3, 3),
  vgg19: vgg(2, 2, 4, 4, 4),
  ResNet50: (classes) =>
    new Resnet({ ...bottlenecks, depths: [3, 4, 6, 3], shortcut: "shortcut", head: "linear", classes }),
  MobileNetV2: (classes) => new MobileNetV2({ width: 0.5, classes }),
  ShuffleV1: (classes) => new ShuffleNetV1({ widths: [240, 480, 960], depths: [4, 8, 4], groups: 3, classes }),
  ShuffleV2: (classes) => new ShuffleNetV2({ widths: [116, 232, 464, 1024], depths: [3, 7, 3], classes }),
  "resnet18-imagenet": imagenetResnet("basic", [2, 2, 2, 2]),
  "resnet34-imagenet": imagenetResnet("basic", [3, 4, 6, 3]),
  "resnet50-imagenet": imagenetResnet("bottleneck", [3, 4, 6, 3]),
  "resnet101-imagenet": imagenetResnet("bottleneck", [3, 4, 23, 3]),
  "resnet152-imagenet": imagenetResnet("bottleneck", [3, 8, 36, 3]),
} as const satisfies Record<string, Build>;

export type ConvolutionalName = keyof typeof builds;

/** Every name that `convolutionalNetwork` knows. */
export const convolutionalNames = Object.keys(builds) as ConvolutionalName[]; // the keys of a written-out record

/**
 * A network by its published name: RepDistiller's for images of 32 pixels (`resnet8x4`, `wrn_40_2`, `ResNet50`, …; their
 * `MobileNetV2` is the one of half width), akamaster's as `resnet20-padded`, torchvision's as `resnet50-imagenet`.
 *
 * @throws FoveaError for an unknown name, with the nearest
 */
export function convolutionalNetwork(name: string, { classes }: { readonly classes: number }): ConvolutionalClassifier {
  if (Object.hasOwn(builds, name)) return builds[name as ConvolutionalName](classes); // the line before says so
  throw unknownName("models/unknown", "convolutional network", name, convolutionalNames);
}
