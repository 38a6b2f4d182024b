import type { Limits } from "../../files/limits.ts";
import { fitsRefusal } from "./fits-error.ts";
import { axisLengths, type FitsUnit } from "./open-fits.ts";

/** The rows of a table: `rowBytes` each, one after the other. */
export interface TableRows {
  readonly rows: number;
  readonly rowBytes: number;
  readonly fields: number;
}

/** NAXIS1, NAXIS2 and TFIELDS of a table, checked against the unit's length. */
export function tableRows(unit: FitsUnit, limits: Limits): TableRows {
  const { header } = unit;
  const axes = axisLengths(header);
  if (axes.length !== 2 || header.number("BITPIX") !== 8)
    throw fitsRefusal(
      "table",
      header.label,
      `a table has BITPIX 8 and two axes, not BITPIX ${String(header.get("BITPIX"))} and ${axes.length}`,
    );
  const fields = header.count("TFIELDS");
  if (fields > Math.min(999, limits.csvColumns))
    throw fitsRefusal("table", header.label, `TFIELDS is ${fields}, at most 999 is allowed`);
  const [rowBytes, rows] = axes;
  return { rows, rowBytes, fields };
}

const PIECE = 2 ** 22;

/** The bytes `offset` to `offset` + `length` of every row, together. The table is read in pieces of about 4 MiB. */
export function columnBytes(unit: FitsUnit, { rows, rowBytes }: TableRows, offset: number, length: number): Uint8Array {
  const out = new Uint8Array(rows * length); // at most the unit's bytes, which the file has
  if (length === 0) return out;
  const perPiece = Math.max(1, Math.floor(PIECE / rowBytes));
  for (let first = 0; first < rows; first += perPiece) {
    const count = Math.min(perPiece, rows - first);
    const piece = unit.source.read(unit.dataStart + first * rowBytes, count * rowBytes);
    for (let row = 0; row < count; row++) {
      const from = row * rowBytes + offset;
      out.set(piece.subarray(from, from + length), (first + row) * length);
    }
  }
  return out;
}

/** A fixed-length text: up to a NUL, without trailing blanks. */
export function fieldText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder("latin1").decode(end < 0 ? bytes : bytes.subarray(0, end)).trimEnd();
}
