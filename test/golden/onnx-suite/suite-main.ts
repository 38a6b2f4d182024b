import { writeFileSync } from "node:fs";
import { runSuite } from "./run-suite.ts";
import type { SuiteResult } from "./run-suite-case.ts";
import { suiteTable } from "./suite-table.ts";

/** Runs the cases below `directory`, prints what failed and the table. Returns the exit code. */
export async function suiteMain(directory: string, names: readonly string[]): Promise<number> {
  const results = await runSuite(directory, names);
  const written = process.env["FOVEA_SUITE_RESULTS"];
  if (written !== undefined) writeFileSync(written, JSON.stringify(results, null, 1));
  for (const result of results)
    if (result.status === "failed") console.log(`FAILED ${result.name}: ${result.why.replaceAll("\n", " ")}`);
  console.log(suiteTable(results));
  const count = (status: SuiteResult["status"]): number => results.filter((result) => result.status === status).length;
  console.log(`${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`);
  return count("failed") > 0 ? 1 : 0;
}
