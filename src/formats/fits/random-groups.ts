import { decodeValues, type ValueType, valueTypes } from "../value-array.ts";
import { fitsRefusal } from "./fits-error.ts";
import { scaled } from "./fits-image.ts";
import type { FitsColumn, FitsTable, FitsValues } from "./fits-table.ts";
import { axisLengths, type FitsUnit } from "./open-fits.ts";
import { columnBytes } from "./table-rows.ts";

const typeOf: ReadonlyMap<number, ValueType> = new Map([
  [8, "uint8"],
  [16, "int16"],
  [32, "int32"],
  [64, "int64"],
  [-32, "float32"],
  [-64, "float64"],
]);

/** Random groups (standard 4.0, section 6): GCOUNT times PCOUNT parameters and an array, as a table. */
export function groupColumns(unit: FitsUnit): Pick<FitsTable, "rows" | "columns"> {
  const { header } = unit;
  const type = typeOf.get(header.number("BITPIX") ?? 0) as ValueType; // checked when it was opened
  const [parameters, groups] = [header.count("PCOUNT"), header.count("GCOUNT")];
  if (parameters > 999)
    throw fitsRefusal("table", header.label, `PCOUNT is ${parameters}, at most 999 parameters are read`);
  const shape = axisLengths(header).slice(1).reverse();
  const elements = shape.reduce((product, length) => product * length, 1);
  const size = valueTypes[type].bytes;
  const rows = { rows: groups, rowBytes: (parameters + elements) * size, fields: parameters + 1 };
  const load = (first: number, inner: readonly number[], scale: number, zero: number): FitsValues => {
    const count = inner.reduce((product, length) => product * length, 1);
    const stored = decodeValues(columnBytes(unit, rows, first * size, count * size), type, true);
    const values = scaled(type, stored, { scale, zero, blank: undefined }, "float64");
    return { kind: "array", array: { shape: [groups, ...inner], ...values }, nulls: 0 };
  };
  const columns = Array.from({ length: parameters }, (_, i): FitsColumn => {
    const [scale, zero] = [header.number(`PSCAL${i + 1}`) ?? 1, header.number(`PZERO${i + 1}`) ?? 0];
    const name = header.text(`PTYPE${i + 1}`) ?? `par${i + 1}`;
    return { name, form: "", unit: header.text(`PUNIT${i + 1}`) ?? "", load: () => load(i, [], scale, zero) };
  });
  const [scale, zero] = [header.number("BSCALE") ?? 1, header.number("BZERO") ?? 0];
  const data = {
    name: "DATA",
    form: "",
    unit: header.text("BUNIT") ?? "",
    load: () => load(parameters, shape, scale, zero),
  };
  return { rows: groups, columns: [...columns, data] };
}
