import { FoveaError } from "../errors/fovea-error.ts";
import { checkpointName } from "../files/checkpoints.node.ts";
import { removeDurably } from "../files/durable-writer.node.ts";
import { fileCalls } from "../files/file-calls.node.ts";
import { Saver } from "../files/saver.node.ts";
import type { HostTensor } from "../graph/dtype.ts";
import type { ResidentState } from "../runtime/resident-state.ts";
import type { MetricsLog } from "./metrics-log.ts";
import type { Progress } from "./progress.ts";
import { bestOf, type RunDirectory } from "./run-directory.ts";
import type { StepProgram } from "./step-program.ts";
import { checkpointFiles, type CheckpointFields, type CheckpointTensors } from "./training-checkpoint.ts";

export interface CheckpointerOptions {
  readonly run: RunDirectory;
  readonly state: ResidentState;
  readonly names: StepProgram["names"];
  readonly log: MetricsLog;
  readonly progress: Progress;
  readonly everySteps: number | undefined;
  readonly keep: number;
  /** Steps whose checkpoints are saved whatever the clock says, and stay. */
  readonly at: ReadonlySet<number>;
  readonly lastSaved: number | undefined;
  /** Whether this process still holds the run's lock. */
  ownsRun(): boolean;
}

/**
 * Saves checkpoints from snapshots while training goes on: one save in flight; every `everySteps`, or by the clock
 * (the longer of 60 s and 100 times the stall of one save, at most 5 min). Keeps the last K and the best.
 */
export class Checkpointer {
  private readonly options: CheckpointerOptions;
  private readonly saver = new Saver();
  private lastSaveTime = performance.now();
  private stallMs = 0;
  private failuresInARow = 0;
  private pending: Promise<void> = Promise.resolve();
  private failure: unknown;
  private lastStep: number | undefined;

  constructor(options: CheckpointerOptions) {
    this.options = options;
    this.lastStep = options.lastSaved;
  }

  /** Whether a checkpoint should be saved after `step` updates. */
  isDue(step: number): boolean {
    const { everySteps, at } = this.options;
    if (at.has(step)) return true;
    if (everySteps !== undefined) return step % everySteps === 0;
    const interval = Math.min(Math.max(60_000, 100 * this.stallMs), 300_000);
    return performance.now() - this.lastSaveTime >= interval && !this.saver.busy;
  }

  /** Takes a snapshot and starts saving it; waits for a save still in flight. Errors surface at the next call. */
  async save(fields: Omit<CheckpointFields, "metricsBytes">, memory: ReadonlyMap<string, HostTensor>): Promise<void> {
    await this.settle();
    if (this.lastStep === fields.step) return;
    if (!this.options.ownsRun()) {
      throw new FoveaError(
        "lock/lost",
        `another process took over run ${this.options.run.name}; this one stops and saves nothing`,
        {
          hint: "this process was frozen or unreachable for a minute; the other one goes on from the last checkpoint",
        },
      );
    }
    const start = performance.now();
    const { state, names, log, run } = this.options;
    const tensors: CheckpointTensors = {
      model: await state.read(names.model),
      ema: await state.read(names.ema),
      state: await state.read(names.state),
      memory,
    };
    log.flush();
    const content = { files: checkpointFiles(tensors), fields: { ...fields, metricsBytes: log.byteLength } };
    const target = run.join("checkpoints", checkpointName(fields.step));
    const saved = this.saver.save(target, content, { transfer: true }); // what was read from the state is ours alone
    this.stallMs = performance.now() - start;
    this.lastSaveTime = performance.now();
    this.pending = saved.then(
      () => this.succeeded(fields.step),
      (error: unknown) => this.failed(fields.step, error),
    );
  }

  /** Waits for the save in flight. Throws after three failures in a row, or at once for a bug of ours. */
  async settle(): Promise<void> {
    await this.pending;
    if (this.failure !== undefined) throw this.failure;
  }

  async dispose(): Promise<void> {
    await this.pending;
    await this.saver.dispose();
  }

  private succeeded(step: number): void {
    this.failuresInARow = 0;
    this.lastStep = step;
    this.prune();
  }

  /** Short of space is survivable: the last good one is kept, and the next interval tries again. */
  private failed(step: number, error: unknown): void {
    this.failuresInARow++;
    if (!(error instanceof FoveaError) || this.failuresInARow >= 3) {
      this.failure = error;
      return;
    }
    this.options.progress.message(
      `checkpoint of step ${step} was not saved: ${error.message}; the last good one is kept, the next interval tries again`,
    );
  }

  private prune(): void {
    const all = this.options.run.checkpoints();
    const best = bestOf(all)?.path;
    const { keep, at } = this.options;
    for (const old of all.slice(keep)) if (old.path !== best && !at.has(old.step)) removeDurably(fileCalls, old.path);
  }
}
