import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fovea, jsonLines, type Ended } from "./fovea-process.ts";
import { noisyPng, tinyValues, writeClassFolders } from "./image-folders.ts";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-bad-"));
  writeClassFolders(join(folder, "two"), ["cat", "dog"], 20);
  writeClassFolders(join(folder, "one"), ["cat"], 20);
  mkdirSync(join(folder, "empty"));
  writeFileSync(join(folder, "file"), "");
});

afterAll(() => rmSync(folder, { recursive: true }));

const train = (...words: string[]): Promise<Ended> =>
  fovea(["train", "classify/tiny", ...tinyValues, ...words], folder);

/** One paragraph for people: no stack, no control characters, an exit code that is not 0. */
function expectParagraph({ code, stdout, stderr }: Ended, exitCode: number, ...patterns: (string | RegExp)[]): void {
  expect(stderr).toMatch(/^error: /m);
  expect(stderr).not.toMatch(/^\s+at .*\.js:\d+/m);
  expect(stderr).not.toContain("bug in fovea");
  expect(stderr).not.toContain("\u001b");
  expect(stderr.slice(stderr.indexOf("error: ")).trimEnd()).not.toContain("\n\n");
  expect(stdout).toBe("");
  for (const pattern of patterns) expect(stderr).toMatch(pattern);
  expect(code).toBe(exitCode);
}

describe("bad input", () => {
  test("unknown recipe: the nearest one is named", async () => {
    expectParagraph(
      await fovea(["train", "clasify/tiny"], folder),
      2,
      /clasify\/tiny/,
      /did you mean classify\/tiny\?/,
    );
  });

  test("unknown recipe key: the nearest one is named", async () => {
    expectParagraph(await train("optimiser.peekLearningRate=1"), 2, /peekLearningRate/, /optimiser\.peakLearningRate/);
  });

  test("negative learning rate: key and value are named", async () => {
    expectParagraph(await train("optimiser.peakLearningRate=-0.1"), 2, /optimiser\.peakLearningRate/, /-0\.1/);
  });

  test("a folder that is not there", async () => {
    expectParagraph(await train("data.root=./nowhere"), 2, /nowhere/);
  });

  test("empty folder", async () => {
    expectParagraph(
      await train("data.root=./empty", "--name", "left"),
      2,
      /\/empty: no train images/,
      /hint: give a folder/,
    );
    expect(existsSync(join(folder, "runs/left"))).toBe(false);
  });

  test("one class", async () => {
    expectParagraph(await train("data.root=./one"), 2, /one class \(cat\)/, /at least two/);
  });

  test("image size that the patches do not divide", async () => {
    expectParagraph(await train("data.imageSize=20"), 2, /model\.patchSize/, /must divide data\.imageSize/);
  });

  test("a device that is not there leaves no run", async () => {
    expectParagraph(await train("--device", "gpu", "--name", "left"), 2, /no device gpu/, /cpu/);
    expect(existsSync(join(folder, "runs/left"))).toBe(false);
  });

  test("--out below a file", async () => {
    expectParagraph(await train("--out", join(folder, "file", "runs")), 1, /file/, /ENOTDIR/);
  });

  test("--out where the system refuses to write", async () => {
    expectParagraph(await train("--out", "/proc/fovea-runs"), 1, /\/proc\/fovea-runs/, /hint: /);
  });

  test("a run of that name exists", async () => {
    mkdirSync(join(folder, "runs", "taken"), { recursive: true });
    writeFileSync(join(folder, "runs", "taken", "mine.txt"), "mine");
    expectParagraph(await train("--name", "taken"), 2, /taken exists already/, /--overwrite/);
    expectParagraph(await train("--name", "taken", "--overwrite"), 1, /is not a run/);
    expect(readFileSync(join(folder, "runs", "taken", "mine.txt"), "utf8")).toBe("mine");
  });

  test("unknown run: the nearest one is named", async () => {
    expectParagraph(await fovea(["eval", "no-such-run"], folder), 2, /no run no-such-run/);
  });

  test("a file that is no model, and an image that is none", async () => {
    writeFileSync(join(folder, "broken.onnx"), "not a model");
    expectParagraph(await fovea(["predict", "broken.onnx", "two/cat/0.png"], folder), 1, /broken\.onnx/);
    expectParagraph(await fovea(["predict", "broken.onnx", "nowhere.png"], folder), 2, /no image nowhere\.png/);
  });
});

describe("an unreadable image among many", () => {
  /** `count` images of each class, two of them no images. */
  function writeWithBad(root: string, count: number): void {
    writeClassFolders(root, ["cat", "dog"], 0);
    for (const [label, name] of ["cat", "dog"].entries()) {
      const png = noisyPng(16, label, 0);
      for (let i = 0; i < count; i++) writeFileSync(join(root, name, `${i}.png`), png);
    }
    for (const i of [2, 3]) writeFileSync(join(root, "cat", `${i}.png`), "no image");
  }

  test("data inspect counts and names it among 10,000, and fails", async () => {
    writeWithBad(join(folder, "many"), 5_000);
    const { code, stdout } = await fovea(["data", "inspect", "many", "--json"], folder);
    const [found] = jsonLines(stdout);
    const unreadable = (found?.["problems"] as string[]).filter((line) => line.includes("cannot read"));
    expect(unreadable).toHaveLength(2);
    expect(unreadable.join()).toContain("cat/2.png");
    expect(code).toBe(1);
  });

  test("training skips it, names it, and goes on", async () => {
    writeWithBad(join(folder, "some"), 200);
    const words = ["data.root=./some", "steps=45", "validation.images=8", "--name", "skips"];
    const { code, stderr } = await train(...words);
    expect(stderr).toMatch(/image left out: cat\/[23]\.png/);
    expect(code).toBe(0);
  });

  test("where more than one in a hundred is unreadable, training stops", async () => {
    writeClassFolders(join(folder, "rotten"), ["cat", "dog"], 20);
    for (let i = 0; i < 10; i++) writeFileSync(join(folder, "rotten", "dog", `${i}.png`), "no image");
    expectParagraph(await train("data.root=./rotten", "--name", "rotten"), 1, /cannot be read/, /dog\/\d\.png/, /1%/);
  });
});

describe("a checkpoint of another model", () => {
  beforeAll(async () => {
    await train("data.root=./two", "--name", "small");
  });

  test("init.from of another width is refused, with the tensors that differ", async () => {
    const ended = await train("data.root=./two", "init.from=runs/small", "model.backbone=vit-micro", "--name", "wide");
    expectParagraph(ended, 2, /do not fit the network/, /\[64\], expected \[96\]/, /same backbone/);
  });

  test("resuming with another model is refused, with the difference", async () => {
    const ended = await fovea(["train", "--resume", "small", "model.backbone=vit-micro"], folder);
    expectParagraph(ended, 2, /model\.backbone: "vit-nano" → "vit-micro"/);
  });

  test("a damaged checkpoint is refused by name", async () => {
    const { stdout } = await fovea(["runs", "show", "small", "--json"], folder);
    const step = String((jsonLines(stdout)[0]?.["checkpoints"] as number[])[0]).padStart(8, "0");
    const path = join(folder, "runs/small/checkpoints", step, "model.safetensors");
    const bytes = readFileSync(path);
    bytes[bytes.length - 5] = (bytes[bytes.length - 5] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expectParagraph(await fovea(["eval", "small"], folder), 1, /model\.safetensors/);
    const verified = await fovea(["verify", "small"], folder);
    expect(verified.stdout).toMatch(/damaged {2}step 4: .*model\.safetensors/);
    expect(verified.code).toBe(1);
  });
});
