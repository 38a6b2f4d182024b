import { FoveaError } from "../errors/fovea-error.ts";
import type { Shape } from "../graph/dtype.ts";
import { input } from "../graph/leaf.ts";
import { currentScope } from "../graph/scope.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Buffer } from "./parameter.ts";
import type { RandomInput } from "./random-input.ts";

export interface TraceOptions {
  /** Whether layers behave as in training: drop path drops, running statistics update. Default false. */
  readonly training?: boolean;
  /** Prefix of the names of random inputs; needed where one program holds two training passes. */
  readonly name?: string;
}

/** What a traced forward pass left behind, beside its result. */
export interface Trace<T = unknown> {
  readonly result: T;
  /** Next values of buffers; put them into the program's `updates`. */
  readonly updates: Map<Tensor, Tensor>;
  /** Inputs that `fillRandom` fills before each run. */
  readonly random: RandomInput[];
  /** What each module's `forward` returned last, by module path (`blocks.3.attn`); only results that are tensors. */
  readonly features: Map<string, Tensor>;
}

interface Recording extends Omit<Trace, "result" | "features"> {
  features: Map<string, Tensor>;
  readonly training: boolean;
  readonly prefix: string;
  readonly names: Map<string, number>;
  frozen: boolean;
}

let current: Recording | undefined;

/**
 * Runs `build`, which builds the graph of a forward pass, and collects what its modules ask for. Outside a trace
 * modules behave as in evaluation. An inner trace (a frozen teacher inside a student's step) is a record of its own.
 */
export function trace<T>({ training = false, name = "" }: TraceOptions, build: () => T): Trace<T> {
  const outer = current;
  const prefix = name === "" ? "" : `${name}/`;
  const own = {
    training,
    prefix,
    names: new Map(),
    updates: new Map(),
    random: [],
    features: new Map(),
    frozen: false,
  } as Recording;
  current = own;
  try {
    const result = build();
    return { result, updates: own.updates, random: own.random, features: own.features };
  } finally {
    current = outer;
  }
}

/**
 * Runs `build` within the trace that is under way (or one of its own) and returns, with its result, what each module
 * below it returned by path: taps of one network among several.
 */
export function tapped<T>(build: () => T): Pick<Trace<T>, "result" | "features"> {
  if (current === undefined) return trace({}, build);
  const recording = current;
  const before = recording.features;
  recording.features = new Map();
  try {
    return { result: build(), features: recording.features };
  } finally {
    for (const [path, feature] of recording.features) before.set(path, feature);
    recording.features = before;
  }
}

/** Whether the layer that asks is being traced for training. */
export const isTraining = (): boolean => current?.training ?? false;

/**
 * Builds frozen parts of a network that is being trained: within `build` batch norms use their running statistics and
 * leave them as they are; everything else (drop path) stays in its mode. Source: deep-incubation.md §10.
 */
export function withFrozenStatistics<T>(build: () => T): T {
  const recording = current;
  if (recording === undefined) return build();
  const before = recording.frozen;
  recording.frozen = true;
  try {
    return build();
  } finally {
    recording.frozen = before;
  }
}

/** Whether a batch norm that asks normalises by its batch, in training, or by its running statistics. */
export const measuresStatistics = (): boolean => isTraining() && current?.frozen === false;

/** Hands over the next value of a running statistic; does nothing outside a training trace. */
export function recordUpdate(buffer: Buffer, next: Tensor): void {
  if (current?.training) current.updates.set(buffer, next);
}

/** What the next update of a running statistic starts from: its last one in this trace, else the buffer itself. */
export const latest = (buffer: Buffer): Tensor => current?.updates.get(buffer) ?? buffer;

/** Called by every prepared module with what its forward pass returned. */
export function recordFeature(path: string, feature: Tensor): void {
  current?.features.set(path, feature);
}

/**
 * An input that is 1/keep with probability `keep` and else 0: multiplying by it drops and rescales.
 * Named after the module that asks, so that its numbers do not depend on the other modules.
 */
export function bernoulliInput(shape: Shape, keep: number): Tensor {
  if (current === undefined) {
    throw new FoveaError("nn/trace", "a random input needs a trace", {
      hint: "build the forward pass inside trace({ training: true }, () => …)",
    });
  }
  const base = `random/${current.prefix}${currentScope()}`;
  const count = (current.names.get(base) ?? 0) + 1;
  current.names.set(base, count);
  const name = count === 1 ? base : `${base}#${count}`; // a module called once more: the next micro-batch
  current.random.push({ kind: "bernoulli", name, shape, keep });
  return input(name, shape);
}
