import { FoveaError } from "../../errors/fovea-error.ts";
import { escapeControls } from "../../errors/show-error.ts";
import type { Command } from "../command.ts";

const shown = 20;

export const dataConvert: Command = {
  path: "data convert",
  summary: "write a data set in another layout",
  details:
    "Reads any layout that training reads; writes --format folder (SPLIT/CLASS/IMAGE), webdataset (tar shards) or coco (JSON). " +
    "Image files keep their bytes. TO appears when all of it is written. What the new layout cannot hold is named. The exit " +
    "code is 1 where images had to be left out.",
  usage: "FROM TO",
  things: [2, 2],
  flags: ["format", "overwrite", "quiet", "verbose", "json"],
  examples: ["data convert ./photos ./shards --format webdataset", "data convert ./voc ./coco --format coco"],
  async run({ things: [from, to], flags, terminal }) {
    if (flags.format === undefined) {
      throw new FoveaError("cli/flag", "data convert needs --format", {
        hint: "--format folder, webdataset or coco",
        exitCode: 2,
      });
    }
    const { convertData } = await import("../../data/convert/convert-data.ts");
    const progress = (done: number, total: number) => {
      if (done % 500 === 0) terminal.detail(`${done} of ${total} images`);
    };
    const report = await convertData({ root: from }, to, {
      format: flags.format,
      overwrite: flags.overwrite,
      progress,
    });
    const { images, dropped, unreadable } = report;
    terminal.result(report, () =>
      [
        `${to}: ${Object.entries(images).map(([split, count]) => `${count} ${split}`).join(", ")} images as ${report.format}`, // prettier-ignore
        ...(dropped.length > 0 ? [`  left out, since ${report.format} cannot hold it: ${dropped.join(", ")}`] : []),
        ...(unreadable.length > 0 ? [`  images left out: ${unreadable.length}`] : []),
        ...unreadable.slice(0, shown).map((sentence) => `    ${sentence}`),
      ].map(escapeControls),
    );
    return unreadable.length > 0 ? 1 : 0;
  },
};
