import type { DataInspection, SplitInspection } from "../../data/inspect-data.ts";
import { escapeControls } from "../../errors/show-error.ts";
import type { Command } from "../command.ts";

export const dataInspect: Command = {
  path: "data inspect",
  summary: "what is in a data set, and what is wrong with it",
  details:
    "Reads every image as a training would: classes, sizes, unreadable files, pictures that are twice or in both splits. " +
    "The exit code is 1 where there are problems.",
  usage: "PATH...",
  things: [1, Infinity],
  flags: ["quiet", "json"],
  examples: ["data inspect ./photos", "data inspect ./photos ./more --json"],
  async run({ things, terminal }) {
    const { inspectData } = await import("../../data/inspect-data.ts");
    let problems = 0;
    for (const root of things) {
      const found = await inspectData({ root }, (done, total) => terminal.detail(`${done} of ${total} images`));
      problems += found.problems.length;
      terminal.result(found, () => describe(found));
    }
    return problems === 0 ? 0 : 1;
  },
};

const shownPairs = 5;

function describe({ root, format, splits, problems, overlap, duplicates }: DataInspection): string[] {
  const pairs = (what: string, list: DataInspection["overlap"]): string[] => [
    ...(list.length === 0 ? [] : [`${what}: ${list.length}`]),
    ...list.slice(0, shownPairs).map(({ first, second }) => `  ${first} = ${second}`),
  ];
  return [
    `${root}: ${format}`,
    ...Object.entries(splits).flatMap(([name, split]) => describeSplit(name, split)),
    ...pairs("the same picture in train and val", overlap),
    ...pairs("the same picture twice", duplicates),
    ...(problems.length === 0
      ? ["no problems"]
      : [`problems: ${problems.length}`, ...problems.map((line) => `  ${line}`)]),
  ].map(escapeControls);
}

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
