import { FoveaError } from "../errors/fovea-error.ts";
import { costOf } from "../graph/cost.ts";
import type { HostTensor } from "../graph/dtype.ts";
import { halfPrecision } from "../graph/half-precision.ts";
import { program, type Program } from "../graph/program.ts";
import { blockSegments } from "../graph/recompute.ts";
import { sameShape, show, type Tensor } from "../graph/tensor.ts";
import { initialise, parameters, prepare } from "../nn/module.ts";
import type { Parameter } from "../nn/parameter.ts";
import { fillRandom } from "../nn/random-input.ts";
import { trace } from "../nn/trace.ts";
import { accumulate, type MicroBatch } from "../optim/accumulate.ts";
import { ema } from "../optim/ema.ts";
import { clipByGlobalNorm, globalNorm } from "../optim/gradients.ts";
import { lossScale } from "../optim/loss-scale.ts";
import { symbolicInputs } from "./symbolic-inputs.ts";
import type { BaseRecipe, StepOutputs, Task } from "./task.ts";

/** A task's training step as one program, and what it needs around it. */
export interface StepProgram {
  readonly program: Program;
  /** First values of every state: networks, moments, averages. */
  readonly initial: ReadonlyMap<string, HostTensor>;
  /** Names by the file of a checkpoint in which they are saved. */
  readonly names: Readonly<Record<"model" | "state" | "ema", readonly string[]>>;
  readonly parameterCount: number;
  /** Floating-point operations of one step's products and convolutions. */
  readonly flops: number;
  /** Feeds of a step beside its batch: random inputs, learning rate and bias corrections. */
  feeds(step: number): Record<string, HostTensor>;
  /** The moving averages under the names of what they average; undefined where the task keeps none. */
  readonly averaged: ((values: ReadonlyMap<string, HostTensor>) => Map<string, HostTensor>) | undefined;
  /** Names of the outputs that the task wants to see after each step, with their prefix. */
  readonly observed: readonly string[];
}

/** Output names of the step program, and the prefixes of a task's own outputs. */
export const lossName = "loss";
export const normName = "gradient norm";
/** Of a float16 step: the next scale of the loss, and skipped steps in a row. */
export const scaleName = "loss scale";
export const skippedName = "skipped steps in a row";
export const metricPrefix = "metric/";
export const observedPrefix = "observed/";

/** Names the networks' parameters by role. Names once given stay, so calling it twice changes nothing. */
export function prepareNetworks(task: Pick<Task, "networks">): void {
  for (const [role, network] of Object.entries(task.networks)) prepare(network, role);
}

/**
 * Builds forward pass, loss, backward pass, clipping, update and average of `task` as one graph.
 *
 * @param recipe `recompute`: the backward pass computes every block once more instead of keeping its results;
 * `precision`: see `halfPrecision` and `lossScale`
 */
export function buildStepProgram(
  task: Task,
  { seed, recompute, precision }: Pick<BaseRecipe, "seed" | "recompute" | "precision">,
): StepProgram {
  prepareNetworks(task);
  const trained = trainedParameters(task);
  const scaling = precision === "float16" ? lossScale() : undefined;
  const traced = trace({ training: true }, () =>
    accumulate(task.accumulate ?? 1, symbolicInputs(task.inputs), trained, (part) => namedOutputs(task.step(part)), {
      scale: scaling?.scale,
      segmentOf: recompute ? blockSegments : undefined,
    }),
  );
  const { loss, outputs } = traced.result;
  const gradients = scaling?.unscaled(traced.result.gradients) ?? traced.result.gradients;
  const clipped =
    task.clipNorm === undefined
      ? { gradients, norm: globalNorm(gradients) }
      : clipByGlobalNorm(gradients, task.clipNorm);
  const optimised = task.optimiser.build(task.groups, clipped.gradients);
  const average = task.ema === undefined ? undefined : ema(trained, optimised.updates, { decay: task.ema });
  const updates = new Map([...traced.updates, ...(average?.updates ?? []), ...optimised.updates]); // the last layer's last (engine.md)
  const guarded = scaling?.guarded(updates, { loss, norm: clipped.norm });
  const inFull = program({
    outputs: {
      [lossName]: loss,
      [normName]: clipped.norm,
      ...outputs,
      ...(guarded === undefined ? {} : { [scaleName]: guarded.outputs.scale, [skippedName]: guarded.outputs.skipped }),
    },
    updates: guarded?.updates ?? updates,
  });
  const step = scaling === undefined ? inFull : halfPrecision(inFull);
  const model = firstValues(task, seed);
  const states = new Map([...optimised.states, ...(scaling?.states ?? [])]);
  const averages = average?.initial(model) ?? new Map<string, HostTensor>();
  const networks = Object.values(task.networks);
  return {
    program: step,
    initial: new Map([...model, ...states, ...averages]),
    names: { model: [...model.keys()], state: [...states.keys()], ema: [...averages.keys()] },
    averaged: average === undefined ? undefined : (values) => average.averaged(values),
    parameterCount: networks
      .flatMap((network) => [...parameters(network).values()])
      .reduce((sum, { size }) => sum + size, 0),
    flops: costOf(step).flops,
    feeds: (at) => ({
      ...fillRandom(traced.random, seed, at),
      ...optimised.scalars(at, task.schedule(at)),
      ...average?.scalars(at),
    }),
    observed: Object.keys(outputs).filter((name) => name.startsWith(observedPrefix)),
  };
}

/** The parameters of all groups, in the order of the networks: the optimiser updates them in it (engine.md). */
function trainedParameters({ networks, groups }: Task): Parameter[] {
  const wanted = new Set(groups.flatMap((group) => group.parameters));
  return Object.values(networks)
    .flatMap((network) => [...parameters(network).values()])
    .filter((parameter) => wanted.has(parameter));
}

/** Random first values, replaced by what the task brings. Throws for a name or shape that no network has. */
function firstValues(task: Task, seed: number): Map<string, HostTensor> {
  const values = new Map(Object.values(task.networks).flatMap((network) => [...initialise(network, seed)]));
  for (const [name, value] of task.initial ?? []) {
    const before = values.get(name);
    if (before === undefined || !sameShape(before.shape, value.shape)) {
      throw new FoveaError(
        "train/initial",
        `initial value ${name} ${show(value)} does not fit: the task's networks have ${before === undefined ? "no such parameter" : show(before)}`,
      );
    }
    values.set(name, value);
  }
  return values;
}

const namedOutputs = ({ loss, metrics = {}, observed = {} }: StepOutputs): MicroBatch => ({
  loss,
  outputs: { ...prefixed(metricPrefix, metrics), ...prefixed(observedPrefix, observed) },
});

const prefixed = (prefix: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));
