import type { Refusal, SuiteResult } from "./run-suite-case.ts";

interface Tally {
  passed: number;
  checked: number;
  noRule: number;
  failed: number;
  readonly refused: Map<Refusal, number>;
}

/** What a run says, as Markdown: the sums, and a line for each operator type of the cases that hold it directly. */
export function suiteTable(results: readonly SuiteResult[]): string {
  const plain = results.filter(({ name }) => !name.includes("_expanded"));
  const byType = new Map<string, Tally>();
  for (const result of plain)
    for (const type of result.types) {
      const tally = byType.get(type) ?? { passed: 0, checked: 0, noRule: 0, failed: 0, refused: new Map() };
      count(tally, result);
      byType.set(type, tally);
    }
  const types = [...byType].sort(([a], [b]) => (a < b ? -1 : 1));
  const listed = types.filter(([, { passed }]) => passed > 0);
  const whole = listed.filter(([, { failed, refused }]) => failed === 0 && isOnlyTypes(refused));
  const missing = types.filter(([, { passed }]) => passed === 0);
  return [
    sums(results, plain.length),
    `${listed.length} operator types pass; of ${whole.length} of them every case in float32, float64, float16, int32, int64, uint8 and bool does.`,
    `Not supported: ${missing.map(([type, tally]) => `${type} (${total(tally)})`).join(", ")}.`,
    "| operator | passed | gradient checked | no gradient rule | refused |\n| --- | ---: | ---: | ---: | --- |\n" +
      listed.map(([type, tally]) => line(type, tally)).join("\n"),
  ].join("\n\n");
}

function count(tally: Tally, result: SuiteResult): void {
  if (result.status === "failed") tally.failed++;
  else if (result.status === "skipped") tally.refused.set(result.refusal, (tally.refused.get(result.refusal) ?? 0) + 1);
  else {
    tally.passed++;
    if (result.gradient.kind === "checked") tally.checked++;
    if (result.gradient.kind === "no rule") tally.noRule++;
  }
}

const isOnlyTypes = (refused: ReadonlyMap<Refusal, number>): boolean =>
  [...refused.keys()].every((refusal) => refusal === "element type" || refusal === "value type");

const total = ({ passed, failed, refused }: Tally): number =>
  passed + failed + [...refused.values()].reduce((sum, n) => sum + n, 0);

const line = (type: string, { passed, checked, noRule, refused }: Tally): string =>
  `| ${type} | ${passed} | ${checked || ""} | ${noRule || ""} | ${[...refused].map(([why, n]) => `${n} ${why}`).join(", ")} |`;

function sums(results: readonly SuiteResult[], plain: number): string {
  const passed = results.filter((result) => result.status === "passed");
  const gradients = (kind: string): number =>
    passed.filter((result) => result.status === "passed" && result.gradient.kind === kind).length;
  const refused = new Map<string, number>();
  for (const result of results)
    if (result.status === "skipped") refused.set(result.refusal, (refused.get(result.refusal) ?? 0) + 1);
  const rows: readonly (readonly [string, number])[] = [
    [`cases (${plain}, and ${results.length - plain} that spell a function out)`, results.length],
    ["passed", passed.length],
    ["— gradient agrees with finite differences", gradients("checked")],
    ["— nothing to differentiate (whole numbers, bools, other floats than float32)", gradients("none")],
    ["— runs, has no gradient rule here", gradients("no rule")],
    ["— gradient not finite at these inputs (masked rows, infinities)", gradients("not finite")],
    ["failed", results.filter(({ status }) => status === "failed").length],
    ...[...refused].map(([why, n]) => [`refused by name: ${why}`, n] as const),
  ];
  return `| | cases |\n| --- | ---: |\n${rows.map(([what, n]) => `| ${what} | ${n} |`).join("\n")}`;
}
