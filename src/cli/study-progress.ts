import type { PlanEstimate } from "../jobs/estimate.ts";
import type { PlanFolder } from "../jobs/plan-folder.ts";
import type { JobStatus } from "../jobs/queue.ts";
import { sweep } from "../jobs/sweep.ts";
import type { JobEvent } from "../jobs/worker.ts";
import { duration } from "../train/progress.ts";
import { interruptible } from "./interruption.ts";
import { LiveLines } from "./live-lines.ts";
import type { PreparedStudy } from "./study-start.ts";
import { tableLines } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** Runs the jobs of a study and shows how they stand: a table on a terminal, else a line every 30 s. */
export async function carryOut(
  folder: PlanFolder,
  { workers, estimate }: PreparedStudy,
  terminal: Terminal,
): Promise<{ statuses: readonly JobStatus[]; exitCode: number | undefined }> {
  const view = new StudyView(folder, { workers, estimate, terminal });
  try {
    const { value: statuses, exitCode } = await interruptible(terminal, (signal) =>
      sweep(folder, { workers, signal, onEvent: (event) => view.take(event) }),
    );
    return { statuses, exitCode };
  } finally {
    view.close();
  }
}

interface RunningJob {
  readonly name: string;
  step: number;
  steps: number;
  loss?: number;
  secondsLeft?: number;
}

interface ViewOptions {
  readonly workers: number;
  readonly estimate: PlanEstimate;
  readonly terminal: Terminal;
}

/** What is known while a study runs. */
class StudyView {
  private readonly running = new Map<string, RunningJob>();
  private readonly done = new Set<string>();
  private readonly started = performance.now();
  private readonly lines: LiveLines;
  /** Estimated seconds of what was done here and of the whole, by which the rest is scaled. */
  private estimatedDone = 0;
  private lastPrinted = -Infinity;

  constructor(
    private readonly folder: PlanFolder,
    private readonly options: ViewOptions,
  ) {
    this.lines = new LiveLines(options.terminal);
    for (const { id } of folder.plan.runs) if (folder.isDone(id)) this.done.add(id);
  }

  take(event: JobEvent): void {
    const { terminal } = this.options;
    if (terminal.json && event.event !== "progress") terminal.print(JSON.stringify(event));
    if (event.event === "started") this.running.set(event.name, { name: event.name, step: 0, steps: 0 });
    else if (event.event === "progress") this.progress(event);
    else this.ended(event);
    this.show(event.event === "ended");
  }

  close(): void {
    this.lines.close();
  }

  private progress({ name, progress }: Extract<JobEvent, { event: "progress" }>): void {
    const job = this.running.get(name);
    if (job === undefined || progress.event !== "step") return;
    job.step = progress.step ?? job.step;
    job.steps = progress.steps ?? job.steps;
    const { loss, secondsLeft } = progress.metrics ?? {};
    if (loss !== undefined) job.loss = loss;
    if (secondsLeft !== undefined) job.secondsLeft = secondsLeft;
  }

  private ended({ name, outcome }: Extract<JobEvent, { event: "ended" }>): void {
    this.running.delete(name);
    if (outcome.kind === "done") {
      this.done.add(name);
      this.estimatedDone += this.secondsOf(name);
    } else if ("reason" in outcome) this.lines.note(`${name}: ${outcome.kind}: ${outcome.reason}`);
  }

  private secondsOf(name: string): number {
    return this.options.estimate.runs.find(({ id }) => id === name)?.seconds ?? 0;
  }

  /** The estimate of what is left, scaled by how the estimate did so far. */
  private secondsLeft(): number {
    const { estimate, workers } = this.options;
    const left = estimate.runs.reduce((sum, { id, seconds }) => sum + (this.done.has(id) ? 0 : seconds), 0) / workers;
    const elapsed = (performance.now() - this.started) / 1000;
    return this.estimatedDone === 0 ? left : (left * elapsed * workers) / this.estimatedDone;
  }

  private show(last: boolean): void {
    const now = performance.now();
    const { terminal } = this.options;
    const every = this.lines.isLive ? 250 : 30_000;
    if (now - this.lastPrinted < every && !(last && this.lines.isLive)) return;
    this.lastPrinted = now;
    const total = this.folder.plan.runs.length;
    const head = `${this.done.size} of ${total} runs done, ${duration(this.secondsLeft())} left`;
    if (!this.lines.isLive) {
      const each = [...this.running.values()].map(({ name, step, steps }) => `${name} ${step}/${steps}`);
      return this.lines.note([head, ...each].join("  "));
    }
    const columns = ["RUN", "STEP", "LOSS", "LEFT"].map((name) => ({
      name,
      ...(name === "RUN" ? {} : { align: "right" as const }),
    }));
    const rows = [...this.running.values()].map((job) => [
      job.name,
      `${job.step}/${job.steps}`,
      job.loss?.toPrecision(3) ?? "",
      job.secondsLeft === undefined ? "" : duration(job.secondsLeft),
    ]);
    this.lines.replace([head, ...tableLines(terminal, columns, rows)]);
  }
}
