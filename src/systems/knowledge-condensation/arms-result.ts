import { meanAndDeviation } from "../../metrics/mean-and-deviation.ts";
import { pairedDifference } from "../../metrics/paired-difference.ts";
import { linePlot } from "../../report/line-plot.ts";
import { renderPage, type ReportPage } from "../../report/page.ts";
import { csvTable, markdownTable, type Table } from "../../report/table.ts";
import type { RunDirectory } from "../../train/run-directory.ts";
import type { StudyContext, StudyResult } from "../../train/study.ts";
import { type Arm, armId, type ArmsSettings } from "./arms.ts";

/** What arms are compared by; larger is better where the sign is 1. */
const measures = [
  ["val/accuracy", "accuracy", 1],
  ["val/loss", "cross-entropy", -1],
  ["val/klToTeacher", "KL to the teacher", -1],
] as const;

interface Done {
  readonly arm: Arm;
  readonly seed: number;
  readonly run: RunDirectory;
}

/** Mean and deviation of every arm, and paired differences of the condensed arm and of full distillation to all others. */
export function armsResult(settings: ArmsSettings, context: StudyContext): Promise<StudyResult> {
  const done = settings.seeds.flatMap((seed) =>
    settings.arms.flatMap((arm): Done[] => {
      const run = context.done(armId(arm, seed));
      return run === undefined ? [] : [{ arm, seed, run }];
    }),
  );
  const tables = [armsTable(settings, done), ...pairTables(settings, done)];
  const page: ReportPage = {
    title: `${context.name}: ${settings.distiller}, ρ = ${settings.keep}`,
    subtitle: "Arms with paired seeds: the same student to start from, the same order of data.",
    summary: [
      ["runs", `${done.length} of ${settings.seeds.length * settings.arms.length}`],
      ["teacher", settings.teacher ?? "none"],
    ],
    sections: [
      { heading: "Arms", figures: [curves(settings, done)], tables: [{ ...tables[0], name: "arms" }] },
      {
        heading: "Paired differences",
        text: "Mean over the seeds that both arms have, with a bootstrap interval of 95%. `seeds needed`: pairs with which a test would find a true effect of this size four times in five.",
        tables: tables.slice(1).map((table, i) => ({ ...table, name: `pairs-${i}` })),
      },
    ],
  };
  return Promise.resolve({
    summary: { runs: done.length, tables: tables.map(({ columns, rows }) => ({ columns, rows })) },
    lines: tables.flatMap((table) => [markdownTable(table), ""]),
    files: new Map<string, string>([
      ["report.html", renderPage(page)],
      ["arms.csv", csvTable(tables[0])],
      ["tables.md", tables.map(markdownTable).join("\n\n")],
    ]),
  });
}

const valuesOf = (done: readonly Done[], arm: Arm, metric: string): Map<number, number> =>
  new Map(
    done.filter((each) => each.arm === arm).map(({ seed, run }) => [seed, run.readInfo().metrics[metric] ?? NaN]),
  );

function armsTable({ arms }: ArmsSettings, done: readonly Done[]): Table {
  const rows = arms.map((arm) => {
    const own = done.filter((each) => each.arm === arm).map(({ run }) => run.readInfo());
    const spread = measures.map(([metric]) => {
      const { mean, deviation } = meanAndDeviation([...valuesOf(done, arm, metric).values()]);
      return `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`;
    });
    const mean = (values: readonly number[]): number => meanAndDeviation(values).mean;
    return [
      arm,
      own.length,
      ...spread,
      Math.round(mean(own.map(({ cost }) => cost.images))),
      Math.round(mean(own.map(({ step }) => step))),
      Number(mean(own.map(({ cost }) => cost.seconds)).toFixed(1)),
      `${(100 * mean(own.map(({ metrics, cost }) => (metrics["condensation/milliseconds"] ?? NaN) / 1000 / cost.seconds))).toFixed(2)}%`,
    ];
  });
  const columns = [
    "arm",
    "seeds",
    ...measures.map(([, name]) => name),
    "visits",
    "steps",
    "seconds",
    "time condensing",
  ];
  return { columns, rows };
}

function pairTables({ arms }: ArmsSettings, done: readonly Done[]): Table[] {
  return measures.map(([metric, name]) => ({
    columns: [`${name}: difference`, "pairs", "mean", "deviation", "low", "high", "wins", "seeds needed"],
    rows: pairsOf(arms).flatMap(([a, b]) => {
      const [from, to] = [valuesOf(done, a, metric), valuesOf(done, b, metric)];
      const seeds = [...from.keys()].filter((seed) => to.has(seed));
      if (seeds.length === 0) return [];
      const values = (of: ReadonlyMap<number, number>): number[] => seeds.map((seed) => of.get(seed) ?? NaN);
      const d = pairedDifference(values(from), values(to));
      const digits = (value: number): number => Number(value.toFixed(5));
      return [
        [
          `${b} − ${a}`,
          seeds.length,
          digits(d.mean),
          digits(d.deviation),
          digits(d.interval.low),
          digits(d.interval.high),
          `${d.larger} of ${seeds.length}`,
          d.pairsNeeded,
        ],
      ];
    }),
  }));
}

/** Full distillation against labels alone, then condensed against every other. */
function pairsOf(arms: readonly Arm[]): (readonly [Arm, Arm])[] {
  const others = arms.filter((arm) => arm !== "condensed" && arm !== "cross-entropy");
  const pairs: (readonly [Arm, Arm])[] = [
    ["cross-entropy", "full"],
    ...others.map((arm) => [arm, "condensed"] as const),
  ];
  return pairs.filter((pair) => pair.every((arm) => arms.includes(arm)));
}

/** Mean accuracy of each arm against the images it has seen. */
function curves({ arms }: ArmsSettings, done: readonly Done[]) {
  const series = arms.map((name) => {
    const byVisits = new Map<number, number[]>();
    for (const { run } of done.filter(({ arm }) => arm === name))
      for (const line of run.metrics())
        if (line["val/accuracy"] !== undefined)
          byVisits.set(line.images, [...(byVisits.get(line.images) ?? []), line["val/accuracy"]]);
    return { name, points: [...byVisits].map(([images, values]) => [images, meanAndDeviation(values).mean] as const) };
  });
  const svg = linePlot({
    title: "Accuracy against sample visits",
    run: "mean over seeds",
    x: "images seen",
    y: "held-out accuracy",
    series: series.filter(({ points }) => points.length > 0),
  });
  return { svg, alt: "Mean held-out accuracy of each arm against images seen" };
}
