import type { FileInspection } from "../../data/inspect-file.ts";
import type { LayoutInspection } from "../../data/folder-layouts.ts";
import type { TargetCounts } from "../../data/annotated/target-counts.ts";
import type { DataInspection, SplitInspection } from "../../data/inspect-data.ts";
import type { PathInspection } from "../../data/inspect-path.ts";
import { FoveaError } from "../../errors/fovea-error.ts";
import { escapeControls, showError } from "../../errors/show-error.ts";
import { commitFile } from "../../files/durable-writer.node.ts";
import { fileCalls } from "../../files/file-calls.node.ts";
import type { Command } from "../command.ts";
import type { Terminal } from "../terminal.ts";

export const dataInspect: Command = {
  path: "data inspect",
  summary: "what is in a data set or file, and what is wrong with it",
  details:
    "Reads every image of a folder as a training would: classes, sizes, unreadable files, pictures that are twice or in both " +
    "splits. Of a single file: types, shapes and figures of its arrays. The exit code is 1 where there are problems or a " +
    "file is refused.",
  usage: "PATH...",
  things: [1, Infinity],
  flags: ["html", "sheet", "overwrite", "quiet", "json"],
  examples: [
    "data inspect ./coco --sheet coco.png",
    "data inspect ./photos --html photos.html",
    "data inspect ./photos labels.npy --json",
  ],
  async run({ things, flags, terminal }) {
    for (const flag of ["sheet", "html"] as const) {
      if (flags[flag] === undefined || things.length === 1) continue;
      throw new FoveaError("cli/flag", `--${flag} is one file, but ${things.length} paths are given`, { exitCode: 2 });
    }
    const { inspectPath } = await import("../../data/inspect-path.ts");
    let exitCode: 0 | 1 | 2 = 0;
    for (const path of things) {
      try {
        const inspection = await inspectPath(path, (done, total) => terminal.detail(`${done} of ${total} images`));
        terminal.result(inspection.found, () => describe(inspection).map(escapeControls));
        await writeLooks(inspection, flags, terminal);
        if ("problems" in inspection.found && inspection.found.problems.length > 0) exitCode ||= 1;
      } catch (error) {
        if (!(error instanceof FoveaError)) throw error;
        refuse(path, error, terminal);
        exitCode ||= error.exitCode;
      }
    }
    return exitCode;
  },
};

type LookFlags = { readonly sheet?: string; readonly html?: string; readonly overwrite: boolean };

/** What a person looks at: the sheet of samples and the page. */
async function writeLooks(inspection: PathInspection, { sheet, html, overwrite }: LookFlags, terminal: Terminal) {
  if (sheet === undefined && html === undefined) return;
  if (inspection.kind !== "images") {
    const flag = sheet === undefined ? "html" : "sheet";
    throw new FoveaError("cli/flag", `--${flag} shows sets of images, this is ${inspection.found.format}`, {
      exitCode: 2,
    });
  }
  const { sheetSamples } = await import("../../data/sheet-samples.ts");
  const { contactSheet } = await import("../../report/contact-sheet.ts");
  const { samples, ...options } = await sheetSamples({ root: inspection.found.root });
  const png = contactSheet(samples, options);
  if (sheet !== undefined) {
    commitFile(fileCalls, sheet, [png], { overwrite });
    terminal.detail(`${samples.length} samples in ${sheet}`);
  }
  if (html === undefined) return;
  const { dataPage } = await import("../data-page.ts");
  const page = dataPage(inspection.found, png, new Date().toISOString().slice(0, 10));
  commitFile(fileCalls, html, [new TextEncoder().encode(page)], { overwrite });
  terminal.detail(`page in ${html}`);
}

/** One path that cannot be read does not hide the others. */
function refuse(path: string, error: FoveaError, terminal: Terminal): void {
  const { code, message, hint } = error;
  if (terminal.json) terminal.print(JSON.stringify({ path, error: { code, message, hint } }));
  else terminal.error(showError(error));
}

function describe(inspection: PathInspection): string[] {
  switch (inspection.kind) {
    case "file":
      return describeFile(inspection.found);
    case "images":
      return describeImages(inspection.found);
    case "layout":
      return describeLayout(inspection.found);
  }
}

const shownArrays = 40;

function describeFile({ path, format, bytes, compression, arrays }: FileInspection): string[] {
  const lines = arrays.slice(0, shownArrays).map(({ name, type, shape, min, max, notFinite }) => {
    const range = min === undefined ? "" : `, ${min} to ${max}`;
    return `  ${name}: ${type} [${shape.join(", ")}]${range}${notFinite === undefined ? "" : `, ${notFinite} not finite`}`;
  });
  const rest = arrays.length > shownArrays ? [`  and ${arrays.length - shownArrays} more`] : [];
  return [
    `${path}: ${format}${compression === undefined ? "" : ` (${compression})`}, ${bytes} bytes`,
    ...lines,
    ...rest,
  ];
}

function describeLayout({ root, format, counts, problems }: LayoutInspection): string[] {
  return [
    `${root}: ${format}`,
    ...Object.entries(counts).map(([what, count]) => `  ${what}: ${count}`),
    ...describeProblems(problems),
  ];
}

const shownPairs = 5;

function describeImages({ root, format, splits, problems, notes, overlap, duplicates }: DataInspection): string[] {
  const pairs = (what: string, list: DataInspection["overlap"]): string[] => [
    ...(list.length === 0 ? [] : [`${what}: ${list.length}`]),
    ...list.slice(0, shownPairs).map(({ first, second }) => `  ${first} = ${second}`),
  ];
  return [
    `${root}: ${format}`,
    ...Object.entries(splits).flatMap(([name, split]) => describeSplit(name, split)),
    ...pairs("the same picture in train and val", overlap),
    ...pairs("the same picture twice", duplicates),
    ...notes.map((note) => `note: ${note}`),
    ...describeProblems(problems),
  ];
}

const describeProblems = (problems: readonly string[]): string[] =>
  problems.length === 0 ? ["no problems"] : [`problems: ${problems.length}`, ...problems.map((line) => `  ${line}`)];

const shownClasses = 20;

function describeSplit(name: string, { count, classes, sizes, targets }: SplitInspection): string[] {
  const of =
    classes.length === 0
      ? ""
      : `, ${classes.length} classes: ${listed(classes.length > shownClasses ? present(classes) : classes)}`;
  const common = sizes.slice(0, 3).map(({ width, height, count: images }) => `${width}x${height} (${images})`);
  return [
    `  ${name}: ${count} images${of}`,
    `    sizes ${common.join(", ")}${sizes.length > 3 ? `, and ${sizes.length - 3} more` : ""}`,
    ...(targets === undefined ? [] : describeTargets(targets).map((line) => `    ${line}`)),
  ];
}

function describeTargets({ instances, keypoints, captions, semantic, panoptic, depth, pair }: TargetCounts): string[] {
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
  const shares = semantic?.categories.filter(({ share }) => share > 0) ?? [];
  return [
    ...(instances === undefined
      ? []
      : [
          `instances ${instances.count} (${instances.masks} masks, ${instances.crowds} crowds, ${instances.difficult} difficult): ${listed(present(instances.categories))}`,
        ]),
    ...(keypoints === undefined
      ? []
      : [`figures ${keypoints.figures}, ${keypoints.labelled} with ${keypoints.points} key points in all`]),
    ...(captions === undefined ? [] : [`captions ${captions.count}`]),
    ...(semantic === undefined
      ? []
      : [
          `pixels by class, ${percent(semantic.ignored)} ignored: ${shares
            .sort((a, b) => b.share - a.share)
            .slice(0, shownClasses)
            .map((one) => `${one.name} ${percent(one.share)}`)
            .join(", ")}`,
        ]),
    ...(panoptic === undefined
      ? []
      : [
          `segments ${panoptic.segments} (${panoptic.crowds} crowds), ${percent(panoptic.none)} of the pixels in none: ${listed(present(panoptic.categories))}`,
        ]),
    ...(depth === undefined
      ? []
      : [
          `depth ${depth.minMetres.toFixed(3)} to ${depth.maxMetres.toFixed(3)} m on ${percent(depth.valid)} of the pixels`,
        ]),
    ...(pair === undefined
      ? []
      : [
          `PSNR to the clean image ${pair.meanPsnr.toFixed(1)} dB (${pair.minPsnr.toFixed(1)} to ${pair.maxPsnr.toFixed(1)})`,
        ]),
  ];
}

type Counted = readonly { readonly name: string; readonly count: number }[];

const present = (counts: Counted): Counted => counts.filter(({ count }) => count > 0);

function listed(counts: Counted): string {
  const rest = counts.length > shownClasses ? `, and ${counts.length - shownClasses} more` : "";
  return counts.slice(0, shownClasses).map((one) => `${one.name} ${one.count}`).join(", ") + rest; // prettier-ignore
}
