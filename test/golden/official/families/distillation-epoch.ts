import { z } from "zod";
import { FoveaError } from "../../../../src/errors/fovea-error.ts";
import { hostTensor, type HostTensor } from "../../../../src/graph/dtype.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import type { ConvolutionalClassifier } from "../../../../src/models/convolutional/classifier.ts";
import { Resnet } from "../../../../src/models/convolutional/resnet.ts";
import { Vgg } from "../../../../src/models/convolutional/vgg.ts";
import { WideResnet } from "../../../../src/models/convolutional/wide-resnet.ts";
import { loadPretrained } from "../../../../src/models/load-pretrained.ts";
import { unitNormalisation } from "../../../../src/data/transforms/normalise.ts";
import { parameters, prepare } from "../../../../src/nn/module.ts";
import { parameterGroups } from "../../../../src/optim/parameter-groups.ts";
import { sgd } from "../../../../src/optim/sgd.ts";
import { compile } from "../../../../src/runtime/compile.ts";
import { resolveDevice } from "../../../../src/runtime/device.ts";
import { ResidentState } from "../../../../src/runtime/resident-state.ts";
import { type Distillation, distillationStep } from "../../../../src/systems/knowledge-condensation/distillation.ts";
import { observedNetwork } from "../../../../src/systems/knowledge-condensation/observed-network.ts";
import { buildStepProgram, lossName, metricPrefix, observedPrefix } from "../../../../src/train/step-program.ts";
import type { Feeds, Task } from "../../../../src/train/task.ts";
import type { OfficialCase } from "../official-case.ts";
import type { OfficialFamily } from "../official-family.ts";

const config = z.object({
  student: z.string(),
  teacher: z.string(),
  classes: z.number(),
  lr: z.number(),
  momentum: z.number(),
  weight_decay: z.number(),
  gamma: z.number(),
  alpha: z.number(),
  kd_T: z.number(),
});

/** One epoch of dzy3/KCD's train_distill by our training step, the last batch short: recorded entropies and the student. */
export const distillationEpoch: OfficialFamily = {
  fits: ({ system, official: { classes } }) =>
    system === "knowledge-condensation" && classes.length === 1 && classes[0] === "train_distill",
  build: async (official) => ({ runs: [], results: await epoch(official) }),
};

async function epoch(official: OfficialCase): Promise<Map<string, HostTensor>> {
  const settings = config.parse(official.config);
  const { student, teacher, initial } = networks(official, settings);
  const parts: Distillation = {
    student: observedNetwork(student, { normalise: unitNormalisation }),
    teacher: observedNetwork(teacher, { normalise: unitNormalisation }),
    distiller: undefined,
    weights: { crossEntropy: settings.gamma, kd: settings.alpha, feature: 0 },
    temperature: settings.kd_T,
    rotations: false,
    phase: "distil",
    value: "entropy",
  };
  const state = { current: undefined as ResidentState | undefined };
  const count = official.io("out/entropy").data.length;
  const entropies = new Float32Array(count).fill(-1);
  const totals = { loss: 0, hits: 0, seen: 0 };
  let at = 0;
  for (const [step, rows] of batchSizes(official).entries()) {
    const feeds = batch(official, at, rows);
    const task: Pick<Task, "networks" | "groups" | "optimiser" | "schedule" | "inputs" | "step" | "initial"> = {
      networks: { student, teacher },
      groups: parameterGroups(parameters(student), { weightDecay: settings.weight_decay, exempt: () => false }),
      optimiser: sgd({ momentum: settings.momentum }),
      schedule: () => settings.lr,
      inputs: Object.fromEntries(Object.entries(feeds).map(([name, { shape, dtype }]) => [name, { shape, dtype }])),
      step: (inputs) => distillationStep(parts, inputs),
      initial,
    };
    const built = buildStepProgram(task as Task, { seed: 0, recompute: false });
    state.current ??= new ResidentState(resolveDevice({ threads: 1 }), built.initial);
    await using executable = await compile(built.program, { state: state.current });
    const outputs = await executable.run({ ...feeds, ...built.feeds(step) });
    const value = (name: string): number => Number(outputs.get(name)?.data[0]);
    totals.loss += value(lossName) * rows;
    totals.hits += value(`${metricPrefix}accuracy`) * rows;
    totals.seen += rows;
    const observed = outputs.get(`${observedPrefix}values`)?.data as Float32Array; // the step observes it
    feeds["indices"].data.forEach((index, i) => (entropies[Number(index)] = observed[i]));
    at += rows;
  }
  const one = (value: number): HostTensor => hostTensor("float32", [], Float32Array.of(value));
  const results = new Map<string, HostTensor>([
    ["out/entropy", hostTensor("float32", [count], entropies)],
    ["out/mean_loss", one(totals.loss / totals.seen)],
    ["out/accuracy", one((100 * totals.hits) / totals.seen)],
  ]);
  const names = official.names.filter((name) => name.startsWith("out/after/"));
  const after = await state.current?.read(names.map((name) => name.replace("out/after/", "student.")));
  for (const name of names) {
    const value = after?.get(name.replace("out/after/", "student."));
    if (value !== undefined) results.set(name, value);
  }
  await state.current?.dispose();
  return results;
}

/** `… in the order of the batches (4, 4, 2)`. */
function batchSizes({ json, io }: OfficialCase): number[] {
  const about = (json["tensors"] as Record<string, { about?: string }>)["in/order"].about ?? "";
  const [, list] = /\(([\d, ]+)\)/.exec(about) ?? [];
  return list === undefined ? [io("in/order").data.length] : list.split(",").map(Number);
}

/** Images are stored by sample number. */
function batch({ io }: OfficialCase, from: number, rows: number): Feeds {
  const [images, labels, order] = [io("in/image"), io("in/label"), io("in/order")];
  const size = images.data.length / images.shape[0];
  const indices = BigInt64Array.from(order.data.slice(from, from + rows) as Iterable<bigint>);
  const pixels = new Float32Array(rows * size);
  const targets = new BigInt64Array(rows);
  indices.forEach((index, i) => {
    pixels.set((images.data as Float32Array).subarray(Number(index) * size, (Number(index) + 1) * size), i * size);
    targets[i] = BigInt(labels.data[Number(index)]);
  });
  return {
    images: hostTensor("float32", [rows, ...images.shape.slice(1)], pixels),
    labels: hostTensor("int64", [rows], targets),
    indices: hostTensor("int64", [rows], indices),
  };
}

function networks(official: OfficialCase, { student, teacher, classes }: z.infer<typeof config>) {
  const layout = checkpointLayouts["knowledge-condensation"];
  const initial = new Map<string, HostTensor>();
  const loaded = (text: string, role: string, file: string): ConvolutionalClassifier => {
    const plain = prepare(described(text, classes));
    for (const [name, value] of loadPretrained(plain, official.weights(file), layout).states)
      initial.set(`${role}.${name}`, value);
    return prepare(described(text, classes), role);
  };
  return {
    student: loaded(student, "student", "weights.pth"),
    teacher: loaded(teacher, "teacher", "teacher.pth"),
    initial,
  };
}

/** `resnet depth 8, filters 4,8,12,16` or `wrn depth 10, widen 1, all channels divided by 2`. */
function described(text: string, classes: number): ConvolutionalClassifier {
  const number = (pattern: RegExp, otherwise?: number): number => {
    const [, found] = pattern.exec(text) ?? [];
    if (found !== undefined) return Number(found);
    if (otherwise !== undefined) return otherwise;
    throw new FoveaError("golden/network", `the case describes a network as ${text}, which is not understood`);
  };
  const divisor = number(/divided by (\d+)/, 1);
  if (text.startsWith("resnet")) {
    const [stemWidth, ...widths] = (/filters ([\d, ]+)/.exec(text)?.[1] ?? "16,16,32,64").split(",").map(Number);
    const blocks = (number(/depth (\d+)/) - 2) / 6;
    return new Resnet({ depths: widths.map(() => blocks), widths, stemWidth, classes });
  }
  if (text.startsWith("vgg")) {
    const widths = [64, 128, 256, 512, 512].map((width) => width / divisor) as [number, number, number, number, number];
    return new Vgg({ depths: [1, 1, 1, 1, 1], widths, batchNorm: true, classes });
  }
  const factor = number(/widen (\d+)/, 1);
  const widths = [16, 16 * factor, 32 * factor, 64 * factor].map((width) => width / divisor);
  return new WideResnet({
    widths: widths as [number, number, number, number],
    blocks: (number(/depth (\d+)/) - 4) / 6,
    classes,
  });
}
