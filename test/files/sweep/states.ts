import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

import { AppendFile } from "../../../src/files/append-file.node.ts";
import { checkpointName, listCheckpoints, loadCheckpoint } from "../../../src/files/checkpoints.node.ts";
import { sweepTemporary } from "../../../src/files/durable-writer.node.ts";
import { fileCalls } from "../../../src/files/file-calls.node.ts";
import { showOwner, thisProcess } from "../../../src/files/lock-owner.node.ts";
import { acquireRunLock } from "../../../src/files/run-lock.node.ts";
import { saveDirectorySync } from "../../../src/files/save-directory.node.ts";

/** The run directory that a scenario of the sweeps starts from, and what must hold of it afterwards. */
export interface Scenario {
  readonly prepare: (directory: string) => void;
  /** Judges the directory as it was left; `did` is what the process acknowledged. */
  readonly judge: (directory: string, did: readonly string[]) => void | Promise<void>;
}

const saved = '{"step":1}\n{"step":2}\n';

function save(directory: string, step: number): void {
  const files = new Map([
    ["model.bin", [new Uint8Array(3000).fill(step), new Uint8Array(2000).fill(step + 1)]],
    ["state.bin", [new Uint8Array(1000).fill(step)]],
  ]);
  saveDirectorySync(fileCalls, join(directory, "checkpoints", checkpointName(step)), {
    files,
    fields: { step, metricsBytes: saved.length },
  });
}

/** Steps of the visible checkpoints, each of which must be whole. */
function wholeSteps(directory: string): number[] {
  return listCheckpoints(join(directory, "checkpoints")).map(({ step, path }) => {
    const loaded = loadCheckpoint(path);
    const model = loaded.source("model.bin").read(0, 5000);
    expect([model[0], model[4999], loaded.fields.step]).toEqual([step, step + 1, step]);
    loaded.close();
    return step;
  });
}

/** The next process finds its way: nothing unfinished stays, and saving goes on. */
function recover(directory: string): void {
  for (const place of [directory, join(directory, "checkpoints")]) {
    sweepTemporary(fileCalls, place);
    expect(readdirSync(place).filter((name) => name.startsWith(".tmp-"))).toEqual([]);
  }
  save(directory, 9);
  expect(wholeSteps(directory)[0]).toBe(9);
}

function start(directory: string, ...steps: number[]): void {
  mkdirSync(join(directory, "checkpoints"), { recursive: true });
  for (const step of steps) save(directory, step);
}

const saveScenario: Scenario = {
  prepare: (directory) => start(directory, 1),
  judge(directory, did) {
    const steps = wholeSteps(directory);
    expect(steps).toContain(1);
    for (const step of [2, 3]) if (did.includes(`save ${step}`)) expect(steps).toContain(step);
    recover(directory);
  },
};

const pruneScenario: Scenario = {
  prepare: (directory) => start(directory, 1, 2, 3),
  judge(directory, did) {
    const steps = wholeSteps(directory);
    expect(steps).toContain(3);
    for (const step of [1, 2]) if (did.includes(`prune ${step}`)) expect(steps).not.toContain(step);
    recover(directory);
  },
};

const resumeScenario: Scenario = {
  prepare(directory) {
    start(directory, 1, 2);
    writeFileSync(join(directory, "metrics.jsonl"), `${saved}{"step":3}\n{"st`);
    const gone = spawnSync(process.execPath, ["--version"]).pid;
    writeFileSync(join(directory, "lock"), showOwner({ ...thisProcess(), pid: gone, id: "a dead one" }, 3));
    mkdirSync(join(directory, "checkpoints", ".tmp-00000003-killed"));
    writeFileSync(join(directory, "checkpoints", ".tmp-00000003-killed", "model.bin"), "half");
    mkdirSync(join(directory, "checkpoints", ".tmp-old-00000000-killed"));
  },
  async judge(directory, did) {
    expect(wholeSteps(directory)).toEqual([2, 1]);
    const metrics = join(directory, "metrics.jsonl");
    expect(readFileSync(metrics, "utf8").slice(0, saved.length)).toBe(saved);
    if (did.includes("resume")) expect(readFileSync(metrics, "utf8")).toBe(`${saved}{"resumed":true}\n`);
    const lock = await acquireRunLock(directory, { staleAfterMs: 20, beatMs: 20 }); // a lock may be empty: killed while made
    new AppendFile(metrics, { cutTo: saved.length }).close();
    expect(readFileSync(metrics, "utf8")).toBe(saved);
    recover(directory);
    lock.release();
  },
};

const exportScenario: Scenario = {
  prepare(directory) {
    start(directory, 1);
    mkdirSync(join(directory, "export"));
    writeFileSync(join(directory, "export", "model.onnx"), new Uint8Array(4000).fill(1));
  },
  judge(directory, did) {
    const model = readFileSync(join(directory, "export", "model.onnx"));
    const isNew = model.equals(new Uint8Array(5000).fill(2));
    expect(isNew || model.equals(new Uint8Array(4000).fill(1))).toBe(true);
    if (did.includes("export")) expect(isNew).toBe(true);
    const hasResult = readdirSync(directory).includes("result.json");
    if (did.includes("result")) expect(hasResult).toBe(true);
    if (hasResult) expect(readFileSync(join(directory, "result.json"))).toEqual(Buffer.alloc(500, 7));
    recover(directory);
  },
};

export const scenarios: Readonly<Record<string, Scenario>> = {
  save: saveScenario,
  prune: pruneScenario,
  resume: resumeScenario,
  export: exportScenario,
};
