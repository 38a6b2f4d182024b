import { blockRows } from "../../report/block-rows.ts";
import { linePlot } from "../../report/line-plot.ts";
import { renderPage, type ReportSection } from "../../report/page.ts";
import type { Cell } from "../../report/table.ts";
import type { StudyContext } from "../../train/study.ts";
import { footerOf, pointsOf } from "../../train/write-report.ts";
import type { ArmResult } from "./arm-results.ts";
import { divisionsOf } from "./backbone.ts";
import { criticalWork, incubationCost, totalWork } from "./cost.ts";
import { blocksOf } from "./division.ts";
import { armRuns } from "./plan.ts";
import type { IncubationRecipe } from "./schema.ts";

/** report.html of an incubation. */
export function incubationPage(recipe: IncubationRecipe, context: StudyContext, arms: readonly ArmResult[]): string {
  const [own] = arms;
  const info = context.done("meta")?.readInfo();
  const percent = (share: number | undefined): Cell => (share === undefined ? "not done yet" : 100 * share);
  return renderPage({
    title: context.name,
    subtitle: "Modules trained apart beside one meta model, then assembled and fine-tuned (Deep Incubation)",
    summary: [
      ["accuracy, %", percent(own.final)],
      ["assembled, %", percent(own.assembled)],
      ["meta model, %", percent(own.meta)],
      ["modules", own.hybrids.length],
    ],
    sections: [
      picture(recipe),
      armTable(arms),
      costSection(recipe, arms),
      ...accuracyAgainstCost(context, arms),
      ...moduleCurves(recipe, context),
      ...tuningCurves(recipe, context),
    ],
    ...(info === undefined ? {} : { footer: footerOf(info) }),
  });
}

/** The networks of a plan: which parts learn, and which are frozen. */
function picture({ model, modules }: IncubationRecipe): ReportSection {
  const { target, meta } = divisionsOf(model, modules);
  const [own, small] = [blocksOf(target), blocksOf(meta)];
  const [trained, frozen] = [0, 1];
  const part = (module: number, width: number, kind: number) => ({ label: `${module}`, width, kind });
  const row = (label: string, widths: readonly number[], kindOf: (module: number) => number) => ({
    label,
    parts: widths.map((width, module) => part(module, width, kindOf(module))),
  });
  const rows = [
    row("meta model", small, () => trained),
    ...own.map((_, module) =>
      row(
        `module ${module}`,
        small.map((width, i) => (i === module ? own[i] : width)),
        (i) => (i === module ? trained : frozen),
      ),
    ),
    row("fine-tuning", own, () => trained),
  ];
  return {
    heading: "What learns when",
    text: "A row for each training, from the image on the left to the logits on the right; a part is as wide as it has blocks and carries the number of its module. The first part holds the embedding, the last the norm and the head. Modules do not wait for each other. No weight of the meta model is in the assembled network.",
    figures: [
      {
        svg: blockRows({
          title: "Networks and their frozen parts",
          rows,
          kinds: ["trained", "frozen, from the meta model"],
        }),
        alt: `Meta model of ${small.join(" + ")} blocks, a hybrid network for each module of ${own.join(" + ")} blocks, and the assembled network`,
      },
    ],
  };
}

function armTable(arms: readonly ArmResult[]): ReportSection {
  const percent = (share: number | undefined): Cell => (share === undefined ? null : 100 * share);
  return {
    heading: "Accuracy",
    text: "On held-out images at the end of each training, in percent. “Assembled” is the target as it is put together, before any update of its own.",
    tables: [
      {
        columns: ["way", "meta model", "worst hybrid", "best hybrid", "assembled", "at the end", "training loss"],
        rows: arms.map(({ name, meta, hybrids, assembled, final, trainLoss }) => {
          const known = hybrids.filter((value) => value !== undefined);
          const [worst, best] = known.length === 0 ? [undefined, undefined] : [Math.min(...known), Math.max(...known)];
          return [
            name,
            percent(meta),
            percent(worst),
            percent(best),
            percent(assembled),
            percent(final),
            trainLoss ?? null,
          ];
        }),
      },
    ],
  };
}

function costSection(recipe: IncubationRecipe, arms: readonly ArmResult[]): ReportSection {
  const units = incubationCost(recipe);
  const share = (work: number): Cell => (units.endToEnd === 0 ? null : work / units.endToEnd);
  const unitRows: readonly (readonly [string, number])[] = [
    ["meta model", units.meta],
    ...units.modules.map((work, module) => [`module ${module}`, work] as const),
    ["fine-tuning", units.tuning],
    ["all, one after the other", totalWork(units)],
    ["longest chain, a machine for each module", criticalWork(units)],
    ["end to end", units.endToEnd],
  ];
  return {
    heading: "Cost",
    text: "By formula: a unit is one block's forward pass, input gradient or weight gradient of one image of an epoch. Measured: operations counted from the graphs that ran, and seconds of training as they were on this machine. The longest chain is meta model, slowest module, fine-tuning.",
    tables: [
      {
        caption: "By formula",
        columns: ["training", "units", "of end to end"],
        rows: unitRows.map(([name, work]) => [name, work, share(work)]),
      },
      {
        caption: "Measured",
        columns: ["way", "TFLOP", "TFLOP, longest chain", "seconds", "seconds, longest chain"],
        rows: arms.map(({ name, measures }) => [
          name,
          measures?.teraflops ?? null,
          measures?.criticalTeraflops ?? null,
          measures?.seconds ?? null,
          measures?.criticalSeconds ?? null,
        ]),
      },
    ],
  };
}

/** Both ways of training as they go: accuracy against the operations done by then. */
function accuracyAgainstCost(context: StudyContext, arms: readonly ArmResult[]): ReportSection[] {
  const endToEnd = context.done("end-to-end");
  const tuning = context.done("tuning");
  const [own] = arms;
  if (endToEnd === undefined || tuning === undefined || own.measures === undefined) return [];
  const along = (run: typeof tuning, from: number): (readonly [number, number])[] => {
    const { cost, step } = run.readInfo();
    return pointsOf(run.metrics(), "val/accuracy").map(
      ([at, value]) => [from + (cost.flops / 1e12) * (at / Math.max(step, 1)), value] as const,
    );
  };
  const tuningWork = tuning.readInfo().cost.flops / 1e12;
  const assembled: (readonly [number, number])[] =
    own.assembled === undefined ? [] : [[own.measures.teraflops - tuningWork, own.assembled]];
  const chained: (readonly [number, number])[] =
    own.assembled === undefined ? [] : [[own.measures.criticalTeraflops - tuningWork, own.assembled]];
  const svg = linePlot({
    title: "Accuracy against work",
    x: "TFLOP",
    y: "share of held-out images",
    series: [
      { name: "end to end", points: along(endToEnd, 0) },
      { name: "incubation, all work", points: [...assembled, ...along(tuning, own.measures.teraflops - tuningWork)] },
      {
        name: "incubation, longest chain",
        points: [...chained, ...along(tuning, own.measures.criticalTeraflops - tuningWork)],
      },
    ],
  });
  return [
    {
      heading: "Accuracy against cost",
      text: "Incubation starts where its meta model and modules are paid for, with what the assembly gives before fine-tuning.",
      figures: [{ svg, alt: "Accuracy against operations, end to end and by incubation" }],
    },
  ];
}

/** Hybrid networks beside the meta model. */
function moduleCurves(recipe: IncubationRecipe, context: StudyContext): ReportSection[] {
  const runs = armRuns(recipe, "incubation");
  if (typeof runs === "string") return [];
  const curve = (id: string, name: string) => {
    const run = context.done(id);
    const images = run?.readInfo().cost.images ?? 0;
    const step = run?.readInfo().step ?? 1;
    const points = run === undefined ? [] : pointsOf(run.metrics(), "val/accuracy");
    return { name, points: points.map(([at, value]) => [(images * at) / step / 1000, value] as const) };
  };
  const series = [curve("meta", "meta model"), ...runs.modules.map((id, module) => curve(id, `module ${module}`))];
  if (series.every(({ points }) => points.length === 0)) return [];
  const svg = linePlot({
    title: "Accuracy of hybrid networks, module by module",
    x: "thousand images",
    y: "share of held-out images",
    series,
  });
  return [
    {
      heading: "Modules",
      text: "Each module alone learns inside a frozen meta model. A hybrid that reaches the meta model's accuracy has a module that is at least as good as the layer whose place it takes; the first one learns the embedding anew and takes longest.",
      figures: [{ svg, alt: "Accuracy of the meta model and of each hybrid network against the images seen" }],
    },
  ];
}

/** Fine-tuning of each arm, from what its assembly gives. */
function tuningCurves(recipe: IncubationRecipe, context: StudyContext): ReportSection[] {
  const series = (["incubation", ...(recipe.arms ?? [])] as const).flatMap((arm) => {
    const runs = armRuns(recipe, arm);
    const [assembly, tuning] = typeof runs === "string" ? [undefined, runs] : [runs.assembly, runs.tuning];
    if (arm === "end-to-end") return [];
    const run = context.done(tuning);
    const start = assembly === undefined ? undefined : context.done(assembly)?.readInfo().metrics["val/accuracy"];
    const points = run === undefined ? [] : pointsOf(run.metrics(), "val/accuracy");
    return points.length === 0
      ? []
      : [{ name: arm, points: [...(start === undefined ? [] : [[0, start] as const]), ...points] }];
  });
  if (series.length === 0) return [];
  const svg = linePlot({ title: "Fine-tuning", y: "share of held-out images", series });
  return [
    {
      heading: "Fine-tuning",
      text: "At step 0 the assembled network. The rate starts at its peak without a warm-up, so an assembly that is good already loses at first: judge the end.",
      figures: [{ svg, alt: "Accuracy against the step of fine-tuning, for each way of making the network" }],
    },
  ];
}
