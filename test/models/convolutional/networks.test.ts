import { expect, test } from "vitest";
import { hostTensor } from "../../../src/graph/dtype.ts";
import { input } from "../../../src/graph/leaf.ts";
import { program } from "../../../src/graph/program.ts";
import { channelShuffle } from "../../../src/models/convolutional/channel-shuffle.ts";
import { convolutionalNetwork } from "../../../src/models/convolutional/convolutional-sizes.ts";
import { Resnet } from "../../../src/models/convolutional/resnet.ts";
import { Vgg } from "../../../src/models/convolutional/vgg.ts";
import { WideResnet } from "../../../src/models/convolutional/wide-resnet.ts";
import { crossEntropy } from "../../../src/nn/losses/cross-entropy.ts";
import { buffers, initialise, parameters, prepare } from "../../../src/nn/module.ts";
import { trace } from "../../../src/nn/trace.ts";
import { gradientsOf } from "../../../src/optim/gradients.ts";
import { parameterGroups } from "../../../src/optim/parameter-groups.ts";
import { sgd } from "../../../src/optim/sgd.ts";
import { generator } from "../../../src/random/generator.ts";
import { compile } from "../../../src/runtime/compile.ts";
import { ResidentState } from "../../../src/runtime/resident-state.ts";
import { evaluate, host, oneThread, wave } from "../../nn/evaluate.ts";

const image = input("image", [2, 3, 32, 32]);
const tiny = { depths: [1, 1, 1], widths: [4, 8, 12], stemWidth: 4, classes: 3 } as const;

/** The names that a checkpoint of the official code has, of knowledge-condensation.md §8. */
test.each([
  ["resnet8x4", ["layer1.0.downsample.0.weight", "layer1.0.downsample.1.running_var", "layer3.0.bn2.bias", "fc.bias"]],
  ["resnet20-padded", ["layer3.2.conv2.weight", "linear.weight", "linear.bias"]],
  ["wrn_16_2", ["block1.layer.0.convShortcut.weight", "block3.layer.1.bn2.weight", "bn1.running_mean", "fc.weight"]],
  ["vgg13", ["block0.3.weight", "block0.3.bias", "block4.4.running_var", "classifier.weight"]],
  ["ResNet50", ["layer1.0.shortcut.1.weight", "layer4.2.bn3.bias", "linear.weight"]],
  ["MobileNetV2", ["conv1.1.bias", "blocks.6.0.conv.7.bias", "conv2.0.weight", "classifier.0.weight"]],
  ["ShuffleV1", ["layer2.7.conv3.weight", "layer3.3.bn3.num_batches_tracked", "linear.bias"]],
  ["ShuffleV2", ["layer1.0.conv5.weight", "layer2.7.bn3.weight", "conv2.weight", "bn2.weight", "linear.bias"]],
  ["resnet50-imagenet", ["layer1.0.downsample.0.weight", "layer4.2.conv3.weight", "fc.weight"]],
])("%s names its tensors as the official code", (name, some) => {
  const network = prepare(convolutionalNetwork(name, { classes: 10 }));
  const names = [...parameters(network).keys(), ...buffers(network).keys()];
  expect(names).toEqual(expect.arrayContaining(some));
});

test("every group can be tapped by its module path, and is the feature", () => {
  const network = prepare(convolutionalNetwork("resnet8", { classes: 10 }), "student");
  const { result, features } = trace({}, () => network.withFeatures(image));
  expect(features.get("student.layer2")).toBe(result.features[2]);
  expect(features.get("student.layer3.0")).toBe(result.features[3]);
  expect(features.get("student.fc")).toBe(result.logits);
});

test("a resnet's map is ReLU of its preactivation", async () => {
  const network = prepare(new Resnet(tiny));
  const [after, before] = [false, true].map((preactivation) => network.withFeatures(image, { preactivation }).features);
  const outputs = { after: after[2], before: before[2] };
  const values = await evaluate(outputs, { state: initialise(network, 0), feeds: { image: wave(image.shape) } });
  expect(values["before"].some((value) => value < 0)).toBe(true);
  expect(values["after"]).toEqual(values["before"].map((value) => Math.max(0, value)));
});

test("asked for preactivations in training, a wide resnet runs their batch norms twice, as the official code does", () => {
  const network = prepare(new WideResnet({ widths: [4, 4, 8, 16], blocks: 1 }));
  const nodes = (preactivation: boolean) => {
    const { updates } = trace({ training: true }, () => network.withFeatures(image, { preactivation }));
    const { num_batches_tracked } = network.bn1;
    return program({ outputs: {}, updates: new Map([[num_batches_tracked, updates.get(num_batches_tracked)!]]) }).nodes;
  };
  expect([nodes(false).length, nodes(true).length]).toEqual([1, 2]);
});

test("the padded shortcut takes every other pixel between channels of zeros", async () => {
  const network = prepare(new Resnet({ ...tiny, stemWidth: 1, widths: [1, 4, 4], shortcut: "padded", head: "linear" }));
  const block = network.layer2[0];
  const state = initialise(network, 0).set("layer2.0.bn2.weight", host([4], [0, 0, 0, 0])); // no branch
  const feeds = {
    x: host(
      [1, 1, 4, 4],
      Array.from({ length: 16 }, (_, i) => i),
    ),
  };
  const { y } = await evaluate({ y: block.forward(input("x", [1, 1, 4, 4])) }, { state, feeds });
  expect(y).toEqual([0, 0, 0, 0, 0, 2, 8, 10, ...Array<number>(8).fill(0)]); // one channel before, two behind
});

test("channel g·(C/groups) + k goes to k·groups + g", async () => {
  const feeds = { x: host([1, 6, 1, 1], [0, 1, 2, 3, 4, 5]) };
  const { y } = await evaluate({ y: channelShuffle(input("x", [1, 6, 1, 1]), 2) }, { feeds });
  expect(y).toEqual([0, 3, 1, 4, 2, 5]);
});

test("VGG halves a fourth time for images of 64 rows", () => {
  const network = prepare(new Vgg({ depths: [1, 1, 1, 1, 1], widths: [2, 2, 2, 2, 2], classes: 3, batchNorm: false }));
  const sides = (side: number) =>
    network.withFeatures(input("x", [1, 3, side, side])).features.map(({ shape }) => shape[2]);
  expect(sides(32)).toEqual([32, 16, 8, 4, 4, undefined]);
  expect(sides(64)).toEqual([64, 32, 16, 8, 4, undefined]);
});

test.each([
  ["resnet8", "layer3.0.conv1.weight", Math.sqrt(2 / (9 * 64))],
  ["wrn_16_1", "block3.layer.0.conv2.weight", Math.sqrt(2 / (9 * 64))],
  ["MobileNetV2", "blocks.5.1.conv.3.weight", Math.sqrt(2 / (9 * 480))],
  ["MobileNetV2", "classifier.0.weight", 0.01],
  ["vgg8", "classifier.weight", 0.01],
  ["ShuffleV1", "layer3.1.conv2.weight", 1 / Math.sqrt(9) / Math.sqrt(3)], // uniform ±1/√fanIn
])("%s starts %s with standard deviation %d", (name, parameter, deviation) => {
  const network = prepare(convolutionalNetwork(name, { classes: 100 }));
  const data = parameters(network).get(parameter)?.initial(generator(0, parameter)).data as Float32Array;
  const measured = Math.sqrt(data.reduce((sum, value) => sum + value ** 2, 0) / data.length);
  expect(Math.abs(measured / deviation - 1)).toBeLessThan(4 / Math.sqrt(2 * data.length));
});

test("a tiny resnet learns eight images by heart, and its running statistics follow", async () => {
  const network = prepare(new Resnet(tiny));
  const [x, labels] = [input("x", [8, 3, 16, 16]), input("labels", [8], "int64")];
  const { result, updates } = trace({ training: true }, () => crossEntropy(network.forward(x), labels));
  const optimised = sgd({ momentum: 0.9 }).build(
    parameterGroups(parameters(network), { weightDecay: 0 }),
    gradientsOf(result, parameters(network).values()),
  );
  const state = new ResidentState(oneThread, new Map([...initialise(network, 0), ...optimised.states]));
  const closed = program({ outputs: { loss: result }, updates: new Map([...updates, ...optimised.updates]) });
  await using step = await compile(closed, { state });
  const classes = BigInt64Array.from({ length: 8 }, (_, i) => BigInt(i % 3));
  const batch = { x: wave([8, 3, 16, 16]), labels: hostTensor("int64", [8], classes) };
  const losses: number[] = [];
  for (let t = 0; t < 60; t++) {
    const outputs = await step.run({ ...batch, ...optimised.scalars(t, 0.05) });
    losses.push(Number(outputs.get("loss")?.data[0]));
  }
  expect(losses.at(-1)).toBeLessThan(0.05);
  await using evaluation = await compile(program({ outputs: { logits: network.forward(x) } }), { state });
  const logits = (await evaluation.run({ x: batch.x })).get("logits")?.data as Float32Array;
  const right = Array.from(classes, (label, i) => argmax(logits.subarray(3 * i, 3 * i + 3)) === Number(label));
  expect(right.filter(Boolean).length).toBe(8);
});

const argmax = (row: Float32Array): number => row.indexOf(Math.max(...row));
