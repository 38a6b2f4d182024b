import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { parseOwner, showOwner, thisProcess } from "../../src/files/lock-owner.node.ts";
import { removeIfStill } from "../../src/files/lock-takeover.node.ts";
import { acquireRunLock, readRunLock } from "../../src/files/run-lock.node.ts";

const built = existsSync(fileURLToPath(new URL("../../dist/files/index.js", import.meta.url)));
if (!built) console.warn("locks of other processes skipped: dist/ is missing (npm run build)");
const fast = { beatMs: 30, staleAfterMs: 200 };

let root: string;
let lockFile: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fovea-lock-"));
  lockFile = join(root, "lock");
});
afterEach(() => rmSync(root, { recursive: true }));

test("one writer: a second is refused while the first lives, and gets the lock after its release", async () => {
  const first = await acquireRunLock(root, fast);
  expect(readRunLock(root)).toEqual({ alive: true, owner: `process ${process.pid} on ${thisProcess().host}` });
  await expect(acquireRunLock(root, fast)).rejects.toThrow(`${root} is being written by process ${process.pid} on`);
  expect(first.check()).toBe(true);
  first.release();
  expect(first.check()).toBe(false);
  expect(readRunLock(root)).toBeUndefined();
  (await acquireRunLock(root, fast)).release();
  expect(readdirSync(root)).toEqual([]);
});

test("a lock whose process is gone is taken over at once", async () => {
  const gone = spawnSync(process.execPath, ["--version"]).pid;
  writeFileSync(lockFile, showOwner({ ...thisProcess(), pid: gone, id: "dead" }, 3));
  expect(readRunLock(root)?.alive).toBe(false);
  const start = performance.now();
  const lock = await acquireRunLock(root);
  expect(performance.now() - start).toBeLessThan(2000);
  lock.release();
});

test("a later process with the same number is not taken for the owner", async () => {
  writeFileSync(lockFile, showOwner({ ...thisProcess(), started: "1", id: "before" }, 3));
  expect(readRunLock(root)?.alive).toBe(false);
});

describe.each([
  ["on another host", { host: "elsewhere" }],
  ["before a restart", { bootId: "another" }],
  ["in another container", { pidSpace: "pid:[1]" }],
])("a lock made %s", (_where, change) => {
  beforeEach(() => {
    const gone = spawnSync(process.execPath, ["--version"]).pid;
    writeFileSync(lockFile, showOwner({ ...thisProcess(), pid: gone, id: "far", ...change }, 3));
  });

  test("is taken over only when its heartbeat stays unchanged", async () => {
    expect(readRunLock(root)?.alive).toBeUndefined();
    const waits: string[] = [];
    const start = performance.now();
    const lock = await acquireRunLock(root, { ...fast, onWait: (owner) => waits.push(owner) });
    expect(performance.now() - start).toBeGreaterThanOrEqual(fast.staleAfterMs);
    expect(waits).toHaveLength(1);
    lock.release();
  });

  test("is respected as soon as its heartbeat changes", async () => {
    const owner = parseOwner(readFileSync(lockFile, "utf8"));
    if (owner === undefined) throw new Error("unreadable");
    const acquiring = acquireRunLock(root, { ...fast, staleAfterMs: 5000 });
    await sleep(50);
    writeFileSync(lockFile, showOwner(owner, 4));
    await expect(acquiring).rejects.toThrow("is being written by process");
  });
});

test("an unfinished lock is taken over when it stays as it is", async () => {
  writeFileSync(lockFile, "");
  expect(readRunLock(root)).toEqual({ alive: undefined, owner: "unknown" });
  (await acquireRunLock(root, fast)).release();
});

test("who lost the lock is told, does not beat into the new one and does not remove it", async () => {
  let lost = 0;
  const lock = await acquireRunLock(root, { ...fast, onLost: () => lost++ });
  rmSync(lockFile);
  writeFileSync(lockFile, showOwner({ ...thisProcess(), id: "another" }, 0));
  const theirs = readFileSync(lockFile, "utf8");
  await sleep(100);
  expect(lost).toBe(1);
  expect(lock.check()).toBe(false);
  lock.release();
  expect(readFileSync(lockFile, "utf8")).toBe(theirs);
});

test("who judged an older lock stale puts a newer one back", async () => {
  const lock = await acquireRunLock(root, { beatMs: 60_000 });
  removeIfStill(lockFile, "the text of a lock that another process has removed meanwhile");
  expect(lock.check()).toBe(true);
  expect(readdirSync(root)).toEqual(["lock"]);
  removeIfStill(lockFile, readFileSync(lockFile, "latin1"));
  expect(readdirSync(root)).toEqual([]);
  removeIfStill(lockFile, "no lock at all");
});

test("of twenty that want the lock of a dead process, one gets it", async () => {
  const gone = spawnSync(process.execPath, ["--version"]).pid;
  writeFileSync(lockFile, showOwner({ ...thisProcess(), pid: gone, id: "dead" }, 3));
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, () => acquireRunLock(root, { ...fast, staleAfterMs: 5000 })),
  );
  const locks = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
  expect(locks).toHaveLength(1);
  locks[0].release();
});

test.skipIf(!built)("a frozen owner loses the lock, and says so when it wakes", async () => {
  const index = new URL("../../dist/files/index.js", import.meta.url).href;
  const code = `const { acquireRunLock } = await import(${JSON.stringify(index)});
    await acquireRunLock(${JSON.stringify(root)}, { beatMs: 30, onLost: () => { console.log("lost"); process.exit(7); } });
    console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  const exit = new Promise((resolve) => child.on("exit", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  await expect(acquireRunLock(root, fast)).rejects.toThrow(`process ${child.pid} on`);
  child.kill("SIGSTOP");
  const lock = await acquireRunLock(root, fast);
  child.kill("SIGCONT");
  expect(await exit).toBe(7);
  expect(lock.check()).toBe(true);
  lock.release();
});
