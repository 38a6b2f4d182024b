import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Attempt, readResult } from "../../src/jobs/attempt.ts";
import { jobsOf } from "../../src/jobs/job-id.ts";
import { parseJob } from "../../src/jobs/job.ts";
import { parsePlan } from "../../src/train/plan.ts";

const out = mkdtempSync(join(tmpdir(), "fovea-attempt-"));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const plan = (root: string, steps: number, threads = 1) =>
  parsePlan({
    name: "p",
    runs: [
      { id: "a", method: "toy", recipe: { steps, data: { root } }, threads },
      { id: "b", method: "toy", recipe: { steps: 1 }, takes: { "init.from": "a" } },
      { id: "c", method: "toy", recipe: { steps: 1 } },
    ],
  });

const ids = async (one: ReturnType<typeof plan>, { version = "1", data = "d" } = {}) =>
  (
    await jobsOf(one, { version, fingerprint: async (recipe) => (recipe["data"] === undefined ? undefined : data) })
  ).map(({ id }) => id);

test("a job's id is of its recipe, threads, data and version, through what it starts from; not of places", async () => {
  const first = await ids(plan("/data", 5));
  expect(new Set(first).size).toBe(3);
  expect(await ids(plan("/moved", 5))).toEqual(first);
  const changes = [
    await ids(plan("/data", 6)),
    await ids(plan("/data", 5, 2)),
    await ids(plan("/data", 5), { data: "e" }),
  ];
  for (const changed of changes) {
    expect([changed[0], changed[1]]).not.toContain(first[0]);
    expect(changed[1]).not.toBe(first[1]); // it starts from a
    expect(changed[2]).toBe(first[2]);
  }
  expect((await ids(plan("/data", 5), { version: "2" }))[2]).not.toBe(first[2]);
});

test("a job is read strictly: unknown kinds, keys and sizes are refused", async () => {
  const [job] = await jobsOf(plan("/data", 5), { version: "1", fingerprint: async () => undefined });
  expect(parseJob(JSON.parse(JSON.stringify(job)), "job.json")).toEqual(job);
  expect(() => parseJob({ ...job, kind: "shell" }, "job.json")).toThrow("job.json is no job: kind:");
  expect(() => parseJob({ ...job, command: "rm" }, "job.json")).toThrow('Unrecognized key: "command"');
  expect(() => parseJob({ ...job, version: "1".repeat(70_000) }, "job.json")).toThrow("at most 65536 are taken");
});

test("of two attempts at a job the later goes on, and only one result is committed", () => {
  const first = Attempt.begin(out);
  expect([first.number, first.superseded()]).toEqual([1, undefined]);
  const second = Attempt.begin(out);
  expect(first.superseded()).toBe("attempt 2 has begun after attempt 1");
  const result = { job: "x", step: 3, metrics: { "val/loss": 1 }, seconds: 2 };
  expect(first.commit(result)).toBe(false); // a worker that was frozen and woke
  expect(readResult(out)).toBeUndefined();
  expect(second.commit(result)).toBe(true);
  expect(readResult(out)).toMatchObject({ attempt: 2, step: 3 });
  expect(second.commit({ ...result, step: 4 })).toBe(false);
  expect(Attempt.begin(out).superseded()).toBe("the job has its result");
});
