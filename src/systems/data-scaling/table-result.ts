import type { StudyResult } from "../../train/study.ts";
import { analyse } from "./analysis/analyse.ts";
import { studySummary } from "./analysis/summary.ts";
import { summaryLines } from "./study-report/summary-lines.ts";
import { studyReport } from "./study-report/study-report.ts";
import type { StudyTable } from "./study-table.ts";

/** What a table of cells shows: cells.json, the analysis, and its report with figures and tables as files. */
export function tableResult(table: StudyTable): Promise<StudyResult> {
  const cells: readonly [string, string] = ["cells.json", `${JSON.stringify(table, null, 1)}\n`];
  const { study, missing } = table;
  if (table.cells.length === 0) {
    const summary = { study, cells: 0, missing: missing.length };
    return Promise.resolve({ summary, lines: [`no cell measured yet of ${missing.length}`], files: new Map([cells]) });
  }
  const analysis = analyse(table);
  return Promise.resolve({
    summary: studySummary(analysis),
    lines: summaryLines(analysis),
    files: new Map([cells, ...studyReport(analysis)]),
  });
}
