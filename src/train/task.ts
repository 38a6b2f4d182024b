import type { z } from "zod";
import type { DType, HostTensor, Shape } from "../graph/dtype.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Module } from "../nn/module.ts";
import type { Decay } from "../optim/ema.ts";
import type { Optimiser, ParameterGroup } from "../optim/optimiser.ts";
import type { Schedule } from "../optim/schedules.ts";
import type { Executable } from "../runtime/compile.ts";
import type { ReportSection } from "../report/page.ts";
import type { RunDirectory } from "./run-directory.ts";
import type { Study } from "./study.ts";

/** Host tensors by input name. */
export type Feeds = Readonly<Record<string, HostTensor>>;

/** Shapes and dtypes of a step's inputs, by name; the first axis is the batch. */
export type InputSpecs = Readonly<Record<string, { readonly shape: Shape; readonly dtype: DType }>>;

/**
 * Where batches come from. The batch of a step is a pure function of (seed, step, the task's memory), whatever happened
 * before in this process: a resumed run calls `next` with the step it stopped at.
 */
export interface BatchSource {
  /**
   * Feeds of update `step` (from 0). A batch may be shorter than the task's `inputs` say, as the last one of an epoch: its
   * program is built then, by the task's `step` for these shapes. Only where each run makes one step (`stepsPerRun` 1).
   */
  next(step: number): Promise<Feeds>;
  /** Called once with the first step that will be asked for, before `next`. */
  start(step: number): Promise<void>;
  /** Lines for the log: skipped images and the like. */
  warnings(): readonly string[];
  close(): Promise<void>;
}

/** What one step computes. */
export interface StepOutputs {
  /** Scalar that is minimised. */
  readonly loss: Tensor;
  /** Scalars that are logged as `train/NAME`. */
  readonly metrics?: Readonly<Record<string, Tensor>>;
  /** Tensors that come back to the host with every step, for `memory`. */
  readonly observed?: Readonly<Record<string, Tensor>>;
}

/** What else changes while training; part of every checkpoint. */
export interface TaskMemory {
  /** After each step that was taken; a float16 step that is skipped for its loss scale is not told. */
  afterStep(step: number, observed: ReadonlyMap<string, HostTensor>): void | Promise<void>;
  save(): ReadonlyMap<string, HostTensor>;
  restore(saved: ReadonlyMap<string, HostTensor>): void;
}

/** The trained weights as an evaluation sees them. Programs are compiled once and kept until the run ends. */
export interface Weights {
  /**
   * A program on the current weights, in evaluation mode: `build` gets symbolic inputs of `inputs` and returns outputs.
   * @param key names the program within the run; a second call with the same key returns the first one's executable
   */
  program(
    key: string,
    inputs: InputSpecs,
    build: (inputs: Readonly<Record<string, Tensor>>) => Readonly<Record<string, Tensor>>,
  ): Promise<Executable>;
  readonly step: number;
}

export interface EvaluationResult {
  /** Logged as given: `val/loss`, `val/accuracy`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** PNG files for `samples/STEP/NAME.png`. */
  readonly images?: Readonly<Record<string, Uint8Array>>;
  /** Written to `eval/NAME.json`. */
  readonly data?: unknown;
  /** Written to `eval/` under these names: tables, sets, tensors that other programs read. */
  readonly files?: Readonly<Record<string, Uint8Array>>;
}

export interface Evaluation {
  readonly name: string;
  /** In steps; undefined: only at the end. It always runs at the end. */
  readonly every: number | undefined;
  run(weights: Weights): Promise<EvaluationResult>;
}

/** What a system hands to the trainer (docs/design/trainer.md). */
export interface Task {
  /** By role. With one network of role "" names have no prefix. */
  readonly networks: Readonly<Record<string, Module>>;
  /** Trained parameters; everything else in `networks` is resident and untouched. */
  readonly groups: readonly ParameterGroup[];
  readonly optimiser: Optimiser;
  readonly schedule: Schedule;
  readonly steps: number;
  readonly batchSize: number;
  /** Largest global gradient norm; undefined: no clipping. */
  readonly clipNorm?: number;
  /** Decay of an exponential moving average of the trained parameters; undefined: none. */
  readonly ema?: Decay;
  /** Micro-batches per step inside the graph. Default 1. */
  readonly accumulate?: number;
  readonly inputs: InputSpecs;
  step(inputs: Readonly<Record<string, Tensor>>): StepOutputs;
  readonly source: BatchSource;
  readonly memory?: TaskMemory;
  readonly evaluations: readonly Evaluation[];
  /** Initial values that replace the random ones, by state name (weights of another run or file). */
  readonly initial?: ReadonlyMap<string, HostTensor>;
  /** Metric of an evaluation by which the best checkpoint is kept: `{ name: "val/accuracy", higherIsBetter: true }`. */
  readonly best?: { readonly name: string; readonly higherIsBetter: boolean };
  /** A picture of the first batch as the network sees it, PNG. */
  firstBatch?(feeds: Feeds): Promise<Uint8Array>;
}

/** A line of metrics.jsonl. */
export interface MetricsLine {
  readonly step: number;
  readonly time: number;
  readonly images: number;
  readonly [metric: string]: number;
}

/** A method: what the catalogue lists, recipes name and the trainer runs. `R` is its resolved recipe. */
export interface Method<R extends BaseRecipe = BaseRecipe> {
  /** Its room: `data-scaling`, `classify`. */
  readonly name: string;
  readonly summary: string;
  /** Strict zod schema with defaults; its output is the resolved recipe. */
  readonly schema: z.ZodType<R>;
  /** Keys of the recipe that hold a run or file, beside `init.from` and `data.root`: `["teacher"]`. Paths become absolute. */
  readonly paths?: readonly string[];
  /** Of a recipe that is several runs: what carries them out; undefined for a recipe of one run. */
  study?(recipe: R): Study<R> | undefined;
  /** Builds the task; opens data, so it may throw a `FoveaError` about them. */
  task(recipe: R, context: TaskContext): Promise<Task>;
  /** Sections of report.html between the curves and the recipe. */
  report(run: RunDirectory): Promise<readonly ReportSection[]>;
  /** The trained network as a deployable program; absent where there is nothing to deploy. */
  exportModel?(recipe: R, run: RunDirectory): Promise<ExportedProgram>;
}

export interface TaskContext {
  readonly seed: number;
  /** Where warnings of data go. */
  log(line: string): void;
}

/** In what a training step multiplies. */
export type Precision = "float32" | "float16";

/** What every recipe has. Lengths: `steps` wins; `epochs` is converted by the task, which knows the data. */
export interface BaseRecipe {
  readonly seed: number;
  readonly batchSize: number;
  readonly steps?: number | undefined;
  readonly epochs?: number | undefined;
  readonly logEvery: number;
  /** Compute every block once more in the backward pass: less memory, about a third more time, the same bits. */
  readonly recompute: boolean;
  /**
   * `float16`: products and convolutions in float16 with float32 weights and dynamic loss scaling (docs/design/precision.md);
   * for devices that compute float16. Default: float32.
   */
  readonly precision?: Precision | undefined;
  /**
   * Steps that one run of the device makes (ONNX Loop), wherever no evaluation, checkpoint or end falls between them:
   * choose a divisor of those intervals. The same bits. Default: 1, 8 on CUDA; 1 for a task with a memory, whose next
   * batch may depend on the last step.
   */
  readonly stepsPerRun?: number | undefined;
  readonly checkpoints: {
    readonly everySteps?: number | undefined;
    readonly keep: number;
    /** Steps at which a checkpoint is saved and never removed, for runs that branch off there. */
    readonly at?: readonly number[] | undefined;
  };
  readonly init: { readonly from?: string | undefined };
  /** Start from that run's checkpoint of that step, with its moments, memory and step count (trunk and branch). */
  readonly branch?: { readonly run: string; readonly step: number } | undefined;
  readonly loggers: { readonly tensorboard: boolean | null };
}

/** See `Method.exportModel`. */
export interface ExportedProgram {
  readonly network: Module;
  /** What comes before the network, for the file: uint8 [1, H, W, 3] → float32 [1, 3, H, W]. */
  preprocess(image: Tensor): Tensor;
  /** The network and what follows it: float32 [1, 3, H, W] → outputs by name. */
  forward(pixels: Tensor): Readonly<Record<string, Tensor>>;
  readonly inputSize: readonly [height: number, width: number];
  readonly metadata: Readonly<Record<string, string>>;
}
