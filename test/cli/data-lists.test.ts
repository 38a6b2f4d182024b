import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openDataset } from "../../src/data/open-dataset.ts";
import { nestedSubset } from "../../src/data/sampling/class-subset.ts";
import { foveaHere as fovea } from "./fovea-here.ts";
import { jsonLines } from "./fovea-process.ts";
import { writeClassFolders } from "./image-folders.ts";

const root = mkdtempSync(join(tmpdir(), "fovea-lists-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const photos = (name: string, count: number): string => {
  writeClassFolders(join(root, name), ["cat", "dog"], count, 8);
  return join(root, name);
};
const lines = (...parts: string[]): string[] =>
  readFileSync(join(root, ...parts), "utf8")
    .trimEnd()
    .split("\n");

test("verify names what changed, is missing or was added, with exit code 1; untouched files give 0", async () => {
  const folder = photos("verify", 3);
  const early = await fovea(["data", "verify", folder], root);
  expect([early.code, early.stderr]).toEqual([2, expect.stringContaining("there is no SHA256SUMS to compare with")]);
  expect((await fovea(["data", "verify", folder, "--write"], root)).code).toBe(0);
  expect(lines("verify", "SHA256SUMS")).toHaveLength(6);
  expect((await fovea(["data", "verify", folder], root)).code).toBe(0);
  appendFileSync(join(folder, "cat", "1.png"), "x");
  rmSync(join(folder, "dog", "2.png"));
  writeFileSync(join(folder, "dog", "new.png"), "x");
  const { code, stdout } = await fovea(["data", "verify", folder, "--json"], root);
  expect(code).toBe(1);
  expect(jsonLines(stdout)).toEqual([
    { root: folder, same: 4, changed: ["cat/1.png"], missing: ["dog/2.png"], additional: ["dog/new.png"], passedOver: [] }, // prettier-ignore
  ]);
  const again = await fovea(["data", "verify", folder, "--write"], root);
  expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("--overwrite replaces it")]);
});

test("a damaged list of checksums is refused by its line", async () => {
  const folder = photos("damaged", 1);
  writeFileSync(join(folder, "SHA256SUMS"), "abc  cat/0.png\n");
  const { code, stderr } = await fovea(["data", "verify", folder], root);
  expect([code, stderr]).toEqual([1, expect.stringContaining("line 1: 64 hexadecimal digits")]);
});

test("split holds the same share of each class out, keeps equal pictures together, and training reads its lists", async () => {
  const folder = photos("split", 20);
  cpSync(join(folder, "cat", "3.png"), join(folder, "cat", "copy.png"));
  cpSync(join(folder, "cat", "4.png"), join(folder, "dog", "copy.png")); // also with the wrong label
  writeFileSync(join(folder, "dog", "broken.png"), "no image");
  const words = ["data", "split", folder, "--val", "0.2", "--seed", "5", "--fractions", "0.1,0.5", "--json"];
  const { code, stdout, stderr } = await fovea(words, root);
  expect([code, stderr]).toEqual([0, ""]);
  const [report] = jsonLines(stdout);
  expect(report).toMatchObject({ classes: ["cat", "dog"], duplicates: 2, unreadable: ["dog/broken.png"] });
  const [train, val] = [lines("split", "train.txt"), lines("split", "val.txt")];
  expect(new Set([...train, ...val]).size).toBe(42);
  const inVal = (path: string) => val.some((line) => line.startsWith(`${path} `));
  expect(inVal("cat/3.png")).toBe(inVal("cat/copy.png"));
  expect(inVal("cat/4.png")).toBe(inVal("dog/copy.png"));
  for (const name of ["cat", "dog"]) {
    const held = val.filter((line) => line.startsWith(name) && !line.includes("copy")).length;
    expect(Math.abs(held - 4)).toBeLessThanOrEqual(1);
  }

  const opened = await openDataset({ root: folder }, "train");
  expect([opened.length, opened.classNames]).toEqual([train.length, ["cat", "dog"]]);
  const paths = train.map((line) => line.split(" ")[0]);
  const subset = Array.from(nestedSubset(opened, 0.5, 5), (index) => paths[index]);
  expect(lines("split", "train-0.5.txt").map((line) => line.split(" ")[0])).toEqual(subset);
  const smaller = lines("split", "train-0.1.txt");
  expect(lines("split", "train-0.5.txt")).toEqual(expect.arrayContaining(smaller));
  expect(new Set(smaller.map((line) => line.split(" ")[1]))).toEqual(new Set(["0", "1"]));

  expect((await fovea(words, root)).stderr).toContain("classes.txt is there already");
  const anew = await fovea([...words, "--overwrite"], root);
  expect([anew.code, lines("split", "train.txt"), lines("split", "val.txt")]).toEqual([0, train, val]);
});

test("a folder that is divided already is refused", async () => {
  const folder = join(root, "divided");
  for (const part of ["train", "val"]) writeClassFolders(join(folder, part), ["cat", "dog"], 2, 8);
  const { code, stderr } = await fovea(["data", "split", folder], root);
  expect([code, stderr]).toEqual([2, expect.stringContaining("is divided already, into train and val")]);
});
