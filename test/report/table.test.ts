import { describe, expect, test } from "vitest";
import { meanText, numberText, stepText } from "../../src/report/number-text.ts";
import { csvTable, markdownTable, type Table } from "../../src/report/table.ts";

const table: Table = {
  columns: ["class", "F1", "images"],
  rows: [
    ["cat", 0.5, 1200],
    ["a|b <i>", 0.62346, null],
  ],
};

describe("markdownTable", () => {
  test("aligns numbers to the right by their points and escapes what Markdown would read", () => {
    expect(markdownTable(table)).toBe(
      [
        "| class          |     F1 | images |",
        "| -------------- | -----: | -----: |",
        "| cat            | 0.5000 |  1,200 |",
        "| a\\|b &lt;i&gt; | 0.6235 |        |",
        "",
      ].join("\n"),
    );
  });

  test("underscores inside words stay as they are", () => {
    expect(markdownTable({ columns: ["x"], rows: [["data_root _a_"]] })).toContain("data_root \\_a\\_");
  });
});

describe("csvTable", () => {
  test("quotes as RFC 4180 says and keeps all digits", () => {
    const rows = [
      ["a,b", 0.1234567890123],
      ['say "hi"', null],
      ["plain", NaN],
    ];
    expect(csvTable({ columns: ["name", "value"], rows })).toBe(
      'name,value\r\n"a,b",0.1234567890123\r\n"say ""hi""",\r\nplain,\r\n',
    );
  });

  test.each(["=1+1", "+1", "-1", "@cmd", "\tx"])("text that a spreadsheet would run is disarmed: %j", (cell) => {
    expect(csvTable({ columns: ["x"], rows: [[cell]] }).split("\r\n")[1]).toMatch(/^'/);
  });

  test("negative numbers stay numbers and line breaks stay in their cell", () => {
    expect(csvTable({ columns: ["x"], rows: [[-1.5], ["a\nb"]] })).toBe("x\r\n-1.5\r\na\\x0ab\r\n");
  });
});

test("a row of another length than the columns is refused", () => {
  expect(() => csvTable({ columns: ["a"], rows: [["x"], ["x", "y"]] })).toThrow(
    "table: row 1 has 2 cells for 1 columns",
  );
});

test("numbers are shown with the digits that people compare", () => {
  const cases = [0, 1200, 2723722, -3, 0.81234567, 1.5e-4, 0.001, 12345.678, 1.25e9 + 0.5, NaN, -Infinity];
  const shown = ["0", "1,200", "2,723,722", "−3", "0.8123", "1.5e-4", "0.001", "12350", "1.25e9", "–", "−∞"];
  expect(cases.map((value) => numberText(value))).toEqual(shown);
  expect([999, 9999, 20000, 1.5e6, 2e9].map(stepText)).toEqual(["999", "9,999", "20k", "1.5M", "2G"]);
});

test("a mean over seeds carries its deviation, a single value does not", () => {
  expect(meanText({ mean: 0.81234, deviation: 0.00412, count: 3 })).toBe("0.8123 ± 0.0041");
  expect(meanText({ mean: 0.81234, deviation: NaN, count: 1 })).toBe("0.8123");
});
