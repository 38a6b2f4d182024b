import fc from "fast-check";
import { expect, test } from "vitest";
import { memorySource } from "../../../src/files/byte-source.ts";
import { openTorchFile } from "../../../src/formats/pth/open-torch-file.ts";
import { writeTorchFile } from "../../../src/formats/pth/torch-writer.ts";
import { type HostTensor, hostTensor, sizeOf } from "../../../src/graph/dtype.ts";

const written = (tensors: ReadonlyMap<string, HostTensor>, at?: readonly string[]) =>
  memorySource(
    new Uint8Array(Buffer.concat([...writeTorchFile(tensors, at === undefined ? {} : { at })])),
    "written.pth",
  );

const tensor = fc.array(fc.nat(3), { maxLength: 3 }).chain((shape) => {
  const size = sizeOf(shape);
  return fc.oneof(
    fc
      .array(fc.float({ noNaN: true }), { minLength: size, maxLength: size })
      .map((values) => hostTensor("float32", shape, Float32Array.from(values))),
    fc
      .array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: size, maxLength: size })
      .map((values) => hostTensor("int64", shape, BigInt64Array.from(values))),
    fc
      .array(fc.nat(0xffff), { minLength: size, maxLength: size })
      .map((values) => hostTensor("float16", shape, Uint16Array.from(values))),
    fc
      .array(fc.nat(1), { minLength: size, maxLength: size })
      .map((values) => hostTensor("bool", shape, Uint8Array.from(values))),
  );
});

test("what is written is read back: names in order, types, shapes, values", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ minLength: 1, maxLength: 12 }), tensor, { maxKeys: 5 }), (dictionary) => {
      const tensors = new Map<string, HostTensor>(Object.entries(dictionary));
      const file = openTorchFile(written(tensors, ["model", "ema"]), { at: ["model", "ema"] });
      expect([...file.tensors].map(([name, stored]) => [name, stored.load()])).toEqual([...tensors]);
    }),
    { numRuns: 100 },
  );
});

test("every storage starts at a multiple of 64 bytes, as memory-mapped loading wants", () => {
  const tensors = new Map([1, 2, 3].map((n) => [`t${n}`, hostTensor("float32", [n], new Float32Array(n).fill(n))]));
  const source = written(tensors);
  const bytes = Buffer.from(source.read(0, source.size));
  for (const n of [1, 2, 3]) {
    const needle = Buffer.from(new Float32Array(n).fill(n).buffer);
    expect(bytes.indexOf(needle) % 64).toBe(0);
  }
});
