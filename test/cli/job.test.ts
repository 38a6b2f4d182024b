import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fovea, jsonLines, repository } from "./fovea-process.ts";
import { noisyPng, tinyValues, writeClassFolders } from "./image-folders.ts";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-job-"));
  writeClassFolders(join(folder, "photos"), ["cat", "dog"], 20);
});

afterAll(() => rmSync(folder, { recursive: true }));

const only = (stdout: string): Record<string, unknown> => jsonLines(stdout)[0] ?? {};

describe("from images to predictions", () => {
  test("train --json prints one object a line and ends with the run", async () => {
    const words = ["train", "classify/tiny", ...tinyValues, "data.root=photos", "--name", "first", "--json"];
    const { code, stdout } = await fovea(words, folder);
    const lines = jsonLines(stdout);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.at(-1)).toMatchObject({ event: "end", status: "done", step: 4, run: join(folder, "runs/first") });
    expect(existsSync(String(lines.at(-1)?.["report"]))).toBe(true);
    expect(code).toBe(0);
  });

  test("eval gives the metrics of the run's own evaluation", async () => {
    const { stdout } = await fovea(["eval", "first", "--checkpoint", "last", "--json"], folder);
    const found = only(stdout) as { metrics: Record<string, number> };
    const shown = only((await fovea(["runs", "show", "first", "--json"], folder)).stdout) as typeof found;
    expect(found.metrics["val/accuracy"]).toBe(shown.metrics["val/accuracy"]);
    expect(found.metrics["val/accuracy"]).toBeGreaterThanOrEqual(0);
  });

  test("export is verified, predict reads it, and skips what is no image", async () => {
    const exported = only((await fovea(["export", "first", "--json"], folder)).stdout);
    expect(exported["maxDifference"]).toBeLessThanOrEqual(1e-5);
    writeFileSync(join(folder, "photos", "cat", "bad.png"), "no image");
    writeFileSync(join(folder, "large.png"), noisyPng(40, 0, 0));
    const words = ["predict", String(exported["path"]), "large.png", "photos/cat/bad.png", "photos/dog", "--json"];
    const { code, stdout, stderr } = await fovea(words, folder);
    rmSync(join(folder, "photos", "cat", "bad.png"));
    const lines = jsonLines(stdout);
    expect(lines).toHaveLength(22);
    const [first] = lines as { image: string; top: { label: string; score: number }[] }[];
    expect(first?.image).toBe("large.png");
    expect(first?.top.map(({ label }) => label).sort()).toEqual(["cat", "dog"]);
    expect(first?.top.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
    expect(stderr).toMatch(/photos\/cat\/bad\.png/);
    expect(stderr).toMatch(/1 of 22 images could not be read and were skipped/);
    expect(code).toBe(1);
  });

  test("predict takes a run, and prints a line for each image", async () => {
    const { code, stdout } = await fovea(["predict", "first", "photos/cat/*.png", "--top", "1"], folder);
    expect(stdout.trimEnd().split("\n")).toHaveLength(20);
    expect(stdout).toMatch(/^photos\/cat\/0\.png +(cat|dog) \d+\.\d%$/m);
    expect(code).toBe(0);
  });

  test("runs ls, report and verify read the run", async () => {
    expect(jsonLines((await fovea(["runs", "ls", "--json"], folder)).stdout)).toMatchObject([{ state: "done" }]);
    expect((await fovea(["runs", "ls"], folder)).stdout).toMatch(/^first +done +4\/4/m);
    expect((await fovea(["report", "first"], folder)).stdout).toBe("runs/first/report.html\n");
    const verified = await fovea(["verify", "first"], folder);
    expect(verified.stdout).toMatch(/^good {5}step 4$/m);
    expect(verified.code).toBe(0);
  });
});

describe("without training", () => {
  test("show prints the resolved recipe and what it costs, and makes no run", async () => {
    const { stdout } = await fovea(["show", "classify/tiny", ...tinyValues, "--json"], folder);
    expect(only(stdout)).toMatchObject({
      method: "classify",
      steps: 4,
      batchSize: 8,
      values: { data: { imageSize: 16 } },
    });
    expect(only(stdout)["flopsPerStep"]).toBeGreaterThan(0);
    const text = (await fovea(["show", "classify/tiny", ...tinyValues], folder)).stdout;
    expect(text).toMatch(/^parameters {2}[\d,]+$/m);
    expect(text).toMatch(/^memory {6}about \d+ MiB/m);
    const schema = JSON.parse((await fovea(["show", "classify/tiny", "--schema"], folder)).stdout) as object;
    expect(schema).toMatchObject({ type: "object", properties: { batchSize: { default: 64 } } });
  });

  test("--dry-run says what would be trained and leaves nothing", async () => {
    const words = ["train", "classify/tiny", ...tinyValues, "--name", "dry", "--dry-run"];
    const { code, stdout } = await fovea(words, folder);
    expect(stdout).toContain("would train classify in runs/dry");
    expect(existsSync(join(folder, "runs/dry"))).toBe(false);
    expect(code).toBe(0);
  });

  test("recipes and systems list what is built in", async () => {
    const { stdout } = await fovea(["recipes", "--json"], folder);
    expect(jsonLines(stdout).map(({ name }) => name)).toEqual(
      expect.arrayContaining(["data-scaling/tiny", "classify/tiny"]),
    );
    expect((await fovea(["recipes", "classify"], folder)).stdout).not.toContain("data-scaling/");
    expect((await fovea(["systems"], folder)).stdout).toMatch(/^data-scaling /m);
  });

  test("verify-resume proves that a stopped run ends at the same bits", async () => {
    const words = ["verify-resume", "classify/tiny", ...tinyValues.slice(0, -1), "--steps", "4", "--json"];
    const { code, stdout } = await fovea(words, folder);
    expect(only(stdout)).toMatchObject({ identical: true, different: [], steps: 4, stops: 2 });
    expect(code).toBe(0);
  });

  test("data inspect describes a folder", async () => {
    const { code, stdout } = await fovea(["data", "inspect", "photos"], folder);
    expect(stdout).toMatch(/^photos: folder$/m);
    expect(stdout).toMatch(/2 classes: cat \d+, dog \d+/);
    expect(stdout).toContain("16x16");
    expect(code).toBe(0);
  });

  test("doctor measures the machine and says what is missing and how to get it", async () => {
    const found = only((await fovea(["doctor", "--json"], folder)).stdout) as {
      gemm: { gigaflops: number };
      devices: { device: string; works: boolean; help?: string }[];
      tools: { version?: string; install: string }[];
    };
    expect(found.gemm.gigaflops).toBeGreaterThan(0.1);
    expect(found.devices).toContainEqual({ device: "cpu", works: true, gigaflops: expect.any(Number) as number });
    for (const { works, help } of found.devices) if (!works) expect(help).toMatch(/install|rebuild/);
    for (const { install } of found.tools) expect(install).toContain("apt-get install");
  });

  test("--help of a verb ends with its examples; nothing printed has control characters", async () => {
    const { code, stdout } = await fovea(["train", "--help"], folder, { FORCE_COLOR: "1" });
    expect(stdout).toMatch(/Examples:\n( {2}\$ fovea train .*\n){2,3}\n?$/);
    expect(stdout).not.toContain("\u001b");
    expect(code).toBe(0);
    const version = (await fovea(["--version"], folder)).stdout.trim();
    const { version: expected } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
      version: string;
    };
    expect(version).toBe(expected);
  });

  test("no verb at all shows the verbs and exits 2", async () => {
    const { code, stderr } = await fovea([], folder);
    expect(stderr).toContain("predict");
    expect(code).toBe(2);
  });
});

test("fovea start does the whole job and says where to look", async () => {
  const words = [
    "start",
    "--name",
    "light",
    "steps=2",
    "batchSize=8",
    "data.count=64",
    "data.valCount=32",
    "data.workers=0",
  ];
  const { code, stdout, stderr } = await fovea(words, folder);
  expect(stderr).toMatch(/1\/5[^]*2\/5[^]*3\/5[^]*4\/5[^]*5\/5/);
  expect(stdout).toContain("runs/light/report.html");
  const report = readFileSync(join(folder, "runs/light/report.html"), "utf8");
  const headings = [...report.matchAll(/<h2[^>]*>([^<]*)/g)].map(([, heading]) => heading);
  expect(headings).toContain("Pre-training: Curves");
  expect(headings).toContain("Pre-training: Reconstructions");
  expect(headings).toContain("Predictions of the exported model");
  const pictures = [...report.matchAll(/ (?:alt|aria-label)="([^"]*)"/g)].map(([, words]) => words);
  expect(pictures).toContainEqual(expect.stringMatching(/confusion/i));
  expect(existsSync(join(folder, "runs/light/finetune/export/model.onnx"))).toBe(true);
  expect(code).toBe(0);
  expect((await fovea(["runs", "ls"], folder)).stdout).toMatch(/^light\/finetune +done/m);
  const again = await fovea(["start", "--resume", "light", ...words.slice(3)], folder);
  expect(again.stderr).toContain("done before");
  expect(again.code).toBe(0);
});
