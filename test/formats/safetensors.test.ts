import { describe, expect, test } from "vitest";

import { memorySource } from "../../src/files/byte-source.ts";
import { parseSafetensors } from "../../src/formats/safetensors.ts";
import { writeSafetensors } from "../../src/formats/safetensors-writer.ts";
import { type HostTensor, hostTensor } from "../../src/graph/dtype.ts";

const joined = (chunks: Iterable<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat([...chunks]));
const example = new Map<string, HostTensor>([
  ["bias", hostTensor("float32", [2], Float32Array.of(1.5, -2))],
  ["ids", hostTensor("int64", [1, 1], BigInt64Array.of(-7n))],
  ["mask", hostTensor("bool", [3], Uint8Array.of(1, 0, 1))],
  ["none", hostTensor("float32", [0, 4], new Float32Array())],
]);

test("what was written is read back: names, shapes, values, metadata", () => {
  const bytes = joined(writeSafetensors(example, new Map([["format", "pt"]])));
  const file = parseSafetensors(memorySource(bytes));
  expect(file.metadata).toEqual(new Map([["format", "pt"]]));
  expect(new Map([...file.tensors].map(([name, tensor]) => [name, tensor.load()]))).toEqual(example);
});

describe("refuses", () => {
  test("a truncated file, naming what is missing", () => {
    const bytes = joined(writeSafetensors(example));
    expect(() => parseSafetensors(memorySource(bytes.subarray(0, -1), "a.safetensors"))).toThrow(
      /^a\.safetensors: the tensors end at byte \d+ of the data, the file at \d+$/,
    );
  });
});
