import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { jobsOf } from "../../src/jobs/job-id.ts";
import { LocalQueue } from "../../src/jobs/local-queue.ts";
import { PlanFolder } from "../../src/jobs/plan-folder.ts";
import type { JobStatus } from "../../src/jobs/queue.ts";
import { sweep, type SweepOptions } from "../../src/jobs/sweep.ts";
import type { JobEvent } from "../../src/jobs/worker.ts";
import { parsePlan, type PlanInput } from "../../src/train/plan.ts";

const out = mkdtempSync(join(tmpdir(), "fovea-jobs-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const entry = fileURLToPath(new URL("./fake-job.js", import.meta.url));
const quick = {
  workers: 2,
  entry,
  pollMs: 10,
  killAfterMs: 200,
  watchMs: 10,
  retries: { attempts: 3, deaths: 3, backOffMs: 10 },
};

type Run = PlanInput["runs"][number];
const run = (id: string, does = "done", more: Partial<Run> = {}, times = 99): Run => ({
  ...{ id, method: "toy", recipe: { id } },
  labels: { does, times },
  ...more,
});

const context = { version: "1", fingerprint: () => Promise.resolve(undefined) };

async function folderOf(name: string, runs: readonly Run[]): Promise<PlanFolder> {
  const plan = parsePlan({ name, runs });
  return PlanFolder.create(join(out, name), plan, await jobsOf(plan, context));
}

const starts = (folder: PlanFolder, id: string): number =>
  readFileSync(join(folder.runPath(id), "starts.log"), "utf8")
    .trim()
    .split("\n").length;
const states = (statuses: readonly JobStatus[]): Record<string, string> =>
  Object.fromEntries(statuses.map(({ job, state }) => [job.run.id, state]));
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

const carryOut = (folder: PlanFolder, options: Partial<SweepOptions> = {}) => sweep(folder, { ...quick, ...options });

test("every run starts after those it waits for, two at a time, and none twice", async () => {
  const folder = await folderOf("order", [
    run("tuned", "done", { takes: { "init.from": "whole" } }),
    run("whole", "done", { takes: { modules: ["m1", "m2"] } }),
    run("m1", "done", { branch: { run: "meta", step: 1 } }),
    run("m2", "done", { after: ["meta"] }),
    run("meta"),
  ]);
  const early: string[] = [];
  const onEvent = (event: JobEvent): void => {
    if (event.event !== "started") return;
    early.push(...Object.keys(folder.job(event.name)?.needs ?? {}).filter((need) => !folder.isDone(need)));
  };
  const statuses = await carryOut(folder, { onEvent });
  expect(new Set(Object.values(states(statuses)))).toEqual(new Set(["done"]));
  expect(early).toEqual([]);
  expect(folder.plan.runs.map(({ id }) => starts(folder, id))).toEqual([1, 1, 1, 1, 1]);
  await carryOut(folder);
  expect(starts(folder, "meta")).toBe(1); // skipped: it is done
  const lines = readFileSync(folder.join("events.jsonl"), "utf8").trim().split("\n");
  expect(lines).toHaveLength(10);
});

test("a run that fails is tried again, one that fails three times not, and what waits for it stays waiting", async () => {
  const folder = await folderOf("failing", [
    run("twice", "fail", {}, 2),
    run("always", "fail"),
    run("next", "done", { after: ["always"] }),
    run("other", "done", { after: ["twice"] }),
  ]);
  const statuses = await carryOut(folder);
  expect(states(statuses)).toEqual({ twice: "done", always: "failed", next: "waiting", other: "done" });
  expect([starts(folder, "twice"), starts(folder, "always")]).toEqual([3, 3]);
  const always = statuses.find(({ job }) => job.run.id === "always");
  expect(always).toMatchObject({ failures: 3, reason: "attempt 3 failed", log: "attempt 3 failed" });
  expect(statuses.find(({ job }) => job.run.id === "next")?.reason).toBe("waits for always");
});

test("a wrong recipe is never tried again; a run that somebody else writes is, without being counted", async () => {
  const folder = await folderOf("refused", [run("wrong", "refuse"), run("shared", "busy", {}, 5)]);
  const statuses = await carryOut(folder);
  expect(states(statuses)).toEqual({ wrong: "failed", shared: "done" });
  expect(statuses[0]).toMatchObject({ failures: 1, reason: "recipe of toy: steps: too small (got 0)" });
  expect([starts(folder, "wrong"), starts(folder, "shared")]).toEqual([1, 6]);
});

test("a run that kills its process three times in a row is set aside with its log; retry starts it again", async () => {
  const folder = await folderOf("dying", [run("bad", "die", {}, 3), run("slowly", "progress-die", {}, 5)]);
  const statuses = await carryOut(folder);
  expect(states(statuses)).toEqual({ bad: "set-aside", slowly: "done" }); // each of its attempts had saved something
  expect(statuses[0]).toMatchObject({
    deaths: 3,
    reason: "its process was ended by SIGKILL",
    log: "Segmentation fault ahead",
  });
  await new LocalQueue(folder).retry("bad");
  expect(states(await carryOut(folder))).toEqual({ bad: "done", slowly: "done" });
});

test("stopping ends the children, by force where they do not listen, and the next sweep goes on", async () => {
  const folder = await folderOf("stopped", [run("slow", "slow", {}, 1), run("deaf", "deaf", {}, 1), run("third")]);
  const controller = new AbortController();
  let progress = 0;
  const onEvent = ({ event }: JobEvent): void => void (event === "progress" && ++progress === 2 && controller.abort());
  expect(states(await carryOut(folder, { signal: controller.signal, onEvent }))).toEqual({
    slow: "ready",
    deaf: "ready",
    third: "ready",
  });
  expect(states(await carryOut(folder))).toEqual({ slow: "done", deaf: "done", third: "done" });
});

test("a cancelled job ends and stays so; its name is checked", async () => {
  const folder = await folderOf("cancelled", [run("slow", "slow", {}, 1), run("next", "done", { after: ["slow"] })]);
  const queue = new LocalQueue(folder);
  let running = false;
  const done = carryOut(folder, { onEvent: ({ event }) => void (running ||= event === "progress") });
  await until(() => running);
  expect(states(await queue.list())).toEqual({ slow: "active", next: "waiting" });
  await queue.cancel("slow");
  expect(states(await done)).toEqual({ slow: "cancelled", next: "waiting" });
  await expect(async () => queue.cancel("slwo")).rejects.toThrow("slwo");
});

test("two sweeps on one folder share the work and start nothing twice", async () => {
  const folder = await folderOf(
    "shared",
    Array.from({ length: 8 }, (_, i) => run(`r${i}`)),
  );
  const both = await Promise.all([carryOut(folder), carryOut(PlanFolder.open(folder.path))]);
  expect(new Set(both.flatMap((statuses) => Object.values(states(statuses))))).toEqual(new Set(["done"]));
  expect(folder.plan.runs.map(({ id }) => starts(folder, id))).toEqual(Array(8).fill(1));
});

test("an empty queue is made again from the run directories: nothing finished is lost", async () => {
  const folder = await folderOf("wiped", [run("a"), run("b", "done", { after: ["a"] })]);
  await carryOut(folder);
  rmSync(folder.join(".queue"), { recursive: true });
  expect(states(await carryOut(PlanFolder.open(folder.path)))).toEqual({ a: "done", b: "done" });
  expect(starts(folder, "a")).toBe(1);
});

test("a folder that holds another plan is refused, with what differs", async () => {
  await folderOf("taken", [run("a")]);
  await expect(folderOf("taken", [run("a", "done", { recipe: { id: "b" } })])).rejects.toThrow(
    /taken holds another plan: a: run\.recipe\.id: "a" → "b"/,
  );
  await expect(folderOf("taken", [run("a"), run("b")])).rejects.toThrow("1 runs of taken → 2 of taken");
});
