import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FoveaError } from "../../../src/errors/fovea-error.ts";
import { memorySource } from "../../../src/files/byte-source.ts";
import { defaultLimits } from "../../../src/files/limits.ts";
import { parseCard } from "../../../src/formats/fits/fits-card.ts";
import { verifyFitsChecksums } from "../../../src/formats/fits/fits-checksum.ts";
import { readFitsImage } from "../../../src/formats/fits/fits-image.ts";
import { type FitsValues, openFitsTable } from "../../../src/formats/fits/fits-table.ts";
import { openFits } from "../../../src/formats/fits/open-fits.ts";
import type { ValueArray } from "../../../src/formats/value-array.ts";
import { bigEndian, card, cards, emptyPrimary, header, image, joined, padded, table } from "./fits-writer.ts";

const open = (bytes: Uint8Array) => openFits(memorySource(bytes, "a.fits"));
const pixels = (bytes: Uint8Array): ValueArray => readFitsImage(open(bytes)[0]);
const columnsOf = (bytes: Uint8Array) => openFitsTable(open(bytes)[1]);
const arrayOf = (values: FitsValues): ValueArray => {
  if (values.kind !== "array") throw new Error(values.kind);
  return values.array;
};

describe("cards", () => {
  test("texts, numbers, truth, complex numbers and nothing have their values; FORTRAN's D is an exponent", () => {
    const values = (["'O''HARA  '", "-42", "1.5D3", "T", "(1, -2.5)", ""] as const).map(
      (text) => parseCard(`KEY     = ${text}`).value,
    );
    expect(values).toEqual(["O'HARA", -42, 1500, true, { re: 1, im: -2.5 }, null]);
  });

  test("a value of no known form is comment, as old programs wrote them", () => {
    expect(parseCard("SKEW    = -1.38E+00, -1.69E+00 /Measure of skew")).toMatchObject({
      key: "SKEW",
      value: undefined,
    });
  });

  test("long texts go on in CONTINUE cards, and HIERARCH keywords keep their words", () => {
    const lines = [
      ...cards({ SIMPLE: true, BITPIX: 8, NAXIS: 0, LONG: "one &" }),
      "CONTINUE  'two&'",
      "CONTINUE  ' three'",
      "HIERARCH ESO DET GAIN = 2.5 / e-",
    ];
    const [unit] = open(header(lines));
    expect([unit.header.text("LONG"), unit.header.number("ESO DET GAIN")]).toEqual(["one two three", 2.5]);
  });
});

describe("images", () => {
  test("NAXIS1 varies fastest, numbers are big endian", () => {
    const { type, shape, data } = pixels(image(16, [3, 2], bigEndian("Int16", [1, -2, 300, 4, 5, -600])));
    expect([type, shape, [...data]]).toEqual(["int16", [2, 3], [1, -2, 300, 4, 5, -600]]);
  });

  test("BSCALE and BZERO are applied, BLANK becomes NaN, and 2^15 means unsigned", () => {
    const stored = bigEndian("Int16", [0, -32768, 7]);
    expect([...pixels(image(16, [3], stored, { BSCALE: 0.5, BZERO: 10, BLANK: 7 })).data]).toEqual([10, -16374, NaN]);
    const unsigned = pixels(image(16, [3], stored, { BZERO: 32768 }));
    expect([unsigned.type, ...unsigned.data]).toEqual(["uint16", 32768, 0, 32775]);
  });

  test("undoes writing for any float64 image", () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { minLength: 1, maxLength: 40 }), (values) => {
        expect([...pixels(image(-64, [values.length], bigEndian("Float64", values))).data]).toEqual(values);
      }),
    );
  });

  test("an image longer than its file, or of a length beyond counting, is refused with the figures", () => {
    expect(() => open(image(16, [3000, 3], new Uint8Array(100)))).toThrow(
      "a.fits: unit 0: its data need 18000 bytes after byte 2880, there are 2880",
    );
    expect(() => open(image(-64, [1e9, 1e9], new Uint8Array(1)))).toThrow("have more bytes than can be counted");
    expect(() => open(image(12, [1], new Uint8Array(1)))).toThrow(
      "BITPIX is 12, expected one of 8, 16, 32, 64, -32, -64",
    );
  });
});

describe("binary tables", () => {
  const row = (name: string, id: number, flux: readonly number[], flags: number): Uint8Array =>
    joined(
      new TextEncoder().encode(name.padEnd(5)),
      bigEndian("Int32", [id]),
      bigEndian("Float32", flux),
      Uint8Array.of(flags, flags & 1 ? 0x54 : 0x46),
    );
  const bytes = table("BINTABLE", [19, 2], joined(row("vega", 5, [1.5, -2], 0b10100000), row("deneb", -1, [0, 9], 0b00000001)), {
    TFIELDS: 5, TTYPE1: "NAME", TFORM1: "5A", TTYPE2: "ID", TFORM2: "J", TNULL2: -1, TTYPE3: "FLUX", TFORM3: "2E", TUNIT3: "Jy", TFORM4: "3X", TFORM5: "L",
  }); // prettier-ignore

  test("columns come by name, with shapes, units and what has no value", () => {
    const found = columnsOf(bytes);
    expect(found.column("name").load()).toEqual({ kind: "text", shape: [2], texts: ["vega", "deneb"] });
    expect(found.column("ID").load()).toEqual({
      kind: "array",
      array: { type: "int32", shape: [2], data: Int32Array.of(5, -1) },
      nulls: 1,
    });
    expect([found.column("flux").unit, arrayOf(found.column("flux").load()).shape]).toEqual(["Jy", [2, 2]]);
    expect([...arrayOf(found.columns[3].load()).data]).toEqual([1, 0, 1, 0, 0, 0]);
    expect([found.columns[4].name, ...arrayOf(found.columns[4].load()).data]).toEqual(["col5", 0, 1]);
    expect(() => found.column("flix")).toThrow('no column "flix"; there are NAME, ID, FLUX, col4, col5');
  });

  test("rows of their own length lie in the heap, and may not share it", () => {
    const heap = bigEndian("Float32", [1, 2, 3]);
    const list = (descriptors: number[]) =>
      table("BINTABLE", [8, 2], joined(bigEndian("Int32", descriptors), heap), { TFIELDS: 1, TFORM1: "1PE(2)" });
    const values = columnsOf(list([2, 0, 1, 8])).columns[0].load();
    expect(values.kind === "lists" && values.rows.map(({ data }) => [...data])).toEqual([[1, 2], [3]]);
    expect(() => columnsOf(list([2, 0, 2, 8])).columns[0].load()).toThrow(
      "column 1, row 1: 2 elements at byte 8 are not inside the heap of 12 bytes",
    );
    expect(() => columnsOf(list([3, 0, 3, 0])).columns[0].load()).toThrow("its rows share parts of the heap");
  });

  test("TSCAL makes float64, TDIM gives the inner shape", () => {
    const more = { TFIELDS: 1, TFORM1: "6B", TDIM1: "(3,2)", TSCAL1: 0.5 };
    const array = arrayOf(
      columnsOf(table("BINTABLE", [6, 1], Uint8Array.of(0, 1, 2, 3, 4, 5), more)).columns[0].load(),
    );
    expect([array.type, array.shape, [...array.data]]).toEqual(["float64", [1, 2, 3], [0, 0.5, 1, 1.5, 2, 2.5]]);
  });

  test("columns that do not fill the row, and tile-compressed images, are refused by name", () => {
    expect(() => columnsOf(table("BINTABLE", [5, 1], new Uint8Array(5), { TFIELDS: 1, TFORM1: "J" }))).toThrow(
      "its 1 columns take 4 bytes, a row has 5 (NAXIS1)",
    );
    const packed = open(
      table("BINTABLE", [8, 1], new Uint8Array(8), { TFIELDS: 1, TFORM1: "1PB", ZIMAGE: true, ZCMPTYPE: "RICE_1" }),
    );
    expect(() => openFitsTable(packed[1])).toThrow("unit 1: it is tile-compressed (RICE_1), which is not read");
  });
});

test("ASCII tables: fields by place, blanks without value, an implied decimal point", () => {
  const rows = new TextEncoder().encode("abc   12   350def      1.5E2");
  const found = columnsOf(
    table("TABLE", [14, 2], rows, {
      TFIELDS: 3,
      TBCOL1: 1,
      TFORM1: "A4",
      TBCOL2: 5,
      TFORM2: "I4",
      TBCOL3: 9,
      TFORM3: "F6.2",
    }),
  );
  expect(found.columns.map((column) => column.load())).toEqual([
    { kind: "text", shape: [2], texts: ["abc", "def"] },
    { kind: "array", array: { type: "int16", shape: [2], data: Int16Array.of(12, 0) }, nulls: 1 },
    { kind: "array", array: { type: "float64", shape: [2], data: Float64Array.of(3.5, 150) }, nulls: 0 },
  ]);
});

test("random groups are a table of parameters and arrays", () => {
  const head = header([
    ...cards({
      SIMPLE: true,
      BITPIX: 16,
      NAXIS: 2,
      NAXIS1: 0,
      NAXIS2: 2,
      GROUPS: true,
      PCOUNT: 1,
      GCOUNT: 2,
      PTYPE1: "UU",
      PSCAL1: 10,
    }),
  ]);
  const [unit] = open(joined(head, padded(bigEndian("Int16", [1, 2, 3, 4, 5, 6]))));
  const found = openFitsTable(unit);
  expect([...arrayOf(found.column("UU").load()).data]).toEqual([10, 40]);
  expect(arrayOf(found.column("DATA").load())).toEqual({
    type: "int16",
    shape: [2, 2],
    data: Int16Array.of(2, 3, 5, 6),
  });
});

test("DATASUM is the sum of 32-bit words with the carry added", () => {
  const data = bigEndian("Int32", [-1, 2]); // 0xffffffff + 2 = 1 with a carry of 1
  const sums = (value: string) => verifyFitsChecksums(open(image(32, [2], data, { DATASUM: value }))[0]);
  expect([sums("2"), sums("3")]).toEqual([
    { data: true, unit: undefined },
    { data: false, unit: undefined },
  ]);
});

test("something behind the last unit is refused unless it is padding; a header without END too", () => {
  expect(open(joined(emptyPrimary, new Uint8Array(2880)))).toHaveLength(1);
  expect(() => open(joined(emptyPrimary, new TextEncoder().encode("PK".repeat(1440))))).toThrow(
    "at byte 2880 an extension should begin",
  );
  expect(() => open(new TextEncoder().encode(card("SIMPLE", true).padEnd(2880)))).toThrow(
    "no END card before the file's last byte 2880",
  );
  const long = new TextEncoder().encode(card("SIMPLE", true) + "COMMENT".padEnd(80).repeat(107));
  const limits = { ...defaultLimits, fitsHeaderBlocks: 2 };
  expect(() => openFits(memorySource(long, "long"), limits)).toThrow("a header of more than 2 blocks");
  expect(() => open(new Uint8Array(2880))).toThrow(FoveaError);
});
