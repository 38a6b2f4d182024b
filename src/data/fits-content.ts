import type { ByteSource } from "../files/byte-source.ts";
import { verifyFitsChecksums } from "../formats/fits/fits-checksum.ts";
import { readFitsImage } from "../formats/fits/fits-image.ts";
import { type FitsColumn, type FitsValues, openFitsTable } from "../formats/fits/fits-table.ts";
import { type FitsUnit, openFits } from "../formats/fits/open-fits.ts";
import { fitsRefusal } from "../formats/fits/fits-error.ts";
import { type ArraySummary, summariseArray, summariseLists, summariseTexts } from "./array-summary.ts";
import type { FileContent } from "./file-kinds.ts";

/** Images as `0`, columns as `1.TIME`: number of the unit, then the column's name. */
export function fitsContent(source: ByteSource): FileContent {
  const units = openFits(source);
  return { arrays: summaries(units), details: { units: units.map(describeUnit) } };
}

function describeUnit(unit: FitsUnit): object {
  const { index, kind, name } = unit;
  const { data, unit: whole } = verifyFitsChecksums(unit);
  const checksum = data === undefined && whole === undefined ? {} : { checksum: data !== false && whole !== false };
  return { index, kind, ...(name === "" ? {} : { name }), ...rowsOf(unit), ...checksum };
}

const isTable = ({ kind }: FitsUnit): boolean => kind === "table" || kind === "ascii-table" || kind === "groups";

const rowsOf = (unit: FitsUnit): object => (isTable(unit) ? { rows: openFitsTable(unit).rows } : {});

function* summaries(units: readonly FitsUnit[]): Generator<ArraySummary> {
  for (const unit of units) {
    if (unit.kind === "empty") continue;
    if (unit.kind === "other")
      throw fitsRefusal(
        "kind",
        unit.header.label,
        `extensions of kind ${unit.header.text("XTENSION") ?? "none"} are not read`,
      );
    if (isTable(unit)) for (const column of openFitsTable(unit).columns) yield summariseColumn(unit.index, column);
    else yield summariseArray(String(unit.index), readFitsImage(unit));
  }
}

function summariseColumn(index: number, column: FitsColumn): ArraySummary {
  const values = column.load();
  const summary = summariseValues(`${index}.${column.name}`, values);
  const nulls = values.kind === "array" && values.nulls > 0 ? { nulls: values.nulls } : {};
  return { ...summary, ...nulls, ...(column.unit === "" ? {} : { unit: column.unit }) };
}

function summariseValues(name: string, values: FitsValues): ArraySummary {
  switch (values.kind) {
    case "array":
      return summariseArray(name, values.array);
    case "text":
      return summariseTexts(name, values.shape, values.texts);
    case "texts":
      return summariseTexts(name, [values.texts.length], values.texts);
    case "lists":
      return summariseLists(name, values.type, values.rows);
  }
}
