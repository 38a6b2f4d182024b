import { existsSync } from "node:fs";
import { deflateRawSync } from "node:zlib";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { FoveaError } from "../../src/errors/fovea-error.ts";
import { memorySource } from "../../src/files/byte-source.ts";
import { defaultLimits } from "../../src/files/limits.ts";
import { openWeights } from "../../src/formats/open-weights.node.ts";
import { openNpy, writeNpy } from "../../src/formats/npy.ts";
import { openNpz, writeNpz } from "../../src/formats/npz.ts";
import { crc32 } from "../../src/files/checksum.ts";
import { type DType, dtypes, type HostTensor, hostTensor, sizeOf, type TensorData } from "../../src/graph/dtype.ts";

/** An npy file with this header text. */
function file(header: string, data: Uint8Array, version = 1): Uint8Array {
  const text = Buffer.from(header, "latin1");
  const prefix = Buffer.alloc(version === 1 ? 10 : 12);
  prefix.write("\x93NUMPY", "latin1");
  prefix[6] = version;
  if (version === 1) prefix.writeUInt16LE(text.length, 8);
  else prefix.writeUInt32LE(text.length, 8);
  return new Uint8Array(Buffer.concat([prefix, text, data]));
}
const dict = (descr: string, order: string, shape: string) =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }   \n`;
const open = (bytes: Uint8Array, limits = defaultLimits) => openNpy(memorySource(bytes, "a.npy"), "a", limits);
const joined = (chunks: Iterable<Uint8Array>) => new Uint8Array(Buffer.concat([...chunks]));

describe("npy", () => {
  test("numpy's own layout: magic, version, length, dict, data", () => {
    const bytes = file(dict("'<i4'", "False", "(2, 1)"), Uint8Array.of(1, 0, 0, 0, 254, 255, 255, 255));
    expect(open(bytes).load()).toEqual(hostTensor("int32", [2, 1], Int32Array.of(1, -2)));
  });

  test("Fortran order becomes row-major, big endian little, in all versions", () => {
    const data = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6);
    for (const version of [1, 2, 3])
      expect(open(file(dict("'>i4'", "True", "(2, 3)"), data, version)).load()).toEqual(
        hostTensor("int32", [2, 3], Int32Array.of(1, 3, 5, 2, 4, 6)),
      );
  });

  test("scalars, one axis, Python 2's long sizes, double quotes and any order of keys", () => {
    expect(open(file(dict("'|u1'", "False", "()"), Uint8Array.of(7))).load().shape).toEqual([]);
    expect(open(file(dict("'|b1'", "False", "(1L,)"), Uint8Array.of(1))).load().dtype).toBe("bool");
    const other = `{"shape":(1,),"fortran_order":False,"descr":"<f2"}`;
    expect(open(file(other, Uint8Array.of(0, 0x3c))).load({ widen: true }).data).toEqual(Float32Array.of(1));
  });

  test.each([
    ["objects", dict("'|O'", "False", "(1,)"), "objects are pickles and are never read"],
    ["records", dict("[('a', '<f4')]", "False", "(1,)"), "the header is not understood at"],
    ["text", dict("'<U3'", "False", "(1,)"), 'element type "<U3"'],
    ["too few bytes", dict("'<f8'", "False", "(1,)"), "shape [1] of F64 does not fit the 4 bytes of data"],
    ["too many bytes", dict("'<f2'", "False", "(1,)"), "does not fit the 4 bytes of data"],
    ["2^60 elements", dict("'<f4'", "False", "(1073741824, 1073741824)"), "does not fit the 4 bytes"],
    ["a size beyond 2^53", dict("'<f4'", "False", "(99999999999999999,)"), "shape (99999999999999999,)"],
    ["a negative size", dict("'<f4'", "False", "(-1,)"), "the header is not understood at"],
    ["a number as shape", dict("'<f4'", "False", "(1)"), "shape (1) is a number, expected a tuple"],
    ["an expression", dict("'<f4'", "False", "(__import__('os'),)"), "the header is not understood at"],
    [
      "a key twice",
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,)}",
      "the header has descr twice",
    ],
    ["a key missing", "{'descr': '<f4', 'shape': (1,)}", "does not hold descr, fortran_order and shape"],
    ["another key", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1}", "not understood"],
    ["types mixed up", "{'descr': False, 'fortran_order': '<f4', 'shape': (1,)}", "does not hold descr"],
    ["no dict", "None", "the header is no dict"],
    ["rank 17", dict("'<f4'", "False", `(${"1,".repeat(17)})`), "rank 17, at most 16 is read"],
  ])("%s: refused", (_, header, message) => {
    expect(() => open(file(header, new Uint8Array(4)))).toThrow(message);
  });

  test("a header at the limit is read, one past it is not; other versions are named", () => {
    const bytes = file(dict("'|u1'", "False", "(0,)"), new Uint8Array());
    const length = bytes.length - 10;
    expect(open(bytes, { ...defaultLimits, npyHeaderBytes: length }).shape).toEqual([0]);
    expect(() => open(bytes, { ...defaultLimits, npyHeaderBytes: length - 1 })).toThrow(`header of ${length} bytes`);
    expect(() => open(file("{}", new Uint8Array(), 4))).toThrow("version 4.0; 1 to 3 are read");
  });
});

const anyTensor = fc
  .record({
    dtype: fc.constantFrom<DType[]>("float32", "float16", "float64", "int64", "int32", "uint8", "bool"),
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
    seed: fc.nat(255),
  })
  .map(({ dtype, shape, seed }): HostTensor => {
    const { array, bytes } = dtypes[dtype];
    const raw = new Uint8Array(sizeOf(shape) * bytes).map((_, i) => (dtype === "bool" ? (seed + i) % 2 : seed * i));
    return hostTensor(dtype, shape, new array(raw.buffer) as TensorData);
  });

describe("npz", () => {
  test("writing and reading is the identity, for one array and for many", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), anyTensor), (arrays) => {
        const tensors = new Map(Object.entries(arrays));
        const read = openNpz(memorySource(joined(writeNpz(tensors))));
        expect(new Map([...read].map(([name, tensor]) => [name, tensor.load()]))).toEqual(tensors);
        for (const tensor of tensors.values()) expect(open(joined(writeNpy(tensor))).load()).toEqual(tensor);
      }),
    );
  });

  test("compressed archives are read, headers without inflating the arrays", () => {
    const tensor = hostTensor("float32", [1000], new Float32Array(1000).fill(1.5));
    const npy = joined(writeNpy(tensor));
    const bytes = compressed("x.npy", npy);
    const read = openNpz(memorySource(bytes)).get("x");
    expect(read?.shape).toEqual([1000]);
    expect(read?.load()).toEqual(tensor);
  });

  test("a damaged array is named when it is loaded, other files in the archive at once", () => {
    const bytes = joined(writeNpz(new Map([["w", hostTensor("float32", [1], Float32Array.of(0.123))]])));
    bytes[Buffer.from(bytes).indexOf(Buffer.from(Float32Array.of(0.123).buffer))] ^= 1;
    expect(() => openNpz(memorySource(bytes)).get("w")?.load()).toThrow('"w.npy" is damaged');
    expect(() => openNpz(memorySource(compressed("evil.pkl", new Uint8Array(3)), "a.npz"))).toThrow(
      'a.npz: "evil.pkl" in the archive is no .npy',
    );
  });

  test("arbitrary bytes give arrays or a FoveaError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        for (const attempt of [
          () => openNpz(memorySource(bytes)),
          () => open(bytes),
          () => open(file("{'descr': '<f4'}", bytes)),
        ])
          try {
            attempt();
          } catch (error) {
            expect(error).toBeInstanceOf(FoveaError);
          }
      }),
    );
  });
});

/** An archive of one deflated file. */
function compressed(name: string, content: Uint8Array): Uint8Array {
  const data = deflateRawSync(content);
  const head = (signature: number, at: number, length: number) => {
    const header = Buffer.alloc(length);
    header.writeUInt32LE(signature, 0);
    header.writeUInt16LE(8, at);
    header.writeUInt32LE(crc32(content), at + 6);
    header.writeUInt32LE(data.length, at + 10);
    header.writeUInt32LE(content.length, at + 14);
    header.writeUInt16LE(name.length, at + 18);
    return header;
  };
  const [local, central] = [head(0x04034b50, 8, 30), head(0x02014b50, 10, 46)];
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + data.length, 16);
  return new Uint8Array(Buffer.concat([local, Buffer.from(name), data, central, Buffer.from(name), end]));
}

const labels = ["ucsd-ped2-small/frame_labels_ped2.npy", "avenue-gt/frame_labels_avenue.npy"].map(
  (path) => `../shared/data/${path}`,
);
test.skipIf(!labels.every(existsSync))("numpy's own files are read (needs ../shared/data)", () => {
  for (const path of labels) {
    const weights = openWeights(path);
    try {
      expect(weights.format).toBe("npy");
      const [tensor] = weights.tensors.values();
      expect(tensor.byteLength).toBeGreaterThan(100);
      expect(tensor.shape.length).toBeGreaterThan(0);
    } finally {
      weights.close();
    }
  }
});
