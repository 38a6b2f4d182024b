import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { openFileSource } from "../../../src/files/byte-source.node.ts";
import { openTorchFile } from "../../../src/formats/pth/open-torch-file.ts";
import { writeZip } from "../../../src/formats/zip/zip-writer.ts";
import type { HostTensor } from "../../../src/graph/dtype.ts";
import { dict, orderedDict, pickle, tensor, text } from "../pickle/assembler.ts";

/** FOVEA_BIG=300 makes a checkpoint of 300 MB; 1200 is the bar's ViT-L. Without it only a small one is read lazily. */
const megabytes = Number(process.env["FOVEA_BIG"] ?? 0);
const folder = mkdtempSync(joinPath(tmpdir(), "fovea-big-"));
const path = joinPath(folder, "big.pth");
const TENSOR_BYTES = 4 * 2 ** 20;
const size = Math.max(8, Math.round(megabytes / 4.194304));

beforeAll(() => {
  const values = new Uint8Array(new Float32Array(TENSOR_BYTES / 4).map((_, i) => Math.sin(i)).buffer);
  const names = Array.from({ length: size }, (_, i) => `blocks.${i}.weight`);
  const state = orderedDict(
    ...names.map(
      (name, i) => [text(name), tensor({ key: `${i}`, count: TENSOR_BYTES / 4, shape: [1024, 1024] })] as const,
    ),
  );
  const files = new Map<string, Uint8Array[]>([["big/data.pkl", [pickle(dict([text("model"), state]))]]]);
  names.forEach((_, i) => files.set(`big/data/${i}`, [values]));
  const file = openSync(path, "w");
  for (const chunk of writeZip(files, { alignment: 64 })) writeSync(file, chunk);
  closeSync(file);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("opening reads headers and the pickle only; a tensor costs its own bytes", () => {
  const source = openFileSource(path);
  let bytes = 0;
  const counting = { ...source, read: (at: number, length: number) => ((bytes += length), source.read(at, length)) };
  try {
    const { tensors } = openTorchFile(counting, { at: ["model"] });
    expect(tensors.size).toBe(size);
    expect(bytes).toBeLessThan(2 ** 20 + size * 2 ** 16);
    bytes = 0;
    tensors.get("blocks.3.weight")?.load();
    expect(bytes).toBe(TENSOR_BYTES);
  } finally {
    source.close();
  }
});

/** Processor seconds: the file is in the page cache, and others share the machine. */
function seconds(work: () => void): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

describe.skipIf(megabytes === 0)(`a checkpoint of ${megabytes} MB (FOVEA_BIG=MEGABYTES)`, () => {
  test("loads in 1.5 times the time of reading it, with 1.3 times its size in memory", { timeout: 600_000 }, () => {
    const source = openFileSource(path);
    const [reading, loading]: [number[], number[]] = [[], []];
    const before = process.memoryUsage().rss;
    for (let round = 0; round < 3; round++) {
      let kept: unknown = undefined;
      loading.push(
        seconds(() => {
          const { tensors } = openTorchFile(source, { at: ["model"] });
          kept = [...tensors.values()].map((stored): HostTensor => stored.load());
        }),
      );
      expect(kept).toHaveLength(size);
      if (round === 0) expect(process.resourceUsage().maxRSS * 1024 - before).toBeLessThan(1.3 * source.size);
      kept = undefined;
      reading.push(
        seconds(() => {
          const file = openSync(path, "r");
          const whole = new Uint8Array(source.size);
          for (let at = 0; at < whole.length;)
            at += readSync(file, whole, at, Math.min(2 ** 24, whole.length - at), at);
          closeSync(file);
        }),
      );
    }
    source.close();
    const [read, loaded] = [Math.min(...reading), Math.min(...loading)];
    console.log(`${megabytes} MB: reading ${read.toFixed(2)} s, loading ${loaded.toFixed(2)} s of processor time`);
    expect(loaded).toBeLessThanOrEqual(1.5 * read);
  });
});
