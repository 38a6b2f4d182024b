import { mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { FoveaError } from "../../src/errors/fovea-error.ts";
import { checkpointName, listCheckpoints, loadCheckpoint } from "../../src/files/checkpoints.node.ts";
import { sha256 } from "../../src/files/checksum.node.ts";
import { fileCalls } from "../../src/files/file-calls.node.ts";
import { loadDirectory, verifyDirectory } from "../../src/files/manifest.node.ts";
import { saveDirectorySync } from "../../src/files/save-directory.node.ts";

let root: string;
let target: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fovea-manifest-"));
  target = join(root, "00000007");
});
afterEach(() => rmSync(root, { recursive: true }));

const bytes = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + seed) % 251);
const save = (path = target, fields: Record<string, unknown> = { step: 7 }) =>
  saveDirectorySync(fileCalls, path, {
    files: new Map([
      ["model.bin", [bytes(2000, 1), bytes(700, 2)]],
      ["empty.bin", []],
    ]),
    fields,
  });

test("fields and files come back; unlisted files are passed over", () => {
  save(target, { step: 7, name: "ä\u0000", list: [1, { a: null }] });
  writeFileSync(join(target, "note.txt"), "mine");
  const loaded = loadDirectory(target, { sha256: true });
  expect(loaded.fields).toEqual({ step: 7, name: "ä\u0000", list: [1, { a: null }] });
  expect(loaded.names).toEqual(["model.bin", "empty.bin"]);
  expect(loaded.source("model.bin").read(1990, 20)).toEqual(
    new Uint8Array([...bytes(2000, 1).slice(1990), ...bytes(10, 2)]),
  );
  expect(loaded.source("empty.bin").size).toBe(0);
  expect(() => loaded.source("note.txt")).toThrow(`${target} holds no note.txt; it holds model.bin, empty.bin`);
  loaded.close();
});

test("2,000 flips and truncations of a checkpoint are all refused with a FoveaError", () => {
  save();
  const names = ["model.bin", "meta.json"];
  const honest = new Map(names.map((name) => [name, new Uint8Array(readFileSync(join(target, name)))]));
  for (let i = 0; i < 2000; i++) {
    const name = names[i % 2];
    const path = join(target, name);
    const content = honest.get(name) ?? new Uint8Array();
    const at = (i * 7919) % content.length; // a prime step visits every byte of the shorter file
    writeFileSync(path, i % 5 === 4 ? content.subarray(0, at) : flipped(content, at, i % 8));
    expect(() => verifyDirectory(target), `${name}, byte ${at}`).toThrow(FoveaError);
    writeFileSync(path, content);
  }
  verifyDirectory(target);
});

function flipped(content: Uint8Array, at: number, bit: number): Uint8Array {
  const changed = content.slice();
  changed[at] ^= 1 << bit;
  return changed;
}

describe("the error says what is wrong with", () => {
  beforeEach(() => void save());
  const cases: readonly (readonly [what: string, damage: () => void, message: RegExp])[] = [
    [
      "a truncated file",
      () => truncateSync(join(target, "model.bin"), 100),
      /model\.bin has 100 bytes, 2700 were saved: it is truncated$/,
    ],
    [
      "a longer file",
      () => writeFileSync(join(target, "empty.bin"), "x"),
      /empty\.bin has 1 bytes, 0 were saved: bytes were added$/,
    ],
    [
      "a missing file",
      () => unlinkSync(join(target, "model.bin")),
      /cannot read .*model\.bin: no such file or directory \(ENOENT\)$/,
    ],
    ["a missing meta.json", () => unlinkSync(join(target, "meta.json")), /cannot read .*meta\.json: no such file/],
    [
      "a changed meta.json",
      () => writeFileSync(join(target, "meta.json"), "{}"),
      /meta\.json: its own checksum does not fit: it was changed or truncated$/,
    ],
    ["a file that is a link", replaceByLink, /cannot read .*model\.bin: it is a symbolic link \(ELOOP\)$/],
  ];
  function replaceByLink(): void {
    unlinkSync(join(target, "model.bin"));
    symlinkSync("/etc/passwd", join(target, "model.bin"));
  }
  test.each(cases)("%s", (_what, damage, message) => {
    damage();
    expect(() => verifyDirectory(target)).toThrow(message);
  });

  test("a newer format version", () => {
    rewriteManifest((text) => text.replace('"version": 1', '"version": 2'));
    expect(() => verifyDirectory(target)).toThrow(/meta\.json: format version 2, this fovea reads 1$/);
  });

  test("a name that would leave the directory", () => {
    rewriteManifest((text) => text.replace('"model.bin"', '"../model.bin"'));
    expect(() => verifyDirectory(target)).toThrow('file name "../model.bin": expected letters');
  });

  test("a length that does not fit its list of checksums", () => {
    rewriteManifest((text) => text.replace('"length": 2700', '"length": 9007199254740991'));
    expect(() => verifyDirectory(target)).toThrow(/model\.bin: CRC-32 list of the wrong length$/);
  });

  /** A hostile meta.json: its own checksum is repaired. */
  function rewriteManifest(edit: (text: string) => string): void {
    const text = edit(readFileSync(join(target, "meta.json"), "utf8"));
    const head = text.slice(0, text.lastIndexOf(',\n"meta_sha256"'));
    writeFileSync(join(target, "meta.json"), `${head},\n"meta_sha256": "${sha256(new TextEncoder().encode(head))}"}\n`);
  }
});

test("a change that keeps the CRC-32 is found with sha256: true", () => {
  // x^32 + ... as bits: XORing the generator polynomial anywhere leaves a CRC-32 as it is
  save();
  const content = new Uint8Array(readFileSync(join(target, "model.bin")));
  for (const bit of [0, 6, 9, 10, 16, 20, 21, 22, 24, 25, 27, 28, 30, 31, 32].map((power) => 8 * 500 + power)) {
    content[bit >> 3] ^= 1 << (bit & 7);
  }
  writeFileSync(join(target, "model.bin"), content);
  verifyDirectory(target);
  expect(() => verifyDirectory(target, { sha256: true })).toThrow(
    /model\.bin was changed: SHA-256 [0-9a-f]{64}, saved as/,
  );
});

test("a flip in the second 16 MiB names that block", () => {
  const chunk = new Uint8Array(5 * 2 ** 20);
  saveDirectorySync(fileCalls, target, { files: new Map([["big.bin", [chunk, chunk, chunk, chunk]]]), fields: {} });
  verifyDirectory(target);
  const content = new Uint8Array(20 * 2 ** 20);
  content[17 * 2 ** 20] = 1;
  writeFileSync(join(target, "big.bin"), content);
  expect(() => verifyDirectory(target)).toThrow(
    /block 1 \(bytes 16777216 to 20971519\) was changed: CRC-32 [0-9a-f]{8}, saved as/,
  );
});

test("refuses file names and fields that would not come back", () => {
  const attempt = (name: string, fields = {}) =>
    saveDirectorySync(fileCalls, target, { files: new Map([[name, []]]), fields });
  expect(() => attempt("a/b")).toThrow('file name "a/b": expected letters, digits');
  expect(() => attempt(".tmp-x")).toThrow('file name ".tmp-x"');
  expect(() => attempt("meta.json")).toThrow("meta.json is written by the saver; choose another name");
  expect(() => attempt("a", { loss: [1, NaN] })).toThrow('field "1" is NaN, which JSON cannot hold; save it as text');
});

describe("checkpoints", () => {
  test("are listed newest first; temporary names, files and others are passed over", () => {
    expect(listCheckpoints(join(root, "none"))).toEqual([]);
    for (const step of [5, 100, 20]) save(join(root, checkpointName(step)));
    save(join(root, "best"));
    save(join(root, ".tmp-00000200-x"));
    writeFileSync(join(root, "00000300"), "a file");
    expect(listCheckpoints(root).map(({ step }) => step)).toEqual([100, 20, 5]);
  });

  test("a bad one is named and the newest good one offered, or said to be missing", () => {
    for (const step of [1, 2, 3]) save(join(root, checkpointName(step)));
    const break_ = (step: number) => truncateSync(join(root, checkpointName(step), "model.bin"), 0);
    break_(3);
    break_(2);
    const error = thrown(() => loadCheckpoint(join(root, checkpointName(3))));
    expect(error.message).toMatch(
      /^checkpoint .*00000003 cannot be used: .*model\.bin has 0 bytes, 2700 were saved: it is truncated$/,
    );
    expect(error.hint).toBe(`the newest good checkpoint is ${join(root, checkpointName(1))}`);
    break_(1);
    expect(thrown(() => loadCheckpoint(join(root, checkpointName(3)))).hint).toBe("no other good checkpoint is there");
  });

  function thrown(work: () => unknown): FoveaError {
    try {
      work();
    } catch (error) {
      if (error instanceof FoveaError) return error;
      throw error;
    }
    throw new Error("nothing was thrown");
  }
});
