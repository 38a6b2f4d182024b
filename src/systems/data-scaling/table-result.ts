import type { StudyResult } from "../../train/study.ts";
import { analyse } from "./analysis/analyse.ts";
import { studySummary } from "./analysis/summary.ts";
import type { StudyTable } from "./study-table.ts";

/** What a table of cells shows: cells.json and the analysis. */
export function tableResult(table: StudyTable): Promise<StudyResult> {
  const summary = table.cells.length === 0 ? { study: table.study, cells: 0, missing: table.missing.length } : studySummary(analyse(table)); // prettier-ignore
  const { cells, missing } = table;
  return Promise.resolve({
    summary,
    lines: [`${cells.length} cells measured, ${missing.length} missing`],
    files: new Map([["cells.json", `${JSON.stringify(table, null, 1)}\n`]]),
  });
}
