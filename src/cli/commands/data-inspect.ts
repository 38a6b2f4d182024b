import type { FileInspection } from "../../data/inspect-file.ts";
import type { LayoutInspection } from "../../data/folder-layouts.ts";
import type { DataInspection, SplitInspection } from "../../data/inspect-data.ts";
import type { PathInspection } from "../../data/inspect-path.ts";
import { FoveaError } from "../../errors/fovea-error.ts";
import { escapeControls, showError } from "../../errors/show-error.ts";
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
  flags: ["quiet", "json"],
  examples: ["data inspect ./photos", "data inspect ./photos labels.npy --json"],
  async run({ things, terminal }) {
    const { inspectPath } = await import("../../data/inspect-path.ts");
    let exitCode: 0 | 1 | 2 = 0;
    for (const path of things) {
      try {
        const inspection = await inspectPath(path, (done, total) => terminal.detail(`${done} of ${total} images`));
        terminal.result(inspection.found, () => describe(inspection).map(escapeControls));
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

function describeImages({ root, format, splits, problems, overlap, duplicates }: DataInspection): string[] {
  const pairs = (what: string, list: DataInspection["overlap"]): string[] => [
    ...(list.length === 0 ? [] : [`${what}: ${list.length}`]),
    ...list.slice(0, shownPairs).map(({ first, second }) => `  ${first} = ${second}`),
  ];
  return [
    `${root}: ${format}`,
    ...Object.entries(splits).flatMap(([name, split]) => describeSplit(name, split)),
    ...pairs("the same picture in train and val", overlap),
    ...pairs("the same picture twice", duplicates),
    ...describeProblems(problems),
  ];
}

const describeProblems = (problems: readonly string[]): string[] =>
  problems.length === 0 ? ["no problems"] : [`problems: ${problems.length}`, ...problems.map((line) => `  ${line}`)];

const shownClasses = 20;

function describeSplit(name: string, { count, classes, sizes }: SplitInspection): string[] {
  const listed = classes.slice(0, shownClasses).map((one) => `${one.name} ${one.count}`);
  const rest = classes.length > shownClasses ? `, and ${classes.length - shownClasses} more` : "";
  const common = sizes.slice(0, 3).map(({ width, height, count: images }) => `${width}x${height} (${images})`);
  return [
    `  ${name}: ${count} images, ${classes.length} classes: ${listed.join(", ")}${rest}`,
    `    sizes ${common.join(", ")}${sizes.length > 3 ? `, and ${sizes.length - 3} more` : ""}`,
  ];
}
