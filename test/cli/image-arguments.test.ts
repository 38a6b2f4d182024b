import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expandImages } from "../../src/cli/image-arguments.ts";

let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "fovea-images-"));
  mkdirSync(join(folder, "deep", "er"), { recursive: true });
  mkdirSync(join(folder, "empty"));
  for (const name of ["a.png", "b.jpg", "notes.txt", "deep/c.png", "deep/er/d.png"])
    writeFileSync(join(folder, name), "");
});

afterAll(() => rmSync(folder, { recursive: true }));

const below = (...names: string[]): string[] => names.map((name) => join(folder, name));

test("files stay as they are, each once", () => {
  expect(expandImages(below("b.jpg", "a.png", "b.jpg"))).toEqual(below("b.jpg", "a.png"));
});

test("a folder is all images below it", () => {
  expect(expandImages([folder])).toEqual(below("a.png", "b.jpg", "deep/c.png", "deep/er/d.png"));
});

test("* and ? stay in one folder, ** does not", () => {
  expect(expandImages(below("*.png"))).toEqual(below("a.png"));
  expect(expandImages(below("?.jpg"))).toEqual(below("b.jpg"));
  expect(expandImages(below("**/*.png"))).toEqual(below("a.png", "deep/c.png", "deep/er/d.png"));
  expect(expandImages(below("de*/*.png"))).toEqual(below("deep/c.png"));
});

test("names what is not there, and what is empty", () => {
  expect(() => expandImages(below("x.png"))).toThrow(/^no image .*x\.png$/);
  expect(() => expandImages(below("empty"))).toThrow(/empty: no images there$/);
  expect(() => expandImages(below("*.webp"))).toThrow(/\*\.webp: no images there$/);
});
