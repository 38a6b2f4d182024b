import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";

import { create, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { describe, expect, test } from "vitest";

import { FoveaError } from "../../src/errors/fovea-error.ts";
import { memorySource } from "../../src/files/byte-source.ts";
import { writeNpy } from "../../src/formats/npy.ts";
import { writeNpz } from "../../src/formats/npz.ts";
import { writeSafetensors } from "../../src/formats/safetensors-writer.ts";
import { openWeightsSource } from "../../src/formats/weights-source.ts";
import { type HostTensor, hostTensor } from "../../src/graph/dtype.ts";
import { chance, mutate } from "./mutations.ts";
import {
  call,
  dict,
  global,
  int,
  join,
  list,
  op,
  orderedDict,
  pickle,
  tensor,
  text,
  tuple,
  yes,
} from "./pickle/assembler.ts";
import { archive, floats } from "./pth/torch-archive.ts";

/** Mutations of each format: 2,000 in the tests; FOVEA_MUTATIONS=5000 for the bench's bar. */
const count = Number(process.env["FOVEA_MUTATIONS"] ?? 2000);
const canary = joinPath(tmpdir(), `fovea-canary-${process.pid}`);
const joined = (chunks: Iterable<Uint8Array>) => new Uint8Array(Buffer.concat([...chunks]));

const shapes = [[1], [2, 3], [0], [], [4, 1, 2], [3, 3], [1, 1, 1, 5], [8]];
const sixteen = floats(...Array.from({ length: 16 }, (_, i) => i));
const states = shapes.flatMap((shape, i) =>
  [0, 1].flatMap((offset) =>
    [false, true].map((wrapped) => {
      const state = orderedDict([text(`layer${i}.weight`), tensor({ count: 16, shape, offset })], [text("n"), int(i)]);
      const attack = call(global("posix", "system"), text(`touch ${canary}`));
      return wrapped ? dict([text("model"), state], [text("args"), list(attack, tuple(int(1), op("N")))]) : state;
    }),
  ),
);
const ids = hostTensor("int64", [2], BigInt64Array.of(-1n, 2n ** 60n));
/** 30 arrays of all ranks and types; each file holds one and `ids`. */
const arrays = shapes.flatMap((shape): HostTensor[] => {
  const size = shape.reduce((product, length) => product * length, 1);
  return [
    hostTensor("float32", shape, new Float32Array(size).fill(1.5)),
    hostTensor("float64", shape, new Float64Array(size).fill(-2)),
    hostTensor("float16", shape, new Uint16Array(size).fill(0x3c00)),
    hostTensor("uint8", shape, new Uint8Array(size).fill(7)),
    hostTensor("bool", shape, new Uint8Array(size).fill(1)),
  ];
});
const pairs = arrays.map(
  (array, i) =>
    new Map<string, HostTensor>([
      [`a${i}`, array],
      ["ids", ids],
    ]),
);
const magic = Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e);
const old = (state: Uint8Array) =>
  join(
    magic,
    pickle(join(op("M"), Uint8Array.of(0xe9, 3))),
    pickle(dict([text("little_endian"), yes])),
    pickle(state),
    pickle(list(text("0"))),
    new Uint8Array(BigInt64Array.of(16n).buffer),
    sixteen,
  );

/** At least 30 small honest files of each format; `repair` mends what would be refused at once otherwise. */
const formats: Readonly<Record<string, { seeds: Uint8Array[]; repair?: (damaged: Uint8Array) => Uint8Array }>> = {
  "pth archives": { seeds: states.map((state) => archive(pickle(state), { 0: sixteen })) },
  "pickles inside sound archives": {
    seeds: states.map((state) => pickle(state)),
    repair: (bytes) => archive(bytes, { 0: sixteen }),
  },
  "old pth": { seeds: states.map(old) },
  npz: { seeds: pairs.map((pair) => joined(writeNpz(pair))) },
  npy: { seeds: arrays.map((value) => joined(writeNpy(value))) },
  safetensors: { seeds: pairs.map((pair) => joined(writeSafetensors(pair))) },
  onnx: {
    seeds: arrays.map(({ shape }, i) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const tensors = [
        { name: `w${i}`, dims: shape.map(BigInt), dataType: 1, rawData: new Uint8Array(new ArrayBuffer(4 * size)) },
        { name: "i", dims: [2n], dataType: 7, int64Data: [-1n, 5n] },
        { name: "f", dims: [1n], dataType: 1, floatData: [2] },
      ];
      return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, graph: { initializer: tensors } }));
    }),
  },
};

/** Opens and loads everything; whatever comes is a value or a refusal. Returns whether it was read. */
function consume(bytes: Uint8Array, skipUnknown: boolean): boolean {
  try {
    const { tensors } = openWeightsSource(memorySource(bytes, "mutant"), { skipUnknown });
    for (const stored of tensors.values()) stored.load({ widen: true });
    return true;
  } catch (error) {
    if (error instanceof FoveaError) return false;
    throw error;
  }
}

describe.each(Object.entries(formats))(`${count} mutations of %s`, (_, { seeds, repair = (bytes) => bytes }) => {
  test("the seeds themselves are read", () => {
    for (const seed of seeds) expect(consume(repair(seed), true)).toBe(true);
  });

  test("none crashes, takes a second, exhausts memory, or does anything", { timeout: 600_000 }, () => {
    rmSync(canary, { force: true });
    const prototype = Object.getOwnPropertyNames(Object.prototype).join();
    const before = process.memoryUsage().rss;
    const slow: string[] = [];
    let read = 0;
    for (let seed = 0; seed < count; seed++) {
      const pick = chance(seed);
      const bytes = repair(mutate(seeds[pick(seeds.length)], pick, seeds[pick(seeds.length)]));
      const start = process.cpuUsage();
      try {
        if (consume(bytes, seed % 2 === 0)) read++;
      } catch (error) {
        throw new Error(`seed ${seed}: ${String(error)}`, { cause: error });
      }
      const { user, system } = process.cpuUsage(start);
      if (user + system > 1e6) slow.push(`seed ${seed}: ${(user + system) / 1e6} s`);
    }
    expect(slow).toEqual([]);
    expect(read).toBeLessThan(count); // the damage is noticed in many
    expect(process.memoryUsage().rss - before).toBeLessThan(512 * 2 ** 20);
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(prototype);
    expect(existsSync(canary)).toBe(false);
  });
});

const corpus = new URL("../corpus/weights/", import.meta.url);
test.skipIf(!existsSync(corpus))("files that once failed are values or refusals (test/corpus/weights)", () => {
  for (const name of readdirSync(corpus)) {
    const bytes = new Uint8Array(readFileSync(new URL(name, corpus)));
    expect([true, false]).toContain(consume(bytes, true));
  }
});
