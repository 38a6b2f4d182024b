import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { FoveaError } from "../../src/errors/fovea-error.ts";
import { AppendFile } from "../../src/files/append-file.node.ts";
import { checkpointName } from "../../src/files/checkpoints.node.ts";
import { commitFile, removeDurably } from "../../src/files/durable-writer.node.ts";
import type { FileCalls } from "../../src/files/file-calls.node.ts";
import { saveDirectorySync } from "../../src/files/save-directory.node.ts";
import { faultyCalls } from "./faulty-calls.ts";
import { scenarios } from "./sweep/states.ts";

const errnos = ["ENOSPC", "EIO", "EACCES", "EROFS", "EMFILE"];

/** What each scenario of the sweeps attempts, here in this process. */
const attempts: Readonly<
  Record<string, readonly (readonly [what: string, work: (io: FileCalls, directory: string) => void])[]>
> = {
  save: [2, 3].map((step) => [
    `save ${step}`,
    (io, directory) => {
      const chunks = [new Uint8Array(3000).fill(step), new Uint8Array(2000).fill(step + 1)];
      const files = new Map([["model.bin", chunks]]);
      saveDirectorySync(io, join(directory, "checkpoints", checkpointName(step)), { files, fields: { step } });
    },
  ]),
  prune: [1, 2].map((step) => [
    `prune ${step}`,
    (io, directory) => removeDurably(io, join(directory, "checkpoints", checkpointName(step))),
  ]),
  export: [
    [
      "export",
      (io, directory) =>
        commitFile(io, join(directory, "export", "model.onnx"), [new Uint8Array(5000).fill(2)], { overwrite: true }),
    ],
    ["result", (io, directory) => commitFile(io, join(directory, "result.json"), [new Uint8Array(500).fill(7)])],
  ],
};

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "fovea-faults-"));
  for (const name of Object.keys(attempts)) scenarios[name].prepare(join(root, name));
});
afterAll(() => rmSync(root, { recursive: true }));

/** Runs the attempts of `name` with a fault and judges what is left; returns the number of calls. */
async function attempt(name: string, at: number, code: string, onwards: boolean): Promise<number> {
  const directory = join(root, "attempt");
  cpSync(join(root, name), directory, { recursive: true });
  const { io, count, failed } = faultyCalls({ at, code, onwards });
  const did: string[] = [];
  for (const [what, work] of attempts[name]) {
    try {
      work(io, directory);
      did.push(what);
    } catch (error) {
      expect(error).toBeInstanceOf(FoveaError);
      expect((error as FoveaError).code).toBe(`files/${code.toLowerCase()}`);
    }
  }
  // only the second name of a finished file may stay unremoved without a word
  if (failed().some((call) => call !== "removeTree")) expect(did.length).toBeLessThan(attempts[name].length);
  await scenarios[name].judge(directory, did);
  rmSync(directory, { recursive: true });
  return count();
}

describe.each(Object.keys(attempts))("%s", (name) => {
  test.each(errnos)("%s at each call, once and from there on, is told and loses nothing", async (code) => {
    const calls = await attempt(name, 0, code, false);
    expect(calls).toBeGreaterThan(5);
    for (let at = 1; at <= calls; at++) {
      for (const onwards of [false, true]) await attempt(name, at, code, onwards);
    }
  });
});

describe("a file that is appended to", () => {
  test.each(errnos)("%s at any call never tears a line", (code) => {
    for (let at = 1; at <= 12; at++) {
      const path = join(root, "log.jsonl");
      const lines = appended(path, at, code);
      const text = readFileSync(path, { encoding: "utf8", flag: "a+" });
      expect(text).toBe(lines.map((line) => `${line}\n`).join(""));
      rmSync(path);
    }
  });

  /** The lines that were taken, of three long ones. */
  function appended(path: string, at: number, code: string): string[] {
    const { io } = faultyCalls({ at, code, onwards: false });
    const taken: string[] = [];
    let log: AppendFile | undefined;
    for (const line of ["a".repeat(1000), "b".repeat(1000), "c".repeat(1000)]) {
      try {
        log ??= new AppendFile(path, { io });
        log.appendLine(line);
        taken.push(line);
        log.flush();
      } catch (error) {
        expect(error).toBeInstanceOf(FoveaError);
      }
    }
    try {
      log?.close();
    } catch (error) {
      expect(error).toBeInstanceOf(FoveaError);
    }
    return taken;
  }

  test("after an append that could not be taken back it refuses everything", () => {
    const path = join(root, "torn.jsonl");
    const { io } = faultyCalls({ at: 5, code: "ENOSPC", onwards: true }); // open, sync, length, a first write, then none
    const log = new AppendFile(path, { io });
    expect(() => log.appendLine("a".repeat(1000))).toThrow("the disk is full (ENOSPC)");
    expect(() => log.appendLine("b")).toThrow(`${path} takes nothing more after a failed write`);
    expect(() => log.flush()).toThrow("takes nothing more");
  });
});
