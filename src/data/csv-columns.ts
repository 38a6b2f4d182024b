import type { CsvTable } from "../formats/csv/csv.ts";

/** A column of a table: numbers where every field is one or empty (NaN), else texts. */
export type CsvColumn =
  | { readonly name: string; readonly kind: "numbers"; readonly values: Float64Array }
  | { readonly name: string; readonly kind: "texts"; readonly values: readonly string[] };

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const noNumber = /^(?:|nan|null|none|na|n\/a)$/i;

/** The columns of a table, all in memory. A column without any number is one of texts. */
export function csvColumns(table: CsvTable): CsvColumn[] {
  const fields: string[][] = table.columns.map(() => []);
  for (const row of table.rows()) for (const [i, field] of row.entries()) fields[i].push(field);
  return table.columns.map((name, i): CsvColumn => {
    const texts = fields[i].map((field) => field.trim());
    const numeric =
      texts.every((text) => number.test(text) || noNumber.test(text)) && texts.some((text) => number.test(text));
    if (!numeric) return { name, kind: "texts", values: fields[i] };
    return {
      name,
      kind: "numbers",
      values: Float64Array.from(texts, (text) => (number.test(text) ? Number(text) : NaN)),
    };
  });
}
