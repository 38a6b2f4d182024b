import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { expect, test } from "vitest";
import { csvColumns } from "../../../src/data/csv-columns.ts";
import { memorySource } from "../../../src/files/byte-source.ts";
import { defaultLimits } from "../../../src/files/limits.ts";
import { openCsv } from "../../../src/formats/csv/csv.ts";

const open = (text: string) => openCsv(memorySource(new TextEncoder().encode(text), "a.csv"));

test("fields in quotes hold delimiters, line breaks and quotes; lines end with either mark", () => {
  const table = open('\ufeffname,x\r\n"a, ""b""\nc",1\r\nplain,2');
  expect([table.columns, [...table.rows()]]).toEqual([["name", "x"], [['a, "b"\nc', "1"], ["plain", "2"]]]); // prettier-ignore
});

test("the delimiter is the most frequent of comma, semicolon, bar and tab", () => {
  expect(["a,b;c,d", "a|b|c", "a\tb", "one"].map((line) => open(`${line}\n`).delimiter)).toEqual([",", "|", "\t", ","]);
});

test("agrees with csv-parse on any table that quotes its fields", () => {
  const field = fc.string({ unit: fc.constantFrom("a", ",", '"', "\n", " ", "é", "1") });
  fc.assert(
    fc.property(fc.array(fc.tuple(field, field, field), { minLength: 1, maxLength: 6 }), (rows) => {
      const text = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(",")).join("\n");
      const table = openCsv(memorySource(new TextEncoder().encode(`${text}\n`), "a.csv"), { delimiter: "," });
      expect([table.columns, ...table.rows()]).toEqual(parse(text));
    }),
  );
});

test("columns of numbers are numbers, with NaN for what is missing", () => {
  const columns = csvColumns(open("id,teff,name\n1,5777,sun\n2,,vega\n3,-9.9e3,1x\n"));
  expect(columns.map(({ kind }) => kind)).toEqual(["numbers", "numbers", "texts"]);
  expect([...columns[1].values]).toEqual([5777, NaN, -9900]);
});

test("a line of another length, an open quote and limits are refused with the line", () => {
  expect(() => [...open("a,b\n1,2\n3\n").rows()]).toThrow("a.csv: line 3: 1 fields, the first line has 2");
  expect(() => [...open('a,b\n1,"2\n').rows()]).toThrow("a.csv: line 2: a quote is not closed");
  expect(() => open("")).toThrow("there is no line of names");
  const limits = { ...defaultLimits, csvColumns: 2, csvLineBytes: 8 };
  expect(() => openCsv(memorySource(new TextEncoder().encode("a,b,c\n")), { limits })).toThrow("more than 2 fields");
  expect(() => openCsv(memorySource(new TextEncoder().encode("aaaaaaaaa\n")), { limits })).toThrow(
    "more than 8 characters",
  );
  expect(() => openCsv(memorySource(Uint8Array.of(0xff, 10)))).toThrow("it is not UTF-8");
});
