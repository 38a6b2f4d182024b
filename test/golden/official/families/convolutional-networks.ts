import { z } from "zod";
import type { Tensor } from "../../../../src/graph/tensor.ts";
import { input } from "../../../../src/graph/leaf.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import type { ConvolutionalClassifier } from "../../../../src/models/convolutional/classifier.ts";
import { MobileNetV2 } from "../../../../src/models/convolutional/mobilenet-v2.ts";
import { Resnet } from "../../../../src/models/convolutional/resnet.ts";
import { ShuffleNetV1 } from "../../../../src/models/convolutional/shufflenet-v1.ts";
import { ShuffleNetV2 } from "../../../../src/models/convolutional/shufflenet-v2.ts";
import { Vgg } from "../../../../src/models/convolutional/vgg.ts";
import { WideResnet } from "../../../../src/models/convolutional/wide-resnet.ts";
import { crossEntropy } from "../../../../src/nn/losses/cross-entropy.ts";
import { buffers } from "../../../../src/nn/module.ts";
import { trace } from "../../../../src/nn/trace.ts";
import { type LoadedNetwork, loadedNetwork } from "../loaded-network.ts";
import type { OfficialCase } from "../official-case.ts";
import type { OfficialFamily, OfficialRun } from "../official-family.ts";

const num_classes = z.number().default(10);
/** The generator divides all widths that are written into the official file. */
const width_divisor = z.number().default(1);
const three = z.tuple([z.number(), z.number(), z.number()]);
const four = z.tuple([z.number(), z.number(), z.number(), z.number()]);

const resnet = z
  .object({ depth: z.number(), num_filters: four, block_name: z.string().default("BasicBlock"), num_classes })
  .transform(({ depth, num_filters: [stemWidth, ...widths], block_name, num_classes }) => {
    const block = block_name.toLowerCase() === "bottleneck" ? "bottleneck" : "basic";
    const count = (depth - 2) / (block === "basic" ? 6 : 9);
    return new Resnet({ depths: widths.map(() => count), widths, stemWidth, block, classes: num_classes });
  });

const resnetV2 = (block: "basic" | "bottleneck") =>
  z.object({ num_blocks: four, num_classes, width_divisor }).transform(
    ({ num_blocks, num_classes, width_divisor: divisor }) =>
      new Resnet({
        depths: num_blocks,
        widths: [64, 128, 256, 512].map((width) => width / divisor),
        stemWidth: 64 / divisor,
        block,
        shortcut: "shortcut",
        head: "linear",
        classes: num_classes,
      }),
  );

const wideResnet = z
  .object({
    depth: z.number(),
    widen_factor: z.number().default(1),
    num_classes,
    dropRate: z.number().default(0),
    width_divisor,
  })
  .transform(
    ({ depth, widen_factor: factor, num_classes, dropRate, width_divisor: divisor }) =>
      new WideResnet({
        widths: [16 / divisor, (16 * factor) / divisor, (32 * factor) / divisor, (64 * factor) / divisor],
        blocks: (depth - 4) / 6,
        dropout: dropRate,
        classes: num_classes,
      }),
  );

const vggDepths = {
  S: [1, 1, 1, 1, 1],
  A: [1, 1, 2, 2, 2],
  B: [2, 2, 2, 2, 2],
  D: [2, 2, 3, 3, 3],
  E: [2, 2, 4, 4, 4],
} as const;

const vgg = z
  .object({
    cfg: z.enum(["S", "A", "B", "D", "E"]),
    batch_norm: z.boolean().default(false),
    num_classes: z.number().default(1000),
    width_divisor,
  })
  .transform(({ cfg, batch_norm, num_classes, width_divisor: divisor }) => {
    const widths = [64 / divisor, 128 / divisor, 256 / divisor, 512 / divisor, 512 / divisor] as const;
    return new Vgg({ depths: vggDepths[cfg], widths, batchNorm: batch_norm, classes: num_classes });
  });

const mobileNet = z
  .object({ T: z.number(), feature_dim: z.number(), width_mult: z.number().default(1), width_divisor })
  .transform(
    ({ T, feature_dim, width_mult, width_divisor: divisor }) =>
      new MobileNetV2({
        expansion: T,
        width: width_mult / divisor,
        lastWidth: Math.floor(1280 * Math.max(1, width_mult)) / divisor,
        classes: feature_dim,
      }),
  );

const shuffleV1 = z
  .object({ cfg: z.object({ out_planes: three, num_blocks: three, groups: z.number() }), num_classes })
  .transform(
    ({ cfg: { out_planes, num_blocks, groups }, num_classes }) =>
      new ShuffleNetV1({ widths: out_planes, depths: num_blocks, groups, classes: num_classes }),
  );

const shuffleV2 = z
  .object({
    num_classes,
    small_configuration: z
      .object({ out_channels: four, num_blocks: three })
      .default({ out_channels: [116, 232, 464, 1024], num_blocks: [3, 7, 3] }),
  })
  .transform(
    ({ num_classes, small_configuration: { out_channels, num_blocks } }) =>
      new ShuffleNetV2({ widths: out_channels, depths: num_blocks, classes: num_classes }),
  );

const schemas: Readonly<Record<string, z.ZodType<ConvolutionalClassifier>>> = {
  ResNet: resnet,
  "ResNet(BasicBlock)": resnetV2("basic"),
  "ResNet(Bottleneck)": resnetV2("bottleneck"),
  WideResNet: wideResnet,
  VGG: vgg,
  MobileNetV2: mobileNet,
  ShuffleNet: shuffleV1,
  ShuffleNetV2: shuffleV2,
};

/** The networks of dzy3/KCD: in evaluation with features, before activations too, and one training pass. */
export const convolutionalNetworks: OfficialFamily = {
  fits: ({ system, official: { classes } }) =>
    system === "knowledge-condensation" && classes.length === 1 && Object.hasOwn(schemas, classes[0]),
  build(official) {
    const loaded = loadedNetwork(
      schemas[official.official.classes[0]].parse(official.config),
      official.weights(),
      checkpointLayouts["knowledge-condensation"],
    );
    return { runs: [evaluation(official, loaded), training(official, loaded)] };
  },
};

function evaluation(official: OfficialCase, { network, states }: LoadedNetwork<ConvolutionalClassifier>): OfficialRun {
  const feeds = { image: official.io("in/image") };
  const image = input("image", feeds.image.shape);
  const { features, logits } = network.withFeatures(image);
  const preactivations = network.withFeatures(image, { preactivation: true }).features;
  const outputs = {
    "eval/out/logits": logits,
    ...kept(official, features, (i) => `eval/out/feat${i}`),
    ...kept(official, preactivations, (i) => `eval/out/feat${i}_preact`),
  };
  return { outputs, states, feeds };
}

/** The features that a case stores; of maps it stores the first image only. */
function kept(
  { names, io }: OfficialCase,
  features: readonly Tensor[],
  nameOf: (index: number) => string,
): Record<string, Tensor> {
  const named = features.map((feature, i) => [nameOf(i), feature] as const);
  return Object.fromEntries(
    named
      .filter(([name]) => names.includes(name))
      .map(([name, feature]) => [name, feature.slice(0, 0, io(name).shape[0])]),
  );
}

function training(official: OfficialCase, loaded: LoadedNetwork<ConvolutionalClassifier>): OfficialRun {
  const { network, states, parameter } = loaded;
  const feeds = { image: official.io("in/image"), label: official.io("in/label") };
  const [image, label] = [input("image", feeds.image.shape), input("label", feeds.label.shape, feeds.label.dtype)];
  const { result: logits, updates } = trace({ training: true }, () => network.forward(image));
  const loss = crossEntropy(logits, label);
  const statistics = [...buffers(network)].filter(([name]) => official.names.includes(`train/out/statistics/${name}`));
  const outputs = {
    "train/out/logits": logits,
    "train/out/loss": loss,
    ...Object.fromEntries(
      statistics.map(([name, buffer]) => [`train/out/statistics/${name}`, updates.get(buffer) ?? buffer]),
    ),
  };
  return { outputs, states, feeds, gradients: [{ prefix: "train/grad/", of: loss, parameter }] };
}
