import type { RunDirectory } from "../../train/run-directory.ts";
import { criticalWork, type PhaseWork, totalWork } from "./cost.ts";

/** The three measures of section 4.5; of a plan some of whose runs are not done, undefined. */
export interface Measures {
  /** Operations of all runs, TFLOP. */
  readonly teraflops: number;
  /** Operations that follow each other when every module has a machine of its own. */
  readonly criticalTeraflops: number;
  /** Seconds of training of all runs, each alone. */
  readonly seconds: number;
  readonly criticalSeconds: number;
}

/** One way of making the target: meta models and modules of its own, assembled and tuned; or one training as a whole. */
export interface ArmResult {
  readonly name: string;
  /** Accuracies as shares; undefined while a run is missing. */
  readonly meta: number | undefined;
  readonly hybrids: readonly (number | undefined)[];
  readonly assembled: number | undefined;
  readonly final: number | undefined;
  /** Training loss of the last step that was logged. */
  readonly trainLoss: number | undefined;
  readonly measures: Measures | undefined;
}

export type Done = (id: string) => RunDirectory | undefined;

/** Ids of an incubation's runs. */
export interface ArmRuns {
  readonly metas: readonly string[];
  readonly modules: readonly string[];
  readonly assembly: string;
  readonly tuning: string;
}

/** What an incubation reached and cost. With several meta models the first one's accuracy is shown. */
export function armResult(name: string, { metas, modules, assembly, tuning }: ArmRuns, done: Done): ArmResult {
  const work = (of: (run: RunDirectory) => number): PhaseWork | undefined => {
    const costs = [...metas, ...modules, tuning].map((id) => optional(done(id), of));
    if (costs.some((cost) => cost === undefined)) return undefined;
    const known = costs as number[]; // none is missing, as was just seen
    return {
      meta: known.slice(0, metas.length).reduce((sum, cost) => sum + cost, 0),
      modules: known.slice(metas.length, -1),
      tuning: known[known.length - 1],
    };
  };
  const flops = work(teraflopsOf);
  const seconds = work(secondsOf);
  return {
    name,
    meta: accuracyOf(done(metas[0])),
    hybrids: modules.map((id) => accuracyOf(done(id))),
    assembled: accuracyOf(done(assembly)),
    final: accuracyOf(done(tuning)),
    trainLoss: trainLossOf(done(tuning)),
    measures:
      flops === undefined || seconds === undefined
        ? undefined
        : {
            teraflops: totalWork(flops),
            criticalTeraflops: criticalWork(flops),
            seconds: totalWork(seconds),
            criticalSeconds: criticalWork(seconds),
          },
  };
}

/** The same for a training of the whole target. */
export function wholeResult(name: string, id: string, done: Done): ArmResult {
  const run = done(id);
  const [teraflops, seconds] = [optional(run, teraflopsOf), optional(run, secondsOf)];
  return {
    name,
    meta: undefined,
    hybrids: [],
    assembled: undefined,
    final: accuracyOf(run),
    trainLoss: trainLossOf(run),
    measures:
      teraflops === undefined || seconds === undefined
        ? undefined
        : { teraflops, criticalTeraflops: teraflops, seconds, criticalSeconds: seconds },
  };
}

const optional = <T, R>(value: T | undefined, of: (value: T) => R): R | undefined =>
  value === undefined ? undefined : of(value);

const teraflopsOf = (run: RunDirectory): number => run.readInfo().cost.flops / 1e12;
const secondsOf = (run: RunDirectory): number => run.readInfo().cost.seconds;

/** Of the last evaluation, as the paper reports it. */
export const accuracyOf = (run: RunDirectory | undefined): number | undefined =>
  run?.readInfo().metrics["val/accuracy"];

const trainLossOf = (run: RunDirectory | undefined): number | undefined =>
  run?.metrics().findLast((line) => line["train/loss"] !== undefined)?.["train/loss"];
