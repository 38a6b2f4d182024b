import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

import { AppendFile } from "../../src/files/append-file.node.ts";
import {
  commitDirectory,
  commitFile,
  makeDirectory,
  removeDurably,
  sweepTemporary,
} from "../../src/files/durable-writer.node.ts";
import { fileCalls as io } from "../../src/files/file-calls.node.ts";

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "fovea-durable-"))));
afterEach(() => rmSync(root, { recursive: true }));

const text = (value: string): Uint8Array[] => [new TextEncoder().encode(value)];
const read = (name: string): string => readFileSync(join(root, name), "utf8");

test("a directory is written in the order of the map, so that a last file may describe the others", () => {
  let seen = "";
  const first = (function* () {
    seen += "first ";
    yield* text("1");
  })();
  const last = (function* () {
    yield* text(`after ${seen}`);
  })();
  commitDirectory(
    io,
    join(root, "a"),
    new Map([
      ["z", first],
      ["b", last],
    ]),
  );
  expect(read("a/b")).toBe("after first ");
});

test("an error of who makes the bytes is passed on as it is, and nothing stays", () => {
  const chunks = (function* () {
    yield* text("1");
    throw new RangeError("mine");
  })();
  expect(() => commitDirectory(io, join(root, "a"), new Map([["z", chunks]]))).toThrow(RangeError);
  expect(readdirSync(root)).toEqual([]);
});

test("a directory that holds anything is never replaced; an empty one may be", () => {
  mkdirSync(join(root, "full"));
  writeFileSync(join(root, "full", "x"), "old");
  mkdirSync(join(root, "empty"));
  expect(() => commitDirectory(io, join(root, "full"), new Map([["x", text("new")]]))).toThrow(
    `cannot write ${join(root, "full")}: it exists already, and nothing is overwritten (ENOTEMPTY)`,
  );
  commitDirectory(io, join(root, "empty"), new Map([["x", text("new")]]));
  expect([read("full/x"), read("empty/x")]).toEqual(["old", "new"]);
});

test("a file is replaced only with overwrite", () => {
  commitFile(io, join(root, "a"), text("1"));
  expect(() => commitFile(io, join(root, "a"), text("2"))).toThrow(
    /cannot write .*: it exists already, and nothing is overwritten \(EEXIST\)/,
  );
  expect(read("a")).toBe("1");
  commitFile(io, join(root, "a"), text("3"), { overwrite: true });
  expect(read("a")).toBe("3");
  expect(readdirSync(root)).toEqual(["a"]);
});

test("a place that does not exist is named", () => {
  expect(() => commitFile(io, join(root, "none", "a"), text("1"))).toThrow(
    /cannot write .*none\/a: no such file or directory \(ENOENT\)/,
  );
});

test("missing parents are made, existing ones are no error", () => {
  makeDirectory(io, join(root, "a", "b", "c"));
  makeDirectory(io, join(root, "a", "b"));
  expect(readdirSync(join(root, "a", "b"))).toEqual(["c"]);
});

test("sweeping takes what killed processes left and nothing else", () => {
  mkdirSync(join(root, ".tmp-00000001-x"));
  writeFileSync(join(root, ".tmp-00000001-x", "y"), "");
  writeFileSync(join(root, ".tmp-run.json-x"), "");
  writeFileSync(join(root, "keep"), "");
  expect(sweepTemporary(io, root)).toEqual([".tmp-00000001-x", ".tmp-run.json-x"]);
  expect(readdirSync(root)).toEqual(["keep"]);
});

test("what is removed is gone; removing what is not there is told", () => {
  mkdirSync(join(root, "a"));
  writeFileSync(join(root, "a", "x"), "");
  removeDurably(io, join(root, "a"));
  expect(readdirSync(root)).toEqual([]);
  expect(() => removeDurably(io, join(root, "a"))).toThrow(/cannot remove .*: no such file or directory/);
});

test("an appended file is cut back to what the checkpoint remembers", () => {
  const path = join(root, "metrics.jsonl");
  const first = new AppendFile(path);
  first.appendLine('{"step":1}');
  first.flush();
  const remembered = first.byteLength;
  first.appendLine('{"step":2}');
  first.append(new TextEncoder().encode('{"st'));
  first.close();
  first.close();
  expect(() => first.append(new Uint8Array(1))).toThrow("was closed");
  const second = new AppendFile(path, { cutTo: remembered });
  second.appendLine('{"step":3}');
  second.close();
  expect(read("metrics.jsonl")).toBe('{"step":1}\n{"step":3}\n');
  expect(new AppendFile(path).byteLength).toBe(22);
});

test("a log shorter than the checkpoint remembers is refused and left as it is", () => {
  const path = join(root, "metrics.jsonl");
  writeFileSync(path, "12345");
  expect(() => new AppendFile(path, { cutTo: 6 })).toThrow(
    `${path} has 5 bytes, the checkpoint was saved when it had 6`,
  );
  expect(existsSync(path)).toBe(true);
  expect(read("metrics.jsonl")).toBe("12345");
});
