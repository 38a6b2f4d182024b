import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

import { listCheckpoints, loadCheckpoint } from "../../src/files/checkpoints.node.ts";
import { Saver } from "../../src/files/saver.node.ts";

let root: string;
let saver: Saver;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "fovea-saver-"));
  saver = new Saver();
});
afterEach(async () => {
  await saver.dispose();
  rmSync(root, { recursive: true });
});

test("a saved directory is loaded with its bytes and fields, and is listed", async () => {
  const target = join(root, "checkpoints", "00000012");
  const data = Uint8Array.of(1, 2, 3);
  const saving = saver.save(target, { files: new Map([["model.bin", [data, data]]]), fields: { step: 12 } });
  data.fill(9); // the snapshot was taken
  expect(saver.busy).toBe(true);
  const saved = await saving;
  const loaded = loadCheckpoint(target);
  expect(loaded.fields).toEqual({ step: 12 });
  expect(loaded.hash).toBe(saved.hash);
  expect([...loaded.source("model.bin").read(0, 6)]).toEqual([1, 2, 3, 1, 2, 3]);
  loaded.close();
  expect(listCheckpoints(join(root, "checkpoints"))).toEqual([{ step: 12, path: target }]);
});

test("a checkpoint is never replaced: the second save fails and leaves nothing behind", async () => {
  const target = join(root, "00000001");
  const content = { files: new Map([["a", [Uint8Array.of(1)]]]), fields: {} };
  await saver.save(target, content);
  await expect(saver.save(target, content)).rejects.toThrow(`cannot write ${target}: it exists already`);
  expect(readdirSync(root)).toEqual(["00000001"]);
});

test("one save at a time", async () => {
  const content = { files: new Map([["a", [Uint8Array.of(1)]]]), fields: {} };
  const first = saver.save(join(root, "00000001"), content);
  await expect(saver.save(join(root, "00000002"), content)).rejects.toThrow("a save is in flight");
  await first;
});

test("a damaged checkpoint is named, and the newest good one offered", async () => {
  const content = { files: new Map([["a", [Uint8Array.of(1, 2, 3)]]]), fields: {} };
  for (const step of ["00000001", "00000002", "00000003"]) await saver.save(join(root, step), content);
  writeFileSync(join(root, "00000003", "a"), Uint8Array.of(1, 2, 4));
  expect(() => loadCheckpoint(join(root, "00000003"))).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/00000003.*block 0 \(bytes 0 to 2\) was changed/),
      hint: `the newest good checkpoint is ${join(root, "00000002")}`,
    }),
  );
});
