import { hostTensor } from "../../graph/dtype.ts";
import { input } from "../../graph/leaf.ts";
import { program } from "../../graph/program.ts";
import { constantOf, type Tensor } from "../../graph/tensor.ts";
import { type Module, parameters } from "../../nn/module.ts";
import type { Parameter } from "../../nn/parameter.ts";
import { trace } from "../../nn/trace.ts";
import type { StepOutputs } from "../../train/task.ts";
import type { Distiller, FeatureShapes, LossWeights, NetworkOutputs } from "./distillers/distiller.ts";
import { upright } from "./distillers/sskd.ts";
import { totalLoss } from "./distillers/total-loss.ts";
import type { ObservedNetwork } from "./observed-network.ts";
import type { ValueName } from "./ranking.ts";
import { turned } from "./rotations.ts";
import { values } from "./value-estimates.ts";

/** A distillation: two networks, what passes between them, and what each sample is worth. */
export interface Distillation {
  readonly student: ObservedNetwork;
  /** Frozen: in evaluation mode, without gradients. */
  readonly teacher: ObservedNetwork;
  readonly distiller: Distiller | undefined;
  readonly weights: LossWeights;
  readonly temperature: number;
  /** Whether each image stands in the batch four times, to be turned. */
  readonly rotations: boolean;
  readonly phase: "distil" | "pretrain";
  readonly value: ValueName;
}

type Inputs = Readonly<Record<string, Tensor>>;

/** One step: `images` in [0, 1], `labels`, `indices`, and what the distiller asks for. Source: section 4.2 and 4.4. */
export function distillationStep(parts: Distillation, inputs: Inputs): StepOutputs {
  const { images, labels, indices, ...extra } = inputs;
  const pixels = parts.rotations ? turned(images) : images;
  const student = observedStudent(parts, pixels);
  const teacher = frozen(parts.teacher, pixels, parts);
  const batch = { student, teacher, labels, indices, extra };
  const logits = parts.rotations
    ? { student: upright(student.logits), teacher: upright(teacher.logits) }
    : { student: student.logits, teacher: teacher.logits };
  const { distiller, weights, temperature, phase } = parts;
  const pretraining = phase === "pretrain" ? distiller?.pretraining : undefined;
  const feature = weights.feature === 0 || pretraining !== undefined ? undefined : distiller?.loss(batch);
  const loss = pretraining?.loss(batch) ?? totalLoss({ ...logits, labels, feature, weights, temperature });
  const worth =
    pretraining === undefined ? values(parts.value, { ...logits, labels }) : ofLabel(logits.teacher, labels);
  return {
    loss,
    ...(pretraining === undefined ? { metrics: { accuracy: agreement(logits.student, labels) } } : {}),
    observed: {
      indices: indices.cast("int32"),
      values: worth,
      teacherClass: logits.teacher.argmax(1).cast("int32"),
      teacherOfLabel: ofLabel(logits.teacher, labels),
    },
  };
}

/** In training mode but where only the distiller's own parts are trained: then its statistics must stay. */
function observedStudent({ student, distiller, phase }: Distillation, pixels: Tensor): NetworkOutputs {
  const pretraining = phase === "pretrain" ? distiller?.pretraining : undefined;
  const preactivations = pretraining?.trainsStudent === true;
  const observe = (): NetworkOutputs => student.observe(pixels, { preactivations });
  return pretraining === undefined || pretraining.trainsStudent
    ? observe()
    : trace({ training: false }, observe).result;
}

function frozen(teacher: ObservedNetwork, pixels: Tensor, { phase }: Pick<Distillation, "phase">): NetworkOutputs {
  const seen = trace({ training: false }, () =>
    teacher.observe(pixels, { preactivations: phase === "pretrain" }),
  ).result;
  const stopped = (list: readonly Tensor[]): Tensor[] => list.map((tensor) => tensor.stopGradient());
  return {
    logits: seen.logits.stopGradient(),
    features: stopped(seen.features),
    preactivations: stopped(seen.preactivations),
  };
}

/** Share of rows whose largest logit is the label's. */
const agreement = (logits: Tensor, labels: Tensor): Tensor => logits.argmax(1).equal(labels).cast("float32").mean();

/** Probability of the label: [B, K], [B] → [B] */
function ofLabel(logits: Tensor, labels: Tensor): Tensor {
  const [rows, classes] = logits.shape;
  const numbers = BigInt64Array.from({ length: classes }, (_, k) => BigInt(k));
  const hit = labels.reshape([rows, 1]).equal(constantOf(hostTensor("int64", [1, classes], numbers)));
  return logits.softmax(1).mul(hit.cast("float32")).sum(1);
}

/** Shapes of both networks' features for `rows` images of `side` pixels. */
export function featureShapes(
  { student, teacher }: Pick<Distillation, "student" | "teacher">,
  rows: number,
  side: number,
): FeatureShapes {
  const pixels = input("pixels", [rows, 3, side, side]);
  const of = (network: ObservedNetwork) =>
    trace({ training: false }, () => network.observe(pixels)).result.features.map(({ shape }) => shape);
  return { student: of(student), teacher: of(teacher) };
}

/** What the phase trains: of its modules the parameters that the loss reaches. */
export function trainedParameters(parts: Distillation, inputs: Inputs): Map<string, Parameter> {
  const { student, distiller, phase } = parts;
  const pretraining = phase === "pretrain" ? distiller?.pretraining : undefined;
  const modules: readonly Module[] =
    pretraining === undefined
      ? [student.module, ...(parts.weights.feature === 0 ? [] : (distiller?.trained ?? []))]
      : [...(pretraining.trainsStudent ? [student.module] : []), ...pretraining.parts];
  const { loss } = trace({ training: true }, () => distillationStep(parts, inputs)).result;
  const reached = program({ outputs: { loss } }).states;
  const all = modules.flatMap((module) => [...parameters(module)]);
  return new Map(all.filter(([name]) => reached.has(name)));
}
