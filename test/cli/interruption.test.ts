import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fovea, saidOnError, startFovea } from "./fovea-process.ts";
import { tinyValues } from "./image-folders.ts";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-stop-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

const endless = ["data.count=64", "data.valCount=16", "steps=1000000", "checkpoints.everySteps=1000000"];
const statusOf = (name: string): { status: string; step: number } =>
  JSON.parse(readFileSync(join(folder, "runs", name, "run.json"), "utf8")) as { status: string; step: number };

test("Ctrl-C finishes the step, saves, prints the command that goes on, and exits 130", async () => {
  const running = startFovea(["train", "classify/tiny", ...tinyValues, ...endless, "--name", "stopped"], folder);
  await saidOnError(running, /step 1\//);
  running.child.kill("SIGINT");
  const { code, stderr } = await running.ended;
  expect(code).toBe(130);
  expect(stderr).toMatch(/saved step \d+; go on with:\n {2}fovea train --resume stopped\n$/);
  expect(stderr).not.toContain("\u001b");
  const { status, step } = statusOf("stopped");
  expect(status).toBe("interrupted");

  const more = await fovea(["train", "--resume", "stopped", `steps=${step + 2}`], folder);
  expect(more.code).toBe(0);
  expect(statusOf("stopped")).toMatchObject({ status: "done", step: step + 2 });
});

test("SIGTERM does the same and exits 143; with another --out the command says so", async () => {
  const words = ["train", "classify/tiny", ...tinyValues, ...endless, "--name", "ended", "--out", "elsewhere"];
  const running = startFovea(words, folder);
  await saidOnError(running, /step 1\//);
  running.child.kill("SIGTERM");
  const { code, stderr } = await running.ended;
  expect(code).toBe(143);
  expect(stderr).toContain("fovea train --resume ended --out elsewhere\n");
});
