import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { nearest } from "../errors/nearest.ts";
import { readFileBytes } from "../files/byte-source.node.ts";
import { listCheckpoints } from "../files/checkpoints.node.ts";
import { commitFile, makeDirectory } from "../files/durable-writer.node.ts";
import { fileCalls } from "../files/file-calls.node.ts";
import { defaultLimits } from "../files/limits.ts";
import { parseJson } from "../files/json.ts";
import { readRunLock } from "../files/run-lock.node.ts";
import { readManifest } from "../files/manifest.node.ts";
import type { MetricsLine } from "./task.ts";

export type RunStatus = "running" | "done" | "failed" | "interrupted";

/** run.json: what a run is and how it stands. */
export interface RunInfo {
  readonly name: string;
  readonly method: string;
  readonly recipe: string;
  readonly status: RunStatus;
  /** Why it ended, when not done. */
  readonly reason?: string;
  readonly step: number;
  readonly steps: number;
  readonly seed: number;
  readonly recipeHash: string;
  readonly device: string;
  readonly threads: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly processor: string;
  readonly parameters: number;
  /** Which run it branched off, and after how many updates; `cost` counts them as its own. */
  readonly branch?: { readonly run: string; readonly step: number };
  readonly cost: { readonly flops: number; readonly seconds: number; readonly images: number };
  readonly metrics: Readonly<Record<string, number>>;
  /** ISO 8601. */
  readonly started: string;
  readonly ended?: string;
}

/** A row of the run table: `lost` is a run that says 'running' while no living process holds its lock. */
export interface RunRow {
  readonly path: string;
  readonly info?: RunInfo;
  readonly state: RunStatus | "lost" | "broken";
  readonly problem?: string;
}

/** The one contract between training and everything that watches it (docs: ecosystem, 'Run directory'). */
export class RunDirectory {
  readonly path: string;
  readonly name: string;

  private constructor(path: string, name: string) {
    this.path = path;
    this.name = name;
  }

  /**
   * A new run below `out`. Refuses one that exists, unless it was stopped before its first step or `overwrite` is set,
   * which removes nothing but this run.
   */
  static create(out: string, name: string, { overwrite = false } = {}): RunDirectory {
    checkRunName(name);
    const path = resolve(out, name);
    if (existsSync(path) && !isUnstarted(path)) {
      if (!overwrite) {
        throw new FoveaError("run/exists", `run ${path} exists already`, {
          hint: `choose another --name, continue it with --resume ${name}, or replace it with --overwrite`,
          exitCode: 2,
        });
      }
      if (!existsSync(join(path, "run.json"))) {
        throw new FoveaError("run/foreign", `${path} exists and is not a run: it holds no run.json`, {
          hint: "it is not touched; choose another --name",
        });
      }
      fileCalls.removeTree(path);
    }
    makeDirectory(fileCalls, path);
    return new RunDirectory(path, name);
  }

  /** An existing run, by its directory or by its name below `out`. */
  static open(run: string, out = "runs"): RunDirectory {
    for (const path of [resolve(run), resolve(out, run)]) {
      if (existsSync(join(path, "run.json"))) return new RunDirectory(path, path.split(/[\\/]/).pop() ?? run);
    }
    const guess = nearest(run, runNames(out));
    throw new FoveaError(
      "run/missing",
      `no run ${run}: neither ${resolve(run)} nor ${resolve(out, run)} holds a run.json`,
      {
        hint: guess === undefined ? "`fovea runs ls` lists the runs" : `did you mean ${guess}?`,
        exitCode: 2,
      },
    );
  }

  join(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  /** Makes a subdirectory and returns its path. */
  directory(...parts: string[]): string {
    const path = this.join(...parts);
    makeDirectory(fileCalls, path);
    return path;
  }

  writeJson(name: string, value: unknown): void {
    this.write(name, new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`));
  }

  /** Writes a file of the run atomically, replacing an older one. */
  write(name: string, bytes: Uint8Array): void {
    commitFile(fileCalls, this.join(name), [bytes], { overwrite: true });
  }

  readInfo(): RunInfo {
    return readJson(this.join("run.json")) as RunInfo; // our own file; fields are read, never trusted as paths
  }

  /** The resolved recipe and the method it belongs to. */
  readRecipe(): { readonly method: string; readonly values: Readonly<Record<string, unknown>> } {
    return readJson(this.join("recipe.json")) as { method: string; values: Record<string, unknown> }; // checked by the method's schema
  }

  /** Lines of metrics.jsonl; an unfinished last line is passed over. */
  metrics(): MetricsLine[] {
    const path = this.join("metrics.jsonl");
    if (!existsSync(path)) return [];
    const text = new TextDecoder().decode(readFileBytes(path, defaultLimits.jsonBytes));
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    return whole
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as MetricsLine);
  }

  get checkpointsPath(): string {
    return this.join("checkpoints");
  }

  /** Committed checkpoints with their fields, newest first. */
  checkpoints(): { step: number; path: string }[] {
    return listCheckpoints(this.checkpointsPath);
  }

  /** The checkpoint to use: a step, the best (by the task's metric, else the last) or the last. Verified. */
  checkpoint(which: "best" | "last" | number = "best"): { step: number; path: string } {
    const all = this.checkpoints();
    const [last] = all;
    if (last === undefined)
      throw new FoveaError("run/no-checkpoint", `run ${this.name} holds no checkpoint`, {
        hint: "it was stopped before the first one; start it again",
      });
    if (typeof which === "number") {
      const found = all.find(({ step }) => step === which);
      if (found === undefined)
        throw new FoveaError(
          "run/no-checkpoint",
          `run ${this.name} has no checkpoint of step ${which}; there are ${all.map(({ step }) => step).join(", ")}`,
        );
      return found;
    }
    if (which === "last") return last;
    return bestOf(all) ?? last;
  }

  row(): RunRow {
    try {
      const info = this.readInfo();
      const alive = readRunLock(this.path)?.alive;
      return { path: this.path, info, state: info.status === "running" && alive === false ? "lost" : info.status };
    } catch (error) {
      return { path: this.path, state: "broken", problem: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** Runs below `out`, newest first; broken ones are listed, not thrown. */
export function listRuns(out: string): RunRow[] {
  const rows = runNames(out).map((name) => RunDirectory.open(name, out).row());
  return rows.sort((a, b) => (b.info?.started ?? "").localeCompare(a.info?.started ?? ""));
}

/** Names below `out` that hold a run.json, also one level down (runs of a plan: `PLAN/ID`). */
function runNames(out: string): string[] {
  const below = (path: string): string[] => {
    try {
      return readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name);
    } catch {
      return [];
    }
  };
  return below(out).flatMap((name) => {
    if (existsSync(join(out, name, "run.json"))) return [name];
    return below(join(out, name))
      .map((inner) => join(name, inner))
      .filter((inner) => existsSync(join(out, inner, "run.json")));
  });
}

/** What a process leaves that was killed, or whose data were refused, before its first step: nothing was earned yet. */
function isUnstarted(path: string): boolean {
  const before = /^(lock|recipe\.json|train\.log|checkpoints|job\.json|attempts|\.tmp-.*)$/;
  return (
    statSync(path).isDirectory() &&
    readdirSync(path).every((name) => before.test(name)) &&
    listCheckpoints(join(path, "checkpoints")).length === 0
  );
}

function checkRunName(name: string): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9._/-]{0,127}$/.test(name) && !name.includes("..")) return;
  throw new FoveaError(
    "run/name",
    `run name ${JSON.stringify(name)}: use letters, digits, '.', '_', '-', at most 128`,
    { exitCode: 2 },
  );
}

function readJson(path: string): unknown {
  return parseJson(readFileBytes(path, defaultLimits.jsonBytes), { name: path });
}

/** Where a checkpoint stands in the ranking: written by the trainer as fields of its meta.json. */
interface Ranked {
  readonly metric?: { readonly value: number; readonly higherIsBetter: boolean };
}

/** The best checkpoint by its own meta.json; undefined when none carries a metric. */
export function bestOf(
  checkpoints: readonly { step: number; path: string }[],
): { step: number; path: string } | undefined {
  let best: { step: number; path: string; value: number } | undefined;
  for (const place of checkpoints) {
    const { metric } = readManifest(place.path).manifest.fields as Ranked;
    if (metric === undefined) continue;
    const better =
      best === undefined || (metric.higherIsBetter ? metric.value > best.value : metric.value < best.value);
    if (better) best = { ...place, value: metric.value };
  }
  return best;
}
