import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

import { AppendFile } from "../../src/files/append-file.node.ts";
import { checkpointName, listCheckpoints, loadCheckpoint } from "../../src/files/checkpoints.node.ts";
import { commitFile, makeDirectory, removeDurably, sweepTemporary } from "../../src/files/durable-writer.node.ts";
import type { FileCalls } from "../../src/files/file-calls.node.ts";
import { saveDirectorySync } from "../../src/files/save-directory.node.ts";
import { type DiskImage, RecordingDisk } from "./recording-disk.ts";

const STATES = 2000;

let root: string;
beforeAll(() => void (root = mkdtempSync(join(tmpdir(), "fovea-power-"))));
afterAll(() => rmSync(root, { recursive: true }));

/** What a run has acknowledged so far. */
interface Acknowledged {
  readonly saved: Set<number>;
  readonly pruned: Set<number>;
  status: number;
  result: boolean;
  logged: string;
}

/** A short run on `io`: saves, prunes, status, log, result; `acknowledged` is kept up to date. */
function run(io: FileCalls, acknowledged: Acknowledged): void {
  makeDirectory(io, "/run/checkpoints");
  const log = new AppendFile("/run/metrics.jsonl", { io });
  for (let step = 1; step <= 4; step++) {
    log.appendLine(`{"step":${step}}`);
    log.flush();
    acknowledged.logged += `{"step":${step}}\n`;
    const files = new Map([["model.bin", [new Uint8Array(2500).fill(step)]]]);
    saveDirectorySync(io, `/run/checkpoints/${checkpointName(step)}`, { files, fields: { step } });
    acknowledged.saved.add(step);
    commitFile(io, "/run/run.json", [statusBytes(step)], { overwrite: true });
    acknowledged.status = step;
    if (step > 2) {
      acknowledged.saved.delete(step - 2); // from here on it may go
      removeDurably(io, `/run/checkpoints/${checkpointName(step - 2)}`);
      acknowledged.pruned.add(step - 2);
    }
  }
  commitFile(io, "/run/result.json", [statusBytes(9)]);
  acknowledged.result = true;
  sweepTemporary(io, "/run/checkpoints");
}

const statusBytes = (step: number): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ step, text: "x".repeat(step * 700) }));

/** Draws `states` crash states over all calls of a run and returns what was wrong with each bad one. */
function judgeAll(
  states: number,
  weaken: (disk: RecordingDisk) => FileCalls = (disk) => disk,
): { judged: number; wrong: string[] } {
  const random = mulberry32(7);
  const wrong: string[] = [];
  let judged = 0;
  const play = (perCall: number): number => {
    const disk = new RecordingDisk();
    const acknowledged: Acknowledged = { saved: new Set(), pruned: new Set(), status: 0, result: false, logged: "" };
    let calls = 0;
    disk.afterCall = () => {
      calls++;
      for (let i = 0; i < perCall; i++, judged++) {
        const reason = judge(disk.crash(random), acknowledged);
        if (reason !== undefined) wrong.push(`call ${calls}: ${reason}`);
      }
    };
    run(weaken(disk), acknowledged);
    return calls;
  };
  const calls = play(0);
  play(Math.ceil(states / calls));
  return { judged, wrong };
}

function judge(image: DiskImage, acknowledged: Acknowledged): string | undefined {
  const directory = join(root, "state");
  try {
    for (const [path, bytes] of image) {
      if (path.endsWith("/")) mkdirSync(join(directory, path), { recursive: true });
      else writeFileSync(join(directory, path), bytes);
    }
    return whatIsWrong(join(directory, "run"), acknowledged);
  } catch (error) {
    return (error as Error).message;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function whatIsWrong(directory: string, { saved, pruned, status, result, logged }: Acknowledged): string | undefined {
  const steps = listCheckpoints(join(directory, "checkpoints")).map(({ step, path }) => {
    const loaded = loadCheckpoint(path); // throws when it is half visible
    const whole = loaded
      .source("model.bin")
      .read(0, 2500)
      .every((value) => value === step);
    loaded.close();
    if (!whole) throw new Error(`checkpoint ${step} holds other bytes`);
    return step;
  });
  for (const step of saved) if (!steps.includes(step)) return `checkpoint ${step} is lost`;
  for (const step of pruned) if (steps.includes(step)) return `checkpoint ${step} is back`;
  const text = textOf(join(directory, "run.json"));
  if (text === undefined ? status > 0 : JSON.parse(text).step < status) return "the status is lost";
  const final = textOf(join(directory, "result.json"));
  if (final === undefined ? result : JSON.parse(final).step !== 9) return "the result is lost";
  if (!(textOf(join(directory, "metrics.jsonl")) ?? "").startsWith(logged)) return "a line of the log is lost";
  return undefined;
}

const textOf = (path: string): string | undefined => (existsSync(path) ? readFileSync(path, "utf8") : undefined);

/** A small generator for tests (Tommy Ettinger's mulberry32). */
function mulberry32(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

test(`a power cut at any call loses nothing acknowledged and leaves nothing half-visible: ${STATES} states`, () => {
  const { judged, wrong } = judgeAll(STATES);
  expect(wrong).toEqual([]);
  expect(judged).toBeGreaterThanOrEqual(STATES);
});

test("the simulation notices a writer that does not sync files, or does not sync directories", () => {
  const without = (name: "fsync" | "syncDirectory") => (disk: RecordingDisk) =>
    new Proxy<FileCalls>(disk, {
      get: (target, key: keyof FileCalls) => (key === name ? () => {} : (target[key] as () => void).bind(target)),
    });
  expect(judgeAll(300, without("fsync")).wrong.length).toBeGreaterThan(0);
  expect(judgeAll(300, without("syncDirectory")).wrong.length).toBeGreaterThan(0);
});
