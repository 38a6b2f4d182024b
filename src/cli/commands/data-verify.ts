import { escapeControls } from "../../errors/show-error.ts";
import type { Command } from "../command.ts";

const shown = 20;

export const dataVerify: Command = {
  path: "data verify",
  summary: "whether the files of a data set are still what they were",
  details:
    "With --write: writes DIR/SHA256SUMS (as sha256sum does) of every file. Without: reads every file and names those that " +
    "changed, are missing or were added; the exit code is 1 where there are any.",
  usage: "DIR",
  things: [1, 1],
  flags: ["write", "overwrite", "quiet", "verbose", "json"],
  examples: ["data verify ./photos --write", "data verify ./photos"],
  async run({ things: [root], flags, terminal }) {
    const { checksumsFile, verifyChecksums, writeChecksums } = await import("../../data/verify/checksums.ts");
    const progress = (done: number, total: number) => {
      if (done % 1000 === 0) terminal.detail(`${done} of ${total} files`);
    };
    if (flags.write) {
      const written = writeChecksums(root, { overwrite: flags.overwrite, progress });
      terminal.result(written, () => `${root}/${checksumsFile}: ${written.files} files`);
      return 0;
    }
    const report = verifyChecksums(root, progress);
    const { same, changed, missing, additional, passedOver } = report;
    terminal.result(report, () =>
      [
        `${root}: ${same} files as they were, ${changed.length} changed, ${missing.length} missing, ${additional.length} additional`,
        ...listed("changed", changed),
        ...listed("missing", missing),
        ...listed("additional", additional),
        ...listed("passed over", passedOver),
      ].map(escapeControls),
    );
    return changed.length + missing.length + additional.length > 0 ? 1 : 0;
  },
};

const listed = (what: string, paths: readonly string[]): string[] => [
  ...paths.slice(0, shown).map((path) => `  ${what}: ${path}`),
  ...(paths.length > shown ? [`  ${what}: and ${paths.length - shown} more (--json lists all)`] : []),
];
