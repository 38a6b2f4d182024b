import { defaultLimits, type Limits } from "../../files/limits.ts";
import type { Shape } from "../../graph/dtype.ts";
import type { ValueArray, ValueType } from "../value-array.ts";
import { asciiColumns } from "./ascii-table.ts";
import { binaryColumns } from "./binary-table.ts";
import { fitsRefusal } from "./fits-error.ts";
import { refuseCompressed } from "./fits-image.ts";
import { groupColumns } from "./random-groups.ts";
import type { FitsUnit } from "./open-fits.ts";

/** A column's values. */
export type FitsValues =
  /** Numbers or truth values, [rows, …]; `nulls` counts the elements without a value. */
  | { readonly kind: "array"; readonly array: ValueArray; readonly nulls: number }
  /** Texts without their trailing blanks, [rows, …]. */
  | { readonly kind: "text"; readonly shape: Shape; readonly texts: readonly string[] }
  /** Of each row an array of its own length, or a text. */
  | { readonly kind: "lists"; readonly type: ValueType; readonly rows: readonly ValueArray[] }
  | { readonly kind: "texts"; readonly texts: readonly string[] };

export interface FitsColumn {
  /** TTYPE, or `col3` where it has none. Names may stand twice. */
  readonly name: string;
  /** TFORM as it stands. */
  readonly form: string;
  /** TUNIT, or nothing. */
  readonly unit: string;
  /** Reads the column of all rows, in pieces of a few MiB of the table. */
  load(): FitsValues;
}

export interface FitsTable {
  readonly rows: number;
  readonly columns: readonly FitsColumn[];
  /** The column of this name, whatever its case. @throws FoveaError `fits/column` naming those that there are */
  column(name: string): FitsColumn;
}

/**
 * The table of a unit: binary, ASCII, or random groups (their parameters, then `DATA`). Columns are read when they are
 * loaded.
 *
 * @throws FoveaError `fits/...` naming file, unit and keyword
 */
export function openFitsTable(unit: FitsUnit, limits: Limits = defaultLimits): FitsTable {
  refuseCompressed(unit);
  const { rows, columns } = columnsOf(unit, limits);
  return {
    rows,
    columns,
    column(name) {
      const found = columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
      if (found !== undefined) return found;
      const names = columns.map((column) => column.name).join(", ");
      throw fitsRefusal(
        "column",
        unit.header.label,
        `no column ${JSON.stringify(name)}; there are ${names}`,
        "name one of them",
      );
    },
  };
}

function columnsOf(unit: FitsUnit, limits: Limits): Pick<FitsTable, "rows" | "columns"> {
  switch (unit.kind) {
    case "table":
      return binaryColumns(unit, limits);
    case "ascii-table":
      return asciiColumns(unit, limits);
    case "groups":
      return groupColumns(unit);
    default:
      throw fitsRefusal("kind", unit.header.label, `it holds no table (${unit.kind})`, "open it as an image");
  }
}
