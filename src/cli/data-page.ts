import type { DataInspection, SplitInspection } from "../data/inspect-data.ts";
import type { TargetCounts } from "../data/annotated/target-counts.ts";
import type { Split } from "../data/split.ts";
import { barPlot } from "../report/bar-plot.ts";
import { type ReportFigure, type ReportSection, type ReportTable, renderPage } from "../report/page.ts";

/** Classes and sizes that are drawn; the tables have all. */
const mostBars = 40;
const mostRows = 500;

/** A set of images as one HTML file: counts, balance of classes, sizes, what is twice, problems, samples. */
export function dataPage(found: DataInspection, sheet: Uint8Array, date: string): string {
  const splits = Object.entries(found.splits) as [Split, SplitInspection][];
  return renderPage({
    title: found.root,
    subtitle: `${found.format}, as fovea data inspect reads it`,
    summary: [
      ...splits.map(([name, { count }]) => [`${name} images`, count] as const),
      ["classes", found.classNames.length],
      ["in train and val", found.overlap.length],
      ["twice", found.duplicates.length],
      ["problems", found.problems.length],
    ],
    sections: [
      faults(found),
      ...splits.flatMap(([name, split]) => classesOf(name, split)),
      ...splits.map(([name, split]) => sizesOf(name, split)),
      ...splits.flatMap(([name, { targets }]) => (targets === undefined ? [] : [targetsOf(name, targets)])),
      { heading: "Samples", figures: [{ png: sheet, alt: "Samples with what is known of them" }] },
    ],
    footer: `fovea data inspect ${found.root} --html; ${date}`,
  });
}

function faults({ problems, notes, overlap, duplicates }: DataInspection): ReportSection {
  const pairs = (caption: string, list: DataInspection["overlap"], name: string): ReportTable[] =>
    list.length === 0
      ? []
      : [{ caption: few(caption, list), name, columns: ["picture", "is the same as"], rows: list.slice(0, mostRows).map(({ first, second }) => [first, second]) }]; // prettier-ignore
  const lines = (caption: string, list: readonly string[], name: string): ReportTable[] =>
    list.length === 0
      ? []
      : [{ caption: few(caption, list), name, columns: [caption.toLowerCase()], rows: list.slice(0, mostRows).map((line) => [line]) }]; // prettier-ignore
  const tables = [
    ...lines("Problems", problems, "problems"),
    ...lines("Notes", notes, "notes"),
    ...pairs("The same picture in train and val", overlap, "overlap"),
    ...pairs("The same picture twice", duplicates, "twice"),
  ];
  return {
    heading: "Problems",
    text: problems.length === 0 ? "No problems: every image can be read." : `${problems.length} problems.`,
    tables,
  };
}

const few = (caption: string, { length }: readonly unknown[]): string =>
  length > mostRows ? `${caption}: the first ${mostRows} of ${length}` : `${caption}: ${length}`;

function classesOf(split: Split, { classes }: SplitInspection): ReportSection[] {
  if (classes.length === 0) return [];
  const sorted = [...classes].sort((a, b) => b.count - a.count);
  const [most, least] = [sorted[0].count, sorted[sorted.length - 1].count];
  return [
    {
      heading: `Classes of ${split}`,
      text: `${classes.length} classes; the largest has ${most} images, the smallest ${least}.`,
      figures: bars(
        `Images of each class in ${split}`,
        sorted.map(({ name, count }) => ({ label: name, value: count })),
      ),
      tables: [{ name: `classes-${split}`, columns: ["class", "images"], rows: sorted.map(({ name, count }) => [name, count]) }], // prettier-ignore
    },
  ];
}

function sizesOf(split: Split, { sizes }: SplitInspection): ReportSection {
  return {
    heading: `Sizes in ${split}`,
    text: `${sizes.length} different sizes.`,
    figures: bars(`Images of each shorter side in ${split}`, shorterSides(sizes)),
    tables: [{ name: `sizes-${split}`, columns: ["width", "height", "images"], rows: sizes.slice(0, mostRows).map(({ width, height, count }) => [width, height, count]) }], // prettier-ignore
  };
}

/** Images by length of the shorter side, in up to twelve steps. */
function shorterSides(sizes: SplitInspection["sizes"]): { label: string; value: number }[] {
  const sides = sizes.map(({ width, height }) => Math.min(width, height));
  const [low, high] = [Math.min(...sides), Math.max(...sides)];
  const step = Math.max(1, Math.ceil((high - low + 1) / 12));
  const counts = Array.from({ length: Math.ceil((high - low + 1) / step) }, () => 0);
  sizes.forEach(({ count }, i) => (counts[Math.floor((sides[i] - low) / step)] += count));
  return counts.map((value, i) => {
    const [from, to] = [low + i * step, low + (i + 1) * step - 1];
    return { label: from === to ? `${from}` : `${from} to ${to}`, value };
  });
}

function bars(title: string, all: readonly { label: string; value: number }[]): ReportFigure[] {
  if (all.length === 0) return [];
  const shown = all.slice(0, mostBars);
  const most = Math.max(1, ...shown.map(({ value }) => value));
  const name = all.length > mostBars ? `${title}: the ${mostBars} largest` : title;
  const svg = barPlot({ title: name, x: "images", bars: shown, domain: [0, most] });
  return [{ svg, alt: name }];
}

function targetsOf(split: Split, targets: TargetCounts): ReportSection {
  const { instances, panoptic, semantic, ...single } = targets;
  const facts = Object.entries(single).flatMap(
    ([kind, figures]) =>
    Object.entries(figures as Readonly<Record<string, number>>).map(([what, value]) => [`${kind}: ${what}`, value] as const), // prettier-ignore
  );
  const counted = (caption: string, list: readonly { name: string; count: number }[]): ReportTable => ({
    caption,
    columns: ["category", "number"],
    rows: list.filter(({ count }) => count > 0).map(({ name, count }) => [name, count]),
  });
  return {
    heading: `Annotations of ${split}`,
    tables: [
      ...(facts.length === 0
        ? []
        : [{ columns: ["what", "number"], rows: facts.map(([what, value]) => [what, value]) }]),
      ...(instances === undefined ? [] : [counted(`Instances: ${instances.count}`, instances.categories)]),
      ...(panoptic === undefined ? [] : [counted(`Segments: ${panoptic.segments}`, panoptic.categories)]),
      ...(semantic === undefined
        ? []
        : [{ caption: "Share of the pixels", columns: ["class", "share"], rows: semantic.categories.filter(({ share }) => share > 0).map(({ name, share }) => [name, share]) }]), // prettier-ignore
    ],
  };
}
