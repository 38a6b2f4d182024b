import type { ValueArray } from "../value-array.ts";
import { bytesOf, type ColumnForm } from "./column-form.ts";
import { columnScaling, elements } from "./column-values.ts";
import { fitsRefusal } from "./fits-error.ts";
import type { FitsValues } from "./fits-table.ts";
import type { FitsUnit } from "./open-fits.ts";
import { fieldText, type TableRows } from "./table-rows.ts";

interface ListForm {
  readonly field: number;
  /** 64-bit descriptors (Q). */
  readonly wide: boolean;
  readonly item: ColumnForm;
  /** `0PE`: no descriptor, every row is empty. */
  readonly none: boolean;
}

/**
 * Columns whose rows have a length of their own (standard 4.0, 7.3.5): a row's descriptor gives elements and offset in
 * the heap. All rows together may not be longer than the heap, so that a small file cannot become a large column.
 */
export function listColumn(unit: FitsUnit, table: TableRows, descriptors: Uint8Array, form: ListForm): FitsValues {
  const { header, source, dataStart, dataBytes } = unit;
  const { field, item, wide, none } = form;
  const fixed = table.rows * table.rowBytes;
  const heap = header.count("THEAP", fixed);
  if (heap < fixed || heap > dataBytes)
    throw fitsRefusal(
      "heap",
      header.label,
      `THEAP is ${heap}, expected ${fixed} (the end of the rows) to ${dataBytes}`,
    );
  const room = dataBytes - heap;
  let used = 0;
  const rowBytes = (row: number): { bytes: Uint8Array; count: number } => {
    const [count, offset] = none ? [0, 0] : descriptor(descriptors, row, wide);
    const length = bytesOf(item.code, count);
    if (count === 0) return { bytes: new Uint8Array(), count };
    used += length;
    if (!(count > 0 && offset >= 0 && offset + length <= room))
      throw fitsRefusal(
        "heap",
        header.label,
        `column ${field}, row ${row}: ${count} elements at byte ${offset} are not inside the heap of ${room} bytes`,
      );
    if (used > room) throw fitsRefusal("heap", header.label, `column ${field}: its rows share parts of the heap`);
    return { bytes: source.read(dataStart + heap + offset, length), count };
  };
  const rows = Array.from({ length: table.rows }, (_, row) => row);
  if (item.code === "A") return { kind: "texts", texts: rows.map((row) => fieldText(rowBytes(row).bytes)) };
  const scaling = columnScaling(unit, field);
  const arrays = rows.map((row): ValueArray => {
    const { bytes, count } = rowBytes(row);
    return arrayOf(elements(bytes, { ...item, repeat: count }, [count], scaling));
  });
  const type = arrays[0]?.type ?? arrayOf(elements(new Uint8Array(), { ...item, repeat: 0 }, [0], scaling)).type;
  return { kind: "lists", type, rows: arrays };
}

function arrayOf(values: FitsValues): ValueArray {
  if (values.kind === "array") return values.array;
  throw new Error("elements of a list are an array"); // texts are read before
}

/** Elements and offset; what is beyond 2^53 comes as a number that fits nowhere. */
function descriptor(bytes: Uint8Array, row: number, wide: boolean): [count: number, offset: number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!wide) return [view.getInt32(8 * row), view.getInt32(8 * row + 4)];
  return [Number(view.getBigInt64(16 * row)), Number(view.getBigInt64(16 * row + 8))];
}
