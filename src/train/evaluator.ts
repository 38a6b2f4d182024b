import { FoveaError } from "../errors/fovea-error.ts";
import type { HostTensor } from "../graph/dtype.ts";
import { ResidentState } from "../runtime/resident-state.ts";
import type { MetricsLog } from "./metrics-log.ts";
import type { RunDirectory } from "./run-directory.ts";
import type { StepProgram } from "./step-program.ts";
import type { Evaluation, EvaluationResult, Task } from "./task.ts";
import { RunWeights } from "./weights.ts";

/** Runs a task's evaluations on the live weights or, where the task keeps one, on their moving average. */
export class Evaluator {
  private readonly task: Task;
  private readonly live: ResidentState;
  private readonly built: StepProgram;
  private readonly average: ResidentState | undefined;
  private readonly weights: RunWeights;

  constructor(task: Task, live: ResidentState, built: StepProgram) {
    this.task = task;
    this.live = live;
    this.built = built;
    if (built.averaged !== undefined) {
      this.average = new ResidentState(
        live.device,
        new Map(built.names.model.map((name) => [name, built.initial.get(name) as HostTensor])),
      ); // every name has a first value
    }
    this.weights = new RunWeights(this.average ?? live);
  }

  /** Evaluations that are due after `step` updates. */
  due(step: number): Evaluation[] {
    const last = step >= this.task.steps;
    return this.task.evaluations.filter(({ every }) => last || (every !== undefined && step % every === 0));
  }

  /** Runs `evaluations` on the values after `step` updates. */
  async run(step: number, evaluations: readonly Evaluation[]): Promise<Map<string, EvaluationResult>> {
    await this.refresh();
    this.weights.step = step;
    return runEvaluations(this.weights, evaluations);
  }

  async dispose(): Promise<void> {
    await this.weights.dispose();
    await this.average?.dispose();
  }

  /** Copies the averages, and the buffers and frozen parameters that have none, to where the programs read them. */
  private async refresh(): Promise<void> {
    const { averaged, names } = this.built;
    if (averaged === undefined) return;
    const values = await this.live.read([...names.model, ...names.ema]);
    const live = names.model.map((name) => [name, values.get(name) as HostTensor] as const);
    this.weights.write(new Map([...live, ...averaged(values)]));
  }
}

/** Results by the evaluation's name. Throws when two of them give one metric. */
export async function runEvaluations(
  weights: RunWeights,
  evaluations: readonly Evaluation[],
): Promise<Map<string, EvaluationResult>> {
  const results = new Map<string, EvaluationResult>();
  const seen = new Set<string>();
  for (const evaluation of evaluations) {
    const result = await evaluation.run(weights);
    for (const name of Object.keys(result.metrics)) {
      if (seen.has(name))
        throw new FoveaError(
          "evaluation/metric",
          `two evaluations give the metric ${name}; the second is ${evaluation.name}`,
        );
      seen.add(name);
    }
    results.set(evaluation.name, result);
  }
  return results;
}

/** Writes what evaluations returned: samples/STEP/NAME.png, eval/NAME.json; returns all metrics. */
export function recordEvaluations(
  run: RunDirectory,
  step: number,
  results: ReadonlyMap<string, EvaluationResult>,
  log?: MetricsLog,
): Record<string, number> {
  const folder = String(step).padStart(8, "0");
  const metrics: Record<string, number> = {};
  for (const [name, { metrics: own, images = {}, data, files = {} }] of results) {
    Object.assign(metrics, own);
    for (const [image, png] of Object.entries(images)) {
      run.directory("samples", folder);
      run.write(`samples/${folder}/${image}.png`, png);
      log?.image(step, `samples/${image}`, png);
    }
    run.directory("eval");
    for (const [file, bytes] of Object.entries(files)) run.write(`eval/${file}`, bytes);
    run.writeJson(`eval/${name}.json`, { step, metrics: own, ...(data === undefined ? {} : { data }) });
  }
  return metrics;
}
