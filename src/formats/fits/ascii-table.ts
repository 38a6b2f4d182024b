import type { Limits } from "../../files/limits.ts";
import { columnScaling } from "./column-values.ts";
import { parseNumber } from "./fits-card.ts";
import { fitsRefusal } from "./fits-error.ts";
import { scaled } from "./fits-image.ts";
import type { FitsHeader } from "./fits-header.ts";
import type { FitsColumn, FitsTable, FitsValues } from "./fits-table.ts";
import type { FitsUnit } from "./open-fits.ts";
import { columnBytes, fieldText, type TableRows, tableRows } from "./table-rows.ts";
import type { ValueType } from "../value-array.ts";

interface AsciiForm {
  readonly code: "A" | "I" | "J" | "F" | "E" | "D";
  readonly width: number;
  /** Digits after a decimal point that is not written. */
  readonly decimals: number;
}

/** The columns of an ASCII TABLE: fields of characters, by TBCOL and TFORM. They may overlap, and leave gaps. */
export function asciiColumns(unit: FitsUnit, limits: Limits): Pick<FitsTable, "rows" | "columns"> {
  const table = tableRows(unit, limits);
  const { header } = unit;
  const columns = Array.from({ length: table.fields }, (_, i): FitsColumn => {
    const form = asciiForm(header, i + 1);
    const offset = header.count(`TBCOL${i + 1}`) - 1;
    if (offset < 0 || offset + form.width > table.rowBytes)
      throw fitsRefusal(
        "table",
        header.label,
        `column ${i + 1}: ${form.width} characters from ${offset + 1} on are not inside a row of ${table.rowBytes}`,
      );
    return {
      name: header.text(`TTYPE${i + 1}`) ?? `col${i + 1}`,
      form: header.text(`TFORM${i + 1}`) ?? "",
      unit: header.text(`TUNIT${i + 1}`) ?? "",
      load: () => loadColumn(unit, table, i + 1, form, offset),
    };
  });
  return { rows: table.rows, columns };
}

function asciiForm(header: FitsHeader, field: number): AsciiForm {
  const text = header.text(`TFORM${field}`)?.trim() ?? "";
  const match = /^([AIJFED])(\d{1,4})(?:\.(\d{1,3}))?$/i.exec(text);
  if (match === null)
    throw fitsRefusal(
      "table",
      header.label,
      `TFORM${field} is ${JSON.stringify(text)}, expected one such as A8, I10 or F8.3`,
    );
  const code = match[1].toUpperCase() as AsciiForm["code"]; // the expression allows no other
  return { code, width: Number(match[2]), decimals: Number(match[3] ?? 0) };
}

function loadColumn(unit: FitsUnit, table: TableRows, field: number, form: AsciiForm, offset: number): FitsValues {
  const bytes = columnBytes(unit, table, offset, form.width);
  const texts = Array.from({ length: table.rows }, (_, row) =>
    fieldText(bytes.subarray(row * form.width, (row + 1) * form.width)),
  );
  if (form.code === "A") return { kind: "text", shape: [table.rows], texts };
  const nullText = String(unit.header.get(`TNULL${field}`) ?? "").trim();
  let nulls = 0;
  const numbers = texts.map((text, row) => {
    const trimmed = text.trim();
    if (trimmed === "" || trimmed === nullText) {
      nulls++;
      return undefined;
    }
    return fieldNumber(unit.header, trimmed, field, row, form);
  });
  const type = typeOf(form);
  const data =
    type === "float64" ? Float64Array.from(numbers, (value) => Number(value ?? NaN)) : wholeData(type, numbers);
  const { scale, zero } = columnScaling(unit, field);
  return {
    kind: "array",
    array: { shape: [table.rows], ...scaled(type, data, { scale, zero, blank: undefined }, "float64") },
    nulls,
  };
}

/** Integers in the smallest type that holds every number of that width; blank fields are 0. */
function typeOf({ code, width }: AsciiForm): ValueType {
  if (code === "J") return "int64";
  if (code !== "I") return "float64";
  return width <= 4 ? "int16" : width <= 9 ? "int32" : "int64";
}

function wholeData(
  type: ValueType,
  numbers: readonly (number | bigint | undefined)[],
): Int16Array | Int32Array | BigInt64Array {
  if (type === "int64") return BigInt64Array.from(numbers, (value) => BigInt(value ?? 0n));
  const values = numbers.map((value) => Number(value ?? 0));
  return type === "int16" ? Int16Array.from(values) : Int32Array.from(values);
}

/** Without a point the last `decimals` digits are the fraction (standard 4.0, 7.2.5). */
function fieldNumber(header: FitsHeader, text: string, field: number, row: number, form: AsciiForm): number | bigint {
  if (form.code === "I" || form.code === "J") {
    if (/^[+-]?\d+$/.test(text)) return BigInt.asIntN(64, BigInt(text.replace("+", "")));
  } else {
    const value = parseNumber(text) ?? special(text);
    const implied = /^[+-]?\d+$/.test(text) ? form.decimals : 0;
    if (value !== undefined) return implied > 0 ? value / 10 ** implied : value;
  }
  throw fitsRefusal(
    "value",
    header.label,
    `column ${field}, row ${row}: ${JSON.stringify(text.slice(0, 40))} is no number`,
  );
}

const special = (text: string): number | undefined => (/^nan$/i.test(text) ? NaN : undefined);
