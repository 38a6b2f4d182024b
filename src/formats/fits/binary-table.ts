import type { Limits } from "../../files/limits.ts";
import { type ColumnForm, dimensions, parseForm } from "./column-form.ts";
import { columnScaling, elements } from "./column-values.ts";
import { fitsRefusal } from "./fits-error.ts";
import type { FitsColumn, FitsTable, FitsValues } from "./fits-table.ts";
import type { FitsUnit } from "./open-fits.ts";
import { columnBytes, fieldText, type TableRows, tableRows } from "./table-rows.ts";
import { listColumn } from "./variable-column.ts";

/** The columns of a BINTABLE; their widths must add up to a row. */
export function binaryColumns(unit: FitsUnit, limits: Limits): Pick<FitsTable, "rows" | "columns"> {
  const table = tableRows(unit, limits);
  const { header } = unit;
  let offset = 0;
  const columns = Array.from({ length: table.fields }, (_, i): FitsColumn => {
    const form = parseForm(header, i + 1);
    const start = offset;
    offset += form.bytes;
    return {
      name: header.text(`TTYPE${i + 1}`) ?? `col${i + 1}`,
      form: header.text(`TFORM${i + 1}`) ?? "",
      unit: header.text(`TUNIT${i + 1}`) ?? "",
      load: () => loadColumn(unit, table, i + 1, form, start),
    };
  });
  if (offset !== table.rowBytes)
    throw fitsRefusal(
      "table",
      header.label,
      `its ${table.fields} columns take ${offset} bytes, a row has ${table.rowBytes} (NAXIS1)`,
    );
  return { rows: table.rows, columns };
}

function loadColumn(unit: FitsUnit, table: TableRows, field: number, form: ColumnForm, offset: number): FitsValues {
  const bytes = columnBytes(unit, table, offset, form.bytes);
  const { item, repeat } = form;
  if (item !== undefined)
    return listColumn(unit, table, bytes, { field, wide: form.code === "Q", item, none: repeat === 0 });
  const inner = dimensions(unit.header, field, repeat) ?? (repeat === 1 ? [] : [repeat]);
  if (form.code === "A") return textColumn(bytes, table.rows, repeat, dimensions(unit.header, field, repeat));
  return elements(bytes, form, [table.rows, ...inner], columnScaling(unit, field));
}

/** `repeat` characters a row, or with TDIM several texts of its first length. */
function textColumn(bytes: Uint8Array, rows: number, repeat: number, inner: readonly number[] | undefined): FitsValues {
  const width = inner?.at(-1) ?? repeat;
  const shape = [rows, ...(inner?.slice(0, -1) ?? [])];
  const count = width === 0 ? rows : bytes.length / width;
  const texts = Array.from({ length: count }, (_, i) => fieldText(bytes.subarray(i * width, (i + 1) * width)));
  return { kind: "text", shape, texts };
}
