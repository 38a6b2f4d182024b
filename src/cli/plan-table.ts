import type { PlanEstimate } from "../jobs/estimate.ts";
import { makespan } from "../jobs/makespan.ts";
import { type Plan, waitsFor } from "../train/plan.ts";
import { duration } from "../train/progress.ts";
import { tableLines } from "./table.ts";
import type { Terminal } from "./terminal.ts";

/** A plan as it is shown: what each run waits for and costs, and how long all take on some machines. */
export interface PlanOverview {
  readonly runs: readonly {
    readonly id: string;
    readonly waitsFor: readonly string[];
    readonly updates: number;
    readonly flops: number;
    readonly seconds: number;
  }[];
  readonly flops: number;
  /** Seconds by number of machines; the last is as many as can work at once. */
  readonly machines: readonly { readonly machines: number; readonly seconds: number }[];
  readonly criticalSeconds: number;
}

export function planOverview(plan: Plan, estimate: PlanEstimate): PlanOverview {
  const seconds = new Map(estimate.runs.map((run) => [run.id, run.seconds]));
  const secondsOf = (id: string): number => seconds.get(id) ?? 0;
  const byId = new Map(estimate.runs.map((run) => [run.id, run]));
  const counts = [...new Set([1, 2, widest(plan)])].toSorted((a, b) => a - b);
  return {
    runs: plan.runs.map((run) => ({
      id: run.id,
      waitsFor: waitsFor(run),
      updates: byId.get(run.id)?.updates ?? 0,
      flops: byId.get(run.id)?.flops ?? 0,
      seconds: secondsOf(run.id),
    })),
    flops: estimate.flops,
    machines: counts.map((machines) => ({ machines, seconds: makespan(plan, secondsOf, machines) })),
    criticalSeconds: estimate.criticalSeconds,
  };
}

/** Runs that wait for the same ones can work at once: the largest number of them. */
function widest({ runs }: Plan): number {
  const groups = new Map<string, number>();
  for (const run of runs) {
    const key = [...waitsFor(run)].sort().join(" ");
    groups.set(key, (groups.get(key) ?? 0) + 1);
  }
  return Math.max(...groups.values());
}

/** The overview for people. */
export function planLines(terminal: Terminal, { runs, flops, machines, criticalSeconds }: PlanOverview): string[] {
  const columns = ["RUN", "WAITS FOR", "UPDATES", "TFLOP", "TIME"].map((name, i) => ({
    name,
    ...(i > 1 ? { align: "right" as const } : {}),
  }));
  const rows = runs.map((run) => [
    run.id,
    shortened(run.waitsFor),
    run.updates.toLocaleString("en-US"),
    (run.flops / 1e12).toPrecision(3),
    duration(run.seconds),
  ]);
  return [
    ...tableLines(terminal, columns, rows),
    `work  ${(flops / 1e12).toPrecision(3)} TFLOP in all`,
    ...machines.map(
      ({ machines: count, seconds }) =>
        `time  about ${duration(seconds)} on ${count} machine${count === 1 ? "" : "s"} like this one`,
    ),
    `time  ${duration(criticalSeconds)} at least: the longest chain of runs that wait for each other`,
  ];
}

const shortened = (ids: readonly string[]): string =>
  ids.length > 3 ? `${ids[0]}, … ${ids[ids.length - 1]} (${ids.length})` : ids.join(", ");
