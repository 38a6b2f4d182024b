import { describe, expect, test } from "vitest";
import { memorySource } from "../../../src/files/byte-source.ts";
import { defaultLimits } from "../../../src/files/limits.ts";
import type { MatlabValue } from "../../../src/formats/matlab/matlab-value.ts";
import { openMatlab } from "../../../src/formats/matlab/open-matlab.ts";
import { MatlabWriter } from "./matlab-writer.ts";

const open = (bytes: Uint8Array) => openMatlab(memorySource(bytes, "a.mat"));
const load = (bytes: Uint8Array, name: string): MatlabValue | undefined => open(bytes).get(name)?.load();
const little = new MatlabWriter(true);

describe.each([
  ["little endian", little],
  ["big endian", new MatlabWriter(false)],
])("%s", (_, w) => {
  test("numbers come in row-major order, from any stored type, with names and shapes before they are read", () => {
    const file = w.file(
      w.compressed(w.double("x", [2, 3], [1, 2, 3, 4, 5, 6])),
      w.matrix("n", 6, [1, 3], [w.small(2, Uint8Array.of(7, 8, 9))]),
    );
    const variables = open(file);
    expect([...variables.values()].map(({ name, className, shape }) => [name, className, shape])).toEqual([["x", "double", [2, 3]], ["n", "double", [1, 3]]]); // prettier-ignore
    expect(variables.get("x")?.load()).toEqual({ kind: "numbers", stored: "float64", array: { type: "float64", shape: [2, 3], data: Float64Array.of(1, 3, 5, 2, 4, 6) } }); // prettier-ignore
    expect(variables.get("n")?.load()).toEqual({ kind: "numbers", stored: "uint8", array: { type: "float64", shape: [1, 3], data: Float64Array.of(7, 8, 9) } }); // prettier-ignore
  });

  test("texts, cells, structs and logical arrays", () => {
    const cell = w.cell("gt", [1, 2], [w.double("", [2, 1], [95, 180]), w.text("", "a b")]);
    const struct = w.struct(
      "s",
      [1, 2],
      ["one", "two"],
      [w.double("", [1, 1], [1]), w.text("", "x"), w.double("", [1, 1], [2]), w.text("", "y")],
    );
    const file = w.file(cell, struct, w.matrix("l", 9, [1, 2], [w.small(2, Uint8Array.of(1, 0))], 0x200));
    expect(load(file, "gt")).toMatchObject({ kind: "cell", shape: [1, 2], items: [{ array: { data: Float64Array.of(95, 180) } }, { kind: "text", texts: ["a b"] }] }); // prettier-ignore
    const value = load(file, "s");
    expect(value?.kind === "struct" && [...value.fields.keys()]).toEqual(["one", "two"]);
    expect(value?.kind === "struct" && value.fields.get("two")).toEqual([{ kind: "text", shape: [1], texts: ["x"] }, { kind: "text", shape: [1], texts: ["y"] }]); // prettier-ignore
    expect(load(file, "l")).toMatchObject({ array: { type: "bool", data: Uint8Array.of(1, 0) } });
  });

  test("complex numbers are interleaved, sparse ones keep their columns", () => {
    const complex = w.matrix("z", 6, [1, 2], [w.element(9, w.doubles(1, 2)), w.element(9, w.doubles(3, 4))], 0x800);
    const sparse = w.matrix(
      "sp",
      5,
      [3, 2],
      [w.element(5, w.words(0, 2, 9)), w.element(5, w.words(0, 1, 2)), w.element(9, w.doubles(5, 6))],
    );
    const file = w.file(complex, sparse);
    expect(load(file, "z")).toMatchObject({ array: { type: "complex128", data: Float64Array.of(1, 3, 2, 4) } });
    expect(load(file, "sp")).toMatchObject({ shape: [3, 2], rows: Int32Array.of(0, 2), starts: Int32Array.of(0, 1, 2), values: { data: Float64Array.of(5, 6) } }); // prettier-ignore
  });
});

test("version 4: headers of five numbers", () => {
  const file = new Uint8Array(
    Buffer.concat([little.words(0, 2, 2, 0, 2), new TextEncoder().encode("m\0"), little.doubles(1, 2, 3, 4)]),
  );
  expect(load(file, "m")).toMatchObject({ array: { shape: [2, 2], data: Float64Array.of(1, 3, 2, 4) } });
});

describe("refused by name", () => {
  test("version 7.3, function handles and objects", () => {
    const hdf5 = little.file();
    hdf5.set([0, 2], 124);
    expect(() => open(hdf5)).toThrow("a.mat: it is a MAT-file of version 7.3 (HDF5), which is not read");
    const other = (mxClass: number) => load(little.file(little.matrix("f", mxClass, [1, 1], [])), "f");
    expect(() => other(16)).toThrow('variable "f": it is of class function_handle, which is not read');
    expect(() => other(3)).toThrow('variable "f": it is of class object, which is not read');
  });

  test("more elements than bytes, before anything is allocated", () => {
    expect(() => load(little.file(little.double("x", [2 ** 20, 2 ** 20], [1])), "x")).toThrow(
      "the real part has 1 elements, [1048576, 1048576] has 1099511627776",
    );
    expect(() => load(little.file(little.cell("c", [2 ** 20, 2 ** 20], [])), "c")).toThrow("× 1 arrays in 0 bytes");
  });

  test("nesting one past the limit, but not at it", () => {
    const nested = (levels: number): Uint8Array => {
      let value = little.double("", [1, 1], [1]);
      for (let i = 1; i < levels; i++) value = little.cell("", [1, 1], [value]);
      return little.file(little.cell("c", [1, 1], [value]));
    };
    expect(load(nested(defaultLimits.matlabDepth), "c")?.kind).toBe("cell");
    expect(() => load(nested(defaultLimits.matlabDepth + 1), "c")).toThrow("nested deeper than 32");
  });

  test("a compressed variable that is damaged, and one name twice", () => {
    const file = little.file(little.compressed(little.double("x", [1, 1], [1])));
    file[file.length - 1] ^= 1; // zlib's checksum
    expect(() => load(file, "x")).toThrow("its compressed data");
    expect(() => open(little.file(little.double("x", [1, 1], [1]), little.double("x", [1, 1], [2])))).toThrow(
      'variable "x" stands twice',
    );
  });
});
