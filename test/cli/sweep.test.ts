import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { flagPresets } from "../../src/cli/flags.ts";
import { confirmCost } from "../../src/cli/study-start.ts";
import { Terminal } from "../../src/cli/terminal.ts";
import { LocalQueue } from "../../src/jobs/local-queue.ts";
import { PlanFolder } from "../../src/jobs/plan-folder.ts";
import { generator } from "../../src/random/generator.ts";
import { readRunLock } from "../../src/files/run-lock.node.ts";
import { studyTableSchema, type StudyTable } from "../../src/systems/data-scaling/study-table.ts";
import { fovea, jsonLines, startFovea } from "./fovea-process.ts";

const out = mkdtempSync(join(tmpdir(), "fovea-sweep-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** Three runs: a trunk and two tails. */
const small = [
  "data-scaling/smoke",
  "images=[12]", // fewer than a batch: each image comes more than once in it
  "lengths=[16,32]",
  "batchSize=16",
  "data.count=64",
  "data.valCount=16",
  "validation.images=16",
  "validation.trainImages=8",
  "validation.batchSize=16",
];
const flags = ["--out", out, "--workers", "2", "--threads", "1", "--json"];
const tableOf = (name: string): StudyTable =>
  studyTableSchema.parse(JSON.parse(readFileSync(join(out, name, "cells.json"), "utf8")));
/** Everything that does not depend on the clock. */
const measured = (name: string) => tableOf(name).cells.map((cell) => ({ ...cell, seconds: 0 }));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("a dry run plans and times, and starts nothing", async () => {
  const { code, stdout } = await fovea(["sweep", ...small, "--dry-run", ...flags], out);
  expect(code).toBe(0);
  const [plan] = jsonLines(stdout);
  // a trunk of 28 updates, tails of 2 and 4: 34 instead of 48
  expect(plan).toMatchObject({ runs: 3, updates: 34, updatesAlone: 48 });
  expect(existsSync(join(out, "data-scaling-smoke"))).toBe(false);
});

test("a study killed at random, sweep and children, ends with the table of an undisturbed one", async () => {
  const whole = await fovea(["sweep", ...small, "--name", "whole", ...flags], out);
  expect(whole.code, whole.stderr).toBe(0);
  expect(jsonLines(whole.stdout).at(-1)).toMatchObject({ event: "end", jobs: { done: 3 } });
  const { cells, missing } = tableOf("whole");
  expect(missing).toEqual([]);
  expect(cells.map(({ id, samples, epochs }) => [id, samples, epochs])).toEqual([
    ["S-n12-t16-r0", 256, 256 / 12],
    ["S-n12-t32-r0", 512, 512 / 12],
  ]);
  expect(cells[1]?.validationCurve.map(({ step }) => step)).toEqual([...Array.from({ length: 13 }, (_, i) => 2 * i + 2), 28, 32]); // prettier-ignore
  expect(readFileSync(join(out, "whole/lists/12.txt"), "utf8").trim().split("\n")).toHaveLength(12);

  mkdirSync(join(out, "killed")); // what was timed then need not be timed again
  for (const file of ["plan.json", "estimate.json"]) copyFileSync(join(out, "whole", file), join(out, "killed", file));
  const moments = generator(0, "sweep kills");
  const running = startFovea(["sweep", ...small, "--name", "killed", ...flags], out);
  for (const victim of ["child", "sweep"] as const) {
    while (childOf("killed") === undefined && running.child.exitCode === null && victim === "child") await pause(20);
    await pause(700 * moments.uniform());
    const child = childOf("killed");
    if (victim === "sweep") running.child.kill("SIGKILL");
    else if (child !== undefined) process.kill(child, "SIGKILL");
  }
  await running.ended;
  const queue = new LocalQueue(PlanFolder.open(join(out, "killed")));
  for (const { job, notBefore } of await queue.list()) if (notBefore !== undefined) await queue.retry(job.run.id); // not to wait for it
  const end = await fovea(["sweep", ...small, "--name", "killed", ...flags], out);
  expect(end.code, end.stderr).toBe(0);
  expect(measured("killed")).toEqual(measured("whole"));
});

/** Process id of a training that holds its run's lock. */
function childOf(name: string): number | undefined {
  const path = join(out, name);
  if (!existsSync(join(path, "plan.json"))) return undefined;
  for (const { id } of PlanFolder.open(path).plan.runs) {
    const owner = readRunLock(join(path, id));
    if (owner?.alive === true) return Number(/process (\d+)/.exec(owner.owner)?.[1]);
  }
  return undefined;
}

test("jobs are listed, cancelled and made ready again; the report is written again", async () => {
  const rows = jsonLines((await fovea(["jobs", "ls", "whole", "--out", out, "--json"], out)).stdout);
  expect(rows.map(({ name, state }) => [name, state])).toEqual([
    ["trunk-s-n12-r0", "done"],
    ["pre-s-n12-r0-t16", "done"],
    ["pre-s-n12-r0-t32", "done"],
  ]);
  const queue = new LocalQueue(PlanFolder.open(join(out, "whole")));
  await queue.cancel("trunk-s-n12-r0");
  expect((await queue.status("trunk-s-n12-r0")).state).toBe("done"); // what is done stays done
  rmSync(join(out, "whole/cells.json"));
  const { code, stdout } = await fovea(["report", "whole", "--out", out, "--json"], out);
  expect(code).toBe(0);
  expect(jsonLines(stdout)[0]).toMatchObject({ study: "data-scaling/smoke", cells: 2, missing: 0 });
  expect(measured("whole")).toHaveLength(2);
});

test("a study longer than a minute does not start unasked, and wrong settings are refused by name", async () => {
  const refused = await fovea(["sweep", "data-scaling/smoke", "lenghts=[8]", ...flags], out);
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("did you mean lengths?")]);
  const unknown = await fovea(["sweep", "data-scaling/smok", ...flags], out);
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("did you mean data-scaling/smoke?")]);
  const cost = { updates: 1, updatesAlone: 1, flops: 1, seconds: 3600 };
  const terminal = new Terminal({ json: true, quiet: true, verbose: false, color: false });
  await expect(confirmCost({ cost, name: "s" }, flagPresets, terminal)).rejects.toThrow("s would take about 1 h 0 min");
  expect(await confirmCost({ cost, name: "s" }, { ...flagPresets, yes: true }, terminal)).toBe(true);
  expect(await confirmCost({ cost: { ...cost, seconds: 60 }, name: "s" }, flagPresets, terminal)).toBe(true);
});
