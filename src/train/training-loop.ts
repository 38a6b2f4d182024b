import { FoveaError } from "../errors/fovea-error.ts";
import type { HostTensor } from "../graph/dtype.ts";
import type { Device } from "../runtime/device.ts";
import { ResidentState } from "../runtime/resident-state.ts";
import { Checkpointer } from "./checkpointer.ts";
import { Evaluator, recordEvaluations } from "./evaluator.ts";
import { MetricsLog } from "./metrics-log.ts";
import { dumpStep, findNonFinite } from "./non-finite.ts";
import type { Progress } from "./progress.ts";
import type { RunDirectory } from "./run-directory.ts";
import {
  buildStepProgram,
  lossName,
  metricPrefix,
  normName,
  observedPrefix,
  scaleName,
  skippedName,
  type StepProgram,
} from "./step-program.ts";
import { ShortBatches } from "./short-batches.ts";
import { StepRunner } from "./step-runner.ts";
import { judgeStep, scalarOf as value } from "./step-verdict.ts";
import type { BaseRecipe, Feeds, Task } from "./task.ts";
import { checkStates, type CheckpointFields, type ResumePoint } from "./training-checkpoint.ts";

export interface LoopOptions {
  readonly run: RunDirectory;
  readonly task: Task;
  readonly device: Device;
  readonly progress: Progress;
  readonly recipe: BaseRecipe;
  readonly recipeHash: string;
  /** Where a resumed run goes on. */
  readonly start: ResumePoint | undefined;
  /** Whether this process still holds the run's lock. */
  ownsRun(): boolean;
}

/** The loop of docs/design/trainer.md, 'One step, in order'. One per attempt of a run. */
export class TrainingLoop {
  /** Updates done. */
  step: number;
  /** Images seen, and seconds of training, over all attempts. */
  images: number;
  metrics: Record<string, number>;
  private readonly secondsBefore: number;
  private readonly started = performance.now();
  private readonly rate = new RateMeter();
  private readonly attempt: number;
  private saved: { name: string; value: number; higherIsBetter: boolean } | undefined;

  private constructor(
    private readonly options: LoopOptions,
    private readonly built: StepProgram,
    private readonly state: ResidentState,
    private readonly runner: StepRunner,
    private readonly short: ShortBatches,
    private readonly evaluator: Evaluator,
    private readonly log: MetricsLog,
    private readonly checkpointer: Checkpointer,
  ) {
    const fields = options.start?.fields;
    this.step = fields?.step ?? 0;
    this.images = fields?.images ?? 0;
    this.secondsBefore = fields?.seconds ?? 0;
    this.metrics = { ...fields?.metrics };
    this.attempt = (fields?.attempt ?? 0) + 1;
    this.saved = fields?.metric;
  }

  /** Builds and compiles the step; checks a resume point's tensors against it before any is loaded. */
  static async create(options: LoopOptions): Promise<TrainingLoop> {
    const { task, run, device, start, recipe, progress } = options;
    const built = buildStepProgram(task, recipe);
    if (start !== undefined) {
      checkStates(start.path, built.initial, start.tensors);
      task.memory?.restore(start.memory);
    }
    const state = new ResidentState(device, start?.tensors ?? built.initial);
    const short = new ShortBatches(task, recipe, state);
    const runner = await StepRunner.create(built.program, state, { perRun: stepsPerRun(options), short });
    const log = new MetricsLog(run, {
      tensorboard: recipe.loggers.tensorboard === true,
      cutTo: start?.fields.metricsBytes ?? 0,
      attempt: (start?.fields.attempt ?? 0) + 1,
    });
    const { everySteps, keep, at = [] } = recipe.checkpoints;
    const checkpointer = new Checkpointer({
      run,
      state,
      names: built.names,
      log,
      progress,
      everySteps,
      keep,
      at: new Set(at),
      lastSaved: start?.branched === true ? undefined : start?.fields.step,
      ownsRun: () => options.ownsRun(),
    });
    return new TrainingLoop(options, built, state, runner, short, new Evaluator(task, state, built), log, checkpointer);
  }

  get parameterCount(): number {
    return this.built.parameterCount;
  }

  get seconds(): number {
    return this.secondsBefore + (performance.now() - this.started) / 1000;
  }

  /** Operations of all steps so far. */
  get flops(): number {
    return this.step * this.built.flops;
  }

  /**
   * Trains until the task's last step, until `stopAfter` updates are done or `signal` is aborted; saves at the end.
   * @returns whether the last step was reached
   */
  async run(signal: AbortSignal, stopAfter = Infinity): Promise<boolean> {
    const { task } = this.options;
    await task.source.start(this.step);
    if (this.options.start?.branched === true) await this.evaluate(task.evaluations.filter(({ every }) => every));
    if (task.steps === 0) await this.evaluate(); // weights that are only put together
    while (this.step < Math.min(task.steps, stopAfter) && !signal.aborted) {
      await this.update(Math.min(task.steps, stopAfter));
      const last = this.step >= task.steps;
      if (await this.evaluate()) await this.save();
      else if (!last && this.checkpointer.isDue(this.step)) await this.save();
    }
    await this.save();
    await this.checkpointer.settle();
    for (const line of task.source.warnings()) this.options.progress.message(line);
    return this.step >= task.steps;
  }

  /** The first batch as the network sees it: samples/first-batch.png. */
  async saveFirstBatch(): Promise<void> {
    const { task, run } = this.options;
    if (task.firstBatch === undefined) return;
    await task.source.start(0);
    run.directory("samples");
    run.write("samples/first-batch.png", await task.firstBatch(await task.source.next(0)));
  }

  async dispose(): Promise<void> {
    await this.checkpointer.dispose();
    await this.evaluator.dispose();
    await this.runner.dispose();
    await this.state.dispose();
    this.log.close();
  }

  /** One update, or as many as one run makes before `end`: batch, run, finiteness, the task's memory, log and progress. */
  private async update(end: number): Promise<void> {
    const { task, progress } = this.options;
    const start = performance.now();
    let waited = 0;
    const first = this.step;
    const next = async (index: number): Promise<Feeds> => {
      const before = performance.now();
      const batch = await task.source.next(first + index);
      waited += performance.now() - before;
      const { feeds } = (await this.short.prepare(batch)) ?? this.built;
      return { ...batch, ...feeds(first + index) };
    };
    const done = await this.runner.run(this.stepsTogether(end), next, (outputs) => judgeStep(outputs) !== "refused");
    const ms = (performance.now() - start) / done.length;
    for (const { feeds, outputs } of done) {
      const verdict = judgeStep(outputs);
      if (verdict === "refused") await this.stopOnNonFinite(feeds, outputs);
      this.rate.add(ms, waited / done.length);
      if (verdict === "taken") await this.remember(outputs);
      else progress.message(skippedLine(this.step, outputs));
      this.stepDone(outputs, imagesIn(feeds, task));
    }
  }

  /** As many steps as one run makes if nothing is due between them; else 1. */
  private stepsTogether(end: number): number {
    const { perRun } = this.runner;
    if (this.step + perRun > end) return 1;
    for (let step = this.step + 1; step < this.step + perRun; step++)
      if (this.evaluator.due(step).length > 0 || this.checkpointer.isDue(step)) return 1;
    return perRun;
  }

  private async remember(outputs: ReadonlyMap<string, HostTensor>): Promise<void> {
    const { memory } = this.options.task;
    const observed = new Map(
      this.built.observed.map((name) => [name.slice(observedPrefix.length), outputs.get(name) as HostTensor]),
    );
    await memory?.afterStep(this.step, observed);
  }

  /** What follows a step, taken or skipped. */
  private stepDone(outputs: ReadonlyMap<string, HostTensor>, images: number): void {
    const { task, recipe } = this.options;
    this.step++;
    this.images += images;
    this.show(outputs, task.schedule(this.step - 1));
    if (this.step % recipe.logEvery === 0 || this.step === task.steps)
      this.logStep(outputs, task.schedule(this.step - 1));
  }

  /** Runs the evaluations that are due. @returns whether the best metric so far was reached, so that it is worth saving */
  private async evaluate(due = this.evaluator.due(this.step)): Promise<boolean> {
    if (due.length === 0) return false;
    const { run, progress, task } = this.options;
    const metrics = recordEvaluations(run, this.step, await this.evaluator.run(this.step, due), this.log);
    Object.assign(this.metrics, metrics);
    this.log.scalars(this.step, this.images, metrics);
    progress.evaluation(this.step, metrics);
    const value = task.best === undefined ? undefined : metrics[task.best.name];
    if (task.best === undefined || value === undefined) return false;
    const better =
      this.saved === undefined || (task.best.higherIsBetter ? value > this.saved.value : value < this.saved.value);
    if (better) this.saved = { ...task.best, value };
    return better;
  }

  private save(): Promise<void> {
    const { task, recipeHash } = this.options;
    const measuredNow =
      task.best !== undefined && this.metrics[task.best.name] !== undefined && this.evaluator.due(this.step).length > 0;
    const fields: Omit<CheckpointFields, "metricsBytes"> = {
      step: this.step,
      images: this.images,
      seconds: this.seconds,
      attempt: this.attempt,
      recipeHash,
      metrics: finiteOnly(this.metrics),
      ...(measuredNow && task.best !== undefined
        ? { metric: { ...task.best, value: this.metrics[task.best.name] as number } }
        : {}),
    };
    return this.checkpointer.save(fields, task.memory?.save() ?? new Map());
  }

  private logStep(outputs: ReadonlyMap<string, HostTensor>, learningRate: number): void {
    const metrics: Record<string, number> = {
      "train/loss": value(outputs, lossName),
      "train/gradientNorm": value(outputs, normName),
      "train/learningRate": learningRate,
      "train/imagesPerSecond": this.rate.imagesPerSecond(this.options.task.batchSize),
    };
    if (outputs.has(scaleName)) metrics["train/lossScale"] = value(outputs, scaleName);
    for (const name of outputs.keys())
      if (name.startsWith(metricPrefix)) metrics[`train/${name.slice(metricPrefix.length)}`] = value(outputs, name);
    this.log.scalars(this.step, this.images, metrics);
  }

  private show(outputs: ReadonlyMap<string, HostTensor>, learningRate: number): void {
    const { task, progress } = this.options;
    progress.update({
      step: this.step,
      steps: task.steps,
      loss: value(outputs, lossName),
      learningRate,
      gradientNorm: value(outputs, normName),
      imagesPerSecond: this.rate.imagesPerSecond(task.batchSize),
      dataShare: this.rate.dataShare,
      secondsLeft: (task.steps - this.step) * this.rate.secondsPerStep,
    });
  }

  private async stopOnNonFinite(feeds: Feeds, outputs: ReadonlyMap<string, HostTensor>): Promise<never> {
    const { run } = this.options;
    const [loss, norm] = [value(outputs, lossName), value(outputs, normName)];
    const { program } = (await this.short.prepare(feeds)) ?? this.built;
    const origin = await findNonFinite(program, feeds, this.state);
    const facts = { step: this.step, loss: String(loss), gradientNorm: String(norm), origin: origin ?? null };
    const dump = await dumpStep(run, this.step, {
      feeds,
      state: this.state,
      parameters: this.built.names.model,
      facts,
    });
    const where =
      origin === undefined ? "" : `; the first value that is not finite comes from ${origin.operator} ${origin.shape}`;
    const scaled = outputs.has(scaleName)
      ? `, ${value(outputs, skippedName)} steps in a row skipped, loss scale ${value(outputs, scaleName)}`
      : "";
    const remedy = scaled === "" ? "" : "train with precision=float32, ";
    throw new FoveaError(
      "train/non-finite",
      `step ${this.step}: loss ${loss}, gradient norm ${norm}${scaled}${where}`,
      {
        hint: `the step is kept in ${run.join(dump)}; the last checkpoint is good: ${remedy}lower the learning rate, lengthen the warm-up or clip gradients`,
        ...(origin?.place === undefined ? {} : { where: origin.place }),
      },
    );
  }
}

/** @throws FoveaError when several are asked for and the task has a memory, on which its next batch may depend */
function stepsPerRun({ recipe, device, task }: LoopOptions): number {
  const wanted = recipe.stepsPerRun;
  if (task.memory === undefined) return wanted ?? device.stepsPerRun;
  if (wanted === undefined || wanted === 1) return 1;
  throw new FoveaError(
    "train/steps-per-run",
    `stepsPerRun=${wanted}: this method looks at each step before it makes the next batch; expected 1`,
    { exitCode: 2 },
  );
}

/** Images of a step: fewer than the batch size at the end of an epoch that keeps its last ones. */
function imagesIn(feeds: Feeds, { inputs, batchSize }: Task): number {
  const [name, spec] = Object.entries(inputs)[0] ?? [];
  const rows = name === undefined ? undefined : feeds[name]?.shape[0];
  return rows === undefined || spec === undefined ? batchSize : Math.round((batchSize * rows) / spec.shape[0]);
}

const skippedLine = (step: number, outputs: ReadonlyMap<string, HostTensor>): string =>
  `step ${step}: not finite in float16, so nothing was updated; the loss scale is ${value(outputs, scaleName)} now`;

/** JSON holds no NaN; a metric that has none yet (no image of a class) is left out. */
const finiteOnly = (metrics: Readonly<Record<string, number>>): Record<string, number> =>
  Object.fromEntries(Object.entries(metrics).filter(([, metric]) => Number.isFinite(metric)));

/** Times of the last steps: rate, share of waiting, time left. The first step (warm caches, first batch) counts little. */
class RateMeter {
  private readonly window: { ms: number; waited: number }[] = [];

  add(ms: number, waited: number): void {
    this.window.push({ ms, waited });
    if (this.window.length > 50) this.window.shift();
  }

  get secondsPerStep(): number {
    return this.window.reduce((sum, { ms }) => sum + ms, 0) / this.window.length / 1000;
  }

  imagesPerSecond(batchSize: number): number {
    return batchSize / this.secondsPerStep;
  }

  get dataShare(): number {
    const total = this.window.reduce((sum, { ms }) => sum + ms, 0);
    return total === 0 ? 0 : this.window.reduce((sum, { waited }) => sum + waited, 0) / total;
  }
}
