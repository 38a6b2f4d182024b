import type { CaseResult } from "./run-case.ts";

/** One line a failure, one for each reason to skip with the names, and last `N passed, M failed, K skipped`. */
export function summary(results: readonly CaseResult[]): string {
  const lines: string[] = [];
  const skipped = new Map<string, string[]>();
  for (const result of results) {
    if (result.status === "failed") lines.push(`FAILED ${result.name}: ${result.why.replaceAll("\n", " ")}`);
    if (result.status === "skipped") skipped.set(result.why, [...(skipped.get(result.why) ?? []), result.name]);
  }
  for (const [why, names] of skipped)
    lines.push(`skipped ${names.length > 8 ? `${names.length} cases` : names.join(", ")}: ${why}`);
  const count = (status: CaseResult["status"]): number => results.filter((result) => result.status === status).length;
  return [...lines, `${count("passed")} passed, ${count("failed")} failed, ${count("skipped")} skipped`].join("\n");
}
