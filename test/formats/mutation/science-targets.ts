import { deflateSync, gzipSync } from "node:zlib";
import { fitsContent } from "../../../src/data/fits-content.ts";
import { gunzipSource } from "../../../src/data/gunzip.ts";
import { matlabContent } from "../../../src/data/matlab-content.ts";
import { memorySource } from "../../../src/files/byte-source.ts";
import { bigEndian, card, emptyPrimary, header, image, joined, table } from "../fits/fits-writer.ts";
import { MatlabWriter } from "../matlab/matlab-writer.ts";
import type { Target } from "./target.ts";

const bytes = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => (i * 37) % 251);
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

const images = range(6).flatMap((i) => [
  image([8, 16, 32, 64, -32, -64][i], [5, 4], bytes(20 * [1, 2, 4, 8, 4, 8][i])),
  image([8, 16, 32, 64, -32, -64][i], [3, 2, 2], bytes(12 * [1, 2, 4, 8, 4, 8][i]), {
    BSCALE: 0.5,
    BZERO: 3,
    BLANK: 7,
  }),
]);
const tables = range(4).flatMap((i) => [
  table("BINTABLE", [23, 2 + i], bytes(23 * (2 + i)), {
    TFIELDS: 5,
    TFORM1: "1J",
    TTYPE1: "a",
    TFORM2: "2E",
    TFORM3: "3A",
    TFORM4: "4X",
    TFORM5: "7B",
    TNULL1: 5,
    TSCAL5: 2,
  }),
  table("BINTABLE", [8, 3], joined(bigEndian("Int32", [2, 0, 1, 8, 0, 0]), bigEndian("Float32", [1, 2, 3])), {
    TFIELDS: 1,
    TFORM1: "1PE(2)",
    TTYPE1: "list",
  }),
  table("BINTABLE", [9, 2], bytes(18), { TFIELDS: 2, TFORM1: "1D", TFORM2: "1L" }),
  table("TABLE", [16, 2], new TextEncoder().encode("abc    12   3.50def   -13 1.0E+1"), {
    TFIELDS: 3,
    TBCOL1: 1,
    TFORM1: "A4",
    TBCOL2: 5,
    TFORM2: "I5",
    TBCOL3: 10,
    TFORM3: "F7.2",
  }),
]);
const groups = range(2).map((i) =>
  joined(
    header([
      card("SIMPLE", true),
      card("BITPIX", 16),
      card("NAXIS", 3),
      card("NAXIS1", 0),
      card("NAXIS2", 2),
      card("NAXIS3", 2),
      card("GROUPS", true),
      card("PCOUNT", 1 + i),
      card("GCOUNT", 3),
      card("PSCAL1", 2),
    ]),
    new Uint8Array(2880).fill(3),
  ),
);
const longTexts = range(8).map((i) =>
  joined(
    header([
      card("SIMPLE", true),
      card("BITPIX", 8),
      card("NAXIS", 0),
      card("LONG", `${"x".repeat(40 + i)}&`),
      "CONTINUE  'and on'",
      "HIERARCH ESO THING = 4 / words",
      "COMMENT plain",
    ]),
  ),
);
const fitsSeeds = [...images, ...tables, ...groups, ...longTexts, joined(emptyPrimary)];
const huge = image(8, [1], new Uint8Array(1));
const hugeAxes = (value: number): Uint8Array =>
  joined(
    header([
      card("SIMPLE", true),
      card("BITPIX", -64),
      card("NAXIS", 3),
      ...[1, 2, 3].map((axis) => card(`NAXIS${axis}`, value)),
    ]),
    huge,
  );

function readFits(file: Uint8Array): number {
  const { arrays, details } = fitsContent(memorySource(file, "mutant.fits"));
  return [...arrays].length + Object.keys(details ?? {}).length;
}

const fitsTarget: Target = {
  name: "FITS",
  seeds: fitsSeeds,
  digits: true,
  attacks: [
    { name: "axes of 2^21 each", bytes: hugeAxes(2 ** 21) },
    { name: "axes of 10^15 each", bytes: hugeAxes(1e15) },
    {
      name: "rows that share the heap",
      bytes: table(
        "BINTABLE",
        [8, 300],
        joined(
          bigEndian(
            "Int32",
            Array.from({ length: 600 }, (_, i) => (i % 2 === 0 ? 500 : 0)),
          ),
          bytes(500),
        ),
        { TFIELDS: 1, TFORM1: "1PB" },
      ),
    },
    {
      name: "a table of 10^12 rows without bytes",
      bytes: table("BINTABLE", [4, 1], bytes(4), { NAXIS2: 1e12, TFIELDS: 1, TFORM1: "1J" }).subarray(0, 5760),
    },
    {
      name: "a header without end",
      bytes: new TextEncoder().encode(
        "SIMPLE  =                    T".padEnd(80) + "COMMENT ".padEnd(80).repeat(36 * 1100),
      ),
    },
  ],
  read: readFits,
};

const gzipTarget: Target = {
  name: "FITS in gzip",
  seeds: fitsSeeds.map((seed) => new Uint8Array(gzipSync(seed))),
  attacks: [
    {
      name: "128 MiB of zeros that say they are 100 bytes",
      bytes: sayLength(gzipSync(new Uint8Array(2 ** 27), { level: 1 }), 100),
    },
    { name: "a length of 4 GiB", bytes: sayLength(gzipSync(images[0]), 2 ** 32 - 1) },
  ],
  read: (file) => readFits(unpacked(file)),
};

function unpacked(file: Uint8Array): Uint8Array {
  const source = gunzipSource(memorySource(file, "mutant.fits.gz"));
  return source.read(0, source.size);
}

function sayLength(packed: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(packed);
  new DataView(out.buffer).setUint32(out.length - 4, length, true);
  return out;
}

const writers = [new MatlabWriter(true), new MatlabWriter(false)];
const elements = (w: MatlabWriter): Uint8Array[] => [
  w.double("x", [2, 3], [1, 2, 3, 4, 5, 6]),
  w.text("s", "hello"),
  w.cell("c", [1, 2], [w.double("", [1, 1], [7]), w.text("", "in")]),
  w.struct("st", [1, 1], ["one", "two"], [w.double("", [1, 2], [1, 2]), w.cell("", [1, 1], [w.text("", "deep")])]),
  w.matrix("u", 9, [3, 1], [w.small(2, Uint8Array.of(1, 2, 3))]),
  w.matrix("z", 6, [1, 2], [w.element(9, w.doubles(1, 2)), w.element(9, w.doubles(3, 4))], 0x800),
  w.matrix("l", 9, [1, 4], [w.small(2, Uint8Array.of(1, 0, 1, 1))], 0x200),
  w.matrix(
    "sp",
    5,
    [3, 2],
    [w.element(5, w.words(0, 2)), w.element(5, w.words(0, 1, 2)), w.element(9, w.doubles(5, 6))],
  ),
];
const matlabSeeds = writers.flatMap((w) => elements(w).flatMap((one) => [w.file(one), w.file(w.compressed(one))]));
const little = writers[0];
const deep = (levels: number): Uint8Array =>
  Array.from({ length: levels }).reduce<Uint8Array>(
    (inner) => little.cell("", [1, 1], [inner]),
    little.double("", [1, 1], [1]),
  );
const zeros = little.matrix("b", 9, [1, 2 ** 24], [little.element(2, new Uint8Array(2 ** 24))]);

function readMatlab(file: Uint8Array): number {
  return [...matlabContent(memorySource(file, "mutant.mat")).arrays].length;
}

const matlabTarget: Target = {
  name: "MATLAB",
  seeds: matlabSeeds,
  fields: (seed) =>
    Array.from({ length: Math.floor(Math.min(seed.length, 400) / 4) }, (_, i) => ({ at: 4 * i, bytes: 4 })),
  repair: (damaged) => (damaged.length > 136 ? little.file(little.compressed(damaged.subarray(128))) : damaged), // damage inside sound zlib data
  attacks: [
    { name: "cells nested 1,000 deep", bytes: little.file(little.cell("c", [1, 1], [deep(1000)])) },
    { name: "16 MiB of zeros, honest", bytes: little.file(little.compressed(zeros)), honestBytes: 2 ** 24 },
    {
      name: "a compressed element that says 1 GiB",
      bytes: little.file(wrapped(little, joined(little.words(14, 2 ** 30), new Uint8Array(1000)))),
    },
    {
      name: "a compressed element longer than it says",
      bytes: little.file(wrapped(little, joined(little.words(14, 100), new Uint8Array(2 ** 27)))),
    },
    { name: "a cell of 2^30 without arrays", bytes: little.file(little.cell("c", [2 ** 15, 2 ** 15], [])) },
    {
      name: "a struct of 2^40 without fields' arrays",
      bytes: little.file(little.struct("s", [2 ** 20, 2 ** 20], ["a"], [])),
    },
    { name: "version 7.3", bytes: hdf5() },
  ],
  read: readMatlab,
};

function wrapped(w: MatlabWriter, inner: Uint8Array): Uint8Array {
  const data = new Uint8Array(deflateSync(inner));
  return joined(w.words(15, data.length), data);
}

function hdf5(): Uint8Array {
  const file = little.file();
  file.set([0, 2], 124);
  return file;
}

export const scienceTargets: readonly Target[] = [fitsTarget, gzipTarget, matlabTarget];
