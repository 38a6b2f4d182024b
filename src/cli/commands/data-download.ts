import { FoveaError } from "../../errors/fovea-error.ts";
import { escapeControls } from "../../errors/show-error.ts";
import type { Command } from "../command.ts";

export const dataDownload: Command = {
  path: "data download",
  summary: "fetch a public data set, or an archive from an address, into a folder",
  details:
    "NAME is cifar10 or cifar100. The terms are shown, and nothing is fetched without --yes. An interrupted download goes on " +
    "with the same command. The folder appears when the checksum fits and all is unpacked (tar, tar.gz, zip). Only https.",
  usage: "NAME|URL DIR",
  things: [2, 2],
  flags: ["yes", "checksum", "maxBytes", "overwrite", "quiet", "verbose", "json"],
  examples: ["data download cifar10 ./cifar10 --yes", "data download https://example.org/birds.zip ./birds --yes"],
  async run({ things: [name, to], flags, terminal }) {
    const { findDownload } = await import("../../data/download/catalogue.ts");
    const download = findDownload(name, flags.checksum);
    const size = download.bytes === undefined ? "" : ` (${download.bytes} bytes)`;
    terminal.note(`${download.url}${size}\nterms: ${download.licence}`);
    if (!flags.yes) {
      throw new FoveaError("data/download", `nothing was fetched: --yes says that you accept the terms of ${name}`, {
        hint: `terms: ${download.licence}`,
        exitCode: 2,
      });
    }
    const { downloadData } = await import("../../data/download/download-data.ts");
    let told = 0;
    const report = await downloadData(download, to, {
      ...(flags.maxBytes !== undefined && { mostBytes: flags.maxBytes }),
      overwrite: flags.overwrite,
      progress(done, total) {
        if (done - told < 16 * 2 ** 20) return;
        told = done;
        terminal.note(`${done}${total === undefined ? "" : ` of ${total}`} bytes`);
      },
    });
    terminal.result(report, () =>
      [
        `${to}: ${report.files} files of ${report.bytes} bytes${report.resumedAt > 0 ? `, resumed at ${report.resumedAt}` : ""}`,
        `  sha256 ${report.sha256}${report.verified ? ", checksum verified" : ", compared with nothing: no checksum was given"}`,
      ].map(escapeControls),
    );
  },
};
