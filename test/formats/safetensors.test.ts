import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { FoveaError } from "../../src/errors/fovea-error.ts";
import { memorySource } from "../../src/files/byte-source.ts";
import { defaultLimits } from "../../src/files/limits.ts";
import { parseSafetensors } from "../../src/formats/safetensors.ts";
import { writeSafetensors } from "../../src/formats/safetensors-writer.ts";
import { type DType, dtypes, type HostTensor, hostTensor, sizeOf, type TensorData } from "../../src/graph/dtype.ts";

const joined = (chunks: Iterable<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat([...chunks]));
const parse = (bytes: Uint8Array, limits = defaultLimits) =>
  parseSafetensors(memorySource(bytes, "a.safetensors"), limits);

/** A file with this header text and that many bytes of data. */
function file(header: string, dataBytes = 0, headerBytes = Buffer.byteLength(header)): Uint8Array {
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(headerBytes));
  return new Uint8Array(Buffer.concat([prefix, Buffer.from(header), Buffer.alloc(dataBytes)]));
}
const entry = (dtype: string, shape: unknown, offsets: unknown): string =>
  JSON.stringify({ dtype, shape, data_offsets: offsets });

const example = new Map<string, HostTensor>([
  ["bias", hostTensor("float32", [2], Float32Array.of(1.5, -2))],
  ["ids", hostTensor("int64", [1, 1], BigInt64Array.of(-7n))],
  ["mask", hostTensor("bool", [3], Uint8Array.of(1, 0, 1))],
  ["none", hostTensor("float32", [0, 4], new Float32Array())],
  ["scalar", hostTensor("float64", [], Float64Array.of(Math.PI))],
]);

const loadAll = (bytes: Uint8Array): Map<string, HostTensor> =>
  new Map([...parse(bytes).tensors].map(([name, tensor]) => [name, tensor.load()]));

describe("golden", () => {
  test("the format's own layout: length, header, little-endian data", () => {
    const bytes = file(`{"w":${entry("F32", [1, 2], [0, 8])}}`, 8);
    new DataView(bytes.buffer).setFloat32(bytes.length - 8, 1.5, true);
    expect(parse(bytes).tensors.get("w")?.load()).toEqual(hostTensor("float32", [1, 2], Float32Array.of(1.5, 0)));
  });

  test("the writer aligns: wide elements first, by name, header padded with spaces to 8", () => {
    const bytes = joined(writeSafetensors(example, new Map([["format", "pt"]])));
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect(header.trimEnd()).toBe(
      '{"__metadata__":{"format":"pt"},' +
        '"ids":{"dtype":"I64","shape":[1,1],"data_offsets":[0,8]},' +
        '"scalar":{"dtype":"F64","shape":[],"data_offsets":[8,16]},' +
        '"bias":{"dtype":"F32","shape":[2],"data_offsets":[16,24]},' +
        '"none":{"dtype":"F32","shape":[0,4],"data_offsets":[24,24]},' +
        '"mask":{"dtype":"BOOL","shape":[3],"data_offsets":[24,27]}}',
    );
  });

  test("BF16 and F16 widen exactly to float32; narrow types give their bits or say what to do", () => {
    const bytes = file(`{"b":${entry("BF16", [4], [0, 8])},"h":${entry("F16", [6], [8, 20])}}`, 20);
    const view = new DataView(bytes.buffer, bytes.length - 20);
    [0x3f80, 0xc020, 0x7f80, 0x0001].forEach((bits, i) => view.setUint16(2 * i, bits, true));
    const halves = [0x3c00, 0xc000, 0x7c00, 0x0001, 0x7bff, 0x8000];
    halves.forEach((bits, i) => view.setUint16(8 + 2 * i, bits, true));
    const { tensors } = parse(bytes);
    expect([...(tensors.get("b")?.load({ widen: true }).data ?? [])]).toEqual([1, -2.5, Infinity, 2 ** -133]);
    expect([...(tensors.get("h")?.load({ widen: true }).data ?? [])]).toEqual([1, -2, Infinity, 2 ** -24, 65504, -0]);
    expect([...(tensors.get("h")?.load().data ?? [])]).toEqual(halves);
    expect(() => tensors.get("b")?.load()).toThrow('a.safetensors: tensor "b" is BF16, which no program here takes');
  });
});

const names = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 20 }),
  fc.constantFrom("__proto__", "constructor", "1", ""),
);
const tensor: fc.Arbitrary<HostTensor> = fc
  .record({
    dtype: fc.constantFrom(...(Object.keys(dtypes) as DType[])),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
    seed: fc.nat(),
  })
  .map(({ dtype, shape, seed }) => {
    const data = new dtypes[dtype].array(sizeOf(shape)) as TensorData;
    new Uint8Array(data.buffer).forEach(
      (_, i, all) => (all[i] = dtype === "bool" ? (i + seed) % 2 : (i * 37 + seed) % 256),
    );
    return hostTensor(dtype, shape, data as never); // the array type belongs to dtype
  });

test("parse ∘ write is the identity on any tensors and metadata", () => {
  const tensors = fc.array(fc.tuple(names, tensor), { maxLength: 8 }).map((pairs) => new Map(pairs));
  const metadata = fc.array(fc.tuple(names, fc.string()), { maxLength: 3 }).map((pairs) => new Map(pairs));
  fc.assert(
    fc.property(tensors, metadata, (written, meta) => {
      const bytes = joined(writeSafetensors(written, meta));
      const read = parse(bytes);
      expect(read.metadata).toEqual(meta);
      expect([...read.tensors.keys()].sort()).toEqual([...written.keys()].sort());
      for (const [name, { dtype, shape, data }] of written) {
        const loaded = read.tensors.get(name)?.load();
        expect([loaded?.dtype, loaded?.shape]).toEqual([dtype, shape]);
        expect(bytesOf(loaded?.data)).toEqual(bytesOf(data)); // NaN keeps its bits
      }
    }),
  );
});

const bytesOf = (data: TensorData | undefined): Uint8Array =>
  data === undefined ? new Uint8Array() : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

test("any bytes give a value or a FoveaError", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => void outcome(bytes)));
});

/** Whether `bytes` were read; anything but a FoveaError is thrown on. */
function outcome(bytes: Uint8Array): boolean {
  try {
    loadAll(bytes);
    return true;
  } catch (error) {
    if (error instanceof FoveaError) return false;
    throw error;
  }
}

/** Processor time of `work`, which other processes on a busy machine do not lengthen. */
function cpuMs(work: () => unknown): number {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

describe("refuses", () => {
  const f32 = (begin: number, end: number) => entry("F32", [(end - begin) / 4], [begin, end]);
  const cases: readonly (readonly [what: string, bytes: Uint8Array, message: RegExp])[] = [
    ["too few bytes", new Uint8Array(9), /9 bytes are too few/],
    ["a header longer than the file", file("{}", 0, 3), /header of 3 bytes in a file of 10/],
    [
      "a header length of 2^64 - 1",
      new Uint8Array(16).fill(255),
      /header of 18446744073709551615 bytes in a file of 16/,
    ],
    ["an empty header", file("", 4), /the header starts with byte none/],
    ["a space before '{'", file(" {}"), /the header starts with byte 32, expected '{'/],
    ["other padding than spaces", file("{}\n"), /only spaces may follow the header's '}', found byte 10/],
    ["NUL padding", file("{}\0"), /found byte 0$/],
    ["no JSON", file("{'}"), /header is not JSON/],
    ["a name twice", file(`{"a":${f32(0, 4)},"a":${f32(4, 8)}}`, 8), /header: key "a" stands twice/],
    ["metadata that is not text", file('{"__metadata__":{"n":1}}'), /metadata "n" is 1, expected text/],
    ["metadata that is a list", file('{"__metadata__":[]}'), /__metadata__ is not an object/],
    ["a tensor that is a number", file('{"a":1}'), /tensor "a": 1 is not an object/],
    ["a field too many", file('{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0],"x":1}}'), /has the fields/],
    ["a missing field", file('{"a":{"dtype":"F32","shape":[0]}}'), /has the fields \["dtype","shape"\], expected/],
    ["an unknown dtype", file(`{"a":${entry("F128", [0], [0, 0])}}`), /dtype "F128" is not one of BOOL, U8/],
    [
      "a dtype from Object.prototype",
      file(`{"a":${entry("constructor", [0], [0, 0])}}`),
      /dtype "constructor" is not one of/,
    ],
    ["a negative size", file(`{"a":${entry("F32", [-1], [0, 0])}}`), /shape \[-1\], expected a list of whole numbers/],
    ["a fraction", file(`{"a":${entry("F32", [0.5], [0, 2])}}`, 2), /shape \[0\.5\]/],
    [
      "a size past 2^53",
      file('{"a":{"dtype":"F32","shape":[9007199254740993],"data_offsets":[0,0]}}'),
      /expected a list of whole/,
    ],
    ["a product past 2^53", file(`{"a":${entry("U8", [2 ** 52, 4], [0, 0])}}`), /more bytes than can be counted/],
    [
      "a product that wraps to 0",
      file(`{"a":${entry("F32", [2 ** 32, 2 ** 32], [0, 0])}}`),
      /more bytes than can be counted/,
    ],
    [
      "a shape larger than its bytes",
      file(`{"a":${entry("F32", [3], [0, 8])}}`, 8),
      /shape \[3\] of "F32" has 12 bytes, data_offsets \[0,8\] have 8/,
    ],
    ["offsets in reverse", file(`{"a":${entry("F32", [1], [4, 0])}}`, 4), /have -4/],
    ["three offsets", file(`{"a":${entry("F32", [0], [0, 0, 0])}}`), /data_offsets \[0,0,0\], expected two/],
    [
      "a hole",
      file(`{"a":${f32(0, 4)},"b":${f32(8, 12)}}`, 12),
      /tensor "b" starts at byte 8 of the data, the one before ends at 4/,
    ],
    [
      "an overlap",
      file(`{"a":${f32(0, 8)},"b":${f32(4, 8)}}`, 8),
      /tensor "b" starts at byte 4 of the data, the one before ends at 8/,
    ],
    [
      "the same bytes for two",
      file(`{"a":${f32(0, 4)},"b":${f32(0, 4)}}`, 4),
      /starts at byte 0 of the data, the one before ends at 4/,
    ],
    ["a hole at the start", file(`{"a":${f32(4, 8)}}`, 8), /starts at byte 4 of the data, the one before ends at 0/],
    [
      "bytes after the last tensor",
      file(`{"a":${f32(0, 4)}}`, 5),
      /the tensors end at byte 4 of the data, the file at 5/,
    ],
    ["missing bytes", file(`{"a":${f32(0, 4)}}`, 3), /the tensors end at byte 4 of the data, the file at 3/],
    ["a lone surrogate in a name", file(`{"\\ud800":${f32(0, 0)}}`), /the name is not valid Unicode/],
    ["nesting", file('{"a":{"shape":[[0]]}}'), /nested deeper than 3/],
  ];
  test.each(cases)("%s", (_what, bytes, message) => {
    expect(() => parse(bytes)).toThrow(message);
    expect(() => parse(bytes)).toThrow(FoveaError);
    expect(() => parse(bytes)).toThrow(/^a\.safetensors: /);
  });

  test("a BOOL other than 0 and 1, when it is loaded", () => {
    const bytes = file(`{"a":${entry("BOOL", [1], [0, 1])}}`, 1);
    bytes[bytes.length - 1] = 2;
    expect(() => loadAll(bytes)).toThrow('tensor "a" is BOOL and holds a byte other than 0 and 1');
  });

  test("types that no program takes, when they are loaded", () => {
    expect(() => loadAll(file(`{"a":${entry("U16", [1], [0, 2])}}`, 2))).toThrow(
      'tensor "a" is U16, which no program here takes',
    );
  });

  test("a tensor named __metadata__, when it is written", () => {
    expect(() => [
      ...writeSafetensors(new Map([["__metadata__", hostTensor("uint8", [0], new Uint8Array())]])),
    ]).toThrow("a tensor cannot be named __metadata__: the format keeps that name");
  });
});

describe("limits, at and one past", () => {
  const three = joined(
    writeSafetensors(
      new Map(["a", "b", "ccc"].map((name) => [name, hostTensor("uint8", [1, 1, 1], Uint8Array.of(1))])),
    ),
  );
  const headerBytes = Number(new DataView(three.buffer).getBigUint64(0, true));
  test.each([
    ["safetensorsHeaderBytes", headerBytes, `header of ${headerBytes} bytes, at most ${headerBytes - 1} are read`],
    ["tensorsPerFile", 3, "3 tensors, at most 2 are read"],
    ["tensorRank", 3, "rank 3, at most 2 is read"],
    ["tensorNameBytes", 3, 'tensor "ccc": the name is longer than 2 bytes'],
  ] as const)("%s", (name, value, message) => {
    expect(parse(three, { ...defaultLimits, [name]: value }).tensors.size).toBe(3);
    expect(() => parse(three, { ...defaultLimits, [name]: value - 1 })).toThrow(message);
  });
});

describe("mutations", () => {
  const honest = joined(writeSafetensors(example, new Map([["format", "pt"]])));

  test("truncation at every byte is refused", () => {
    for (let length = 0; length < honest.length; length++)
      expect(outcome(honest.slice(0, length)), `${length} bytes`).toBe(false);
  });

  test("a flip of every bit of length and header gives a value or a FoveaError, each within a second", () => {
    let slowest = 0;
    for (let bit = 0; bit < 8 * (honest.length - 27); bit++) {
      const bytes = honest.slice();
      bytes[bit >> 3] ^= 1 << (bit & 7);
      slowest = Math.max(
        slowest,
        cpuMs(() => outcome(bytes)),
      );
    }
    expect(slowest).toBeLessThan(1000);
  });

  test("hostile numbers in every field give a value or a FoveaError, and allocate nothing of their size", () => {
    const text = new TextDecoder().decode(honest.slice(8, honest.length - 27)).trimEnd();
    const data = honest.length - 8 - text.length;
    const values = [
      "0",
      "-1",
      "1",
      "-0",
      "1.5",
      "1e3",
      "1e400",
      "2147483648",
      "4294967296",
      "9007199254740992",
      "18446744073709551615",
      "null",
      '"1"',
      "[]",
      "{}",
    ];
    const numbers = [...text.matchAll(/\d+(?=[,\]])/g)];
    expect(numbers.length).toBeGreaterThan(15);
    const before = process.memoryUsage().arrayBuffers;
    for (const { index, 0: old } of numbers) {
      for (const value of values) outcome(file(text.slice(0, index) + value + text.slice(index + old.length), data));
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 2 ** 20);
  });

  test("a header of 250,002 tensors and one of 2^20 open brackets are refused within a second", () => {
    const many = `{${Array.from({ length: 250_002 }, (_, i) => `"${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`).join(",")}}`;
    for (const bytes of [file(many), file(`{"a":${"[".repeat(2 ** 20)}}`)]) {
      expect(cpuMs(() => expect(outcome(bytes)).toBe(false))).toBeLessThan(1000);
    }
  });

  test("nothing reaches Object.prototype", () => {
    outcome(file('{"__proto__":{"polluted":"x"},"constructor":{"prototype":{}}}'));
    expect(Object.keys(parse(file('{"__metadata__":{"__proto__":"x"}}')).metadata)).toEqual([]);
    expect(parse(file('{"__metadata__":{"__proto__":"x"}}')).metadata.get("__proto__")).toBe("x");
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

test("tensors that do not start at a multiple of their element's size are read from a Buffer too", () => {
  const bytes = Buffer.from(file(`{"a":${entry("U8", [1], [0, 1])},"b":${entry("I64", [1], [1, 9])}}`, 9));
  const { tensors } = parseSafetensors(memorySource(bytes, "a.safetensors"));
  expect(tensors.get("b")?.load().data).toEqual(BigInt64Array.of(0n));
});
