import { relative } from "node:path";
import type { Call, Command } from "../command.ts";

export const report: Command = {
  path: "report",
  summary: "write report.html of a run or study again, from its files",
  usage: "RUN|STUDY",
  things: [1, 1],
  flags: ["out", "json"],
  examples: ["report first", "report runs/first --json", "report data-scaling-study"],
  async run(call) {
    const { things: [name = ""], flags, terminal } = call; // prettier-ignore
    const [{ existsSync }, { join }] = await Promise.all([import("node:fs"), import("node:path")]);
    const folder = [name, join(flags.out, name)].find((path) => existsSync(join(path, "plan.json")));
    if (folder !== undefined) return reportStudy(folder, call);
    const [{ runArgument }, { writeReport }] = await Promise.all([
      import("../run-argument.ts"),
      import("../../train/write-report.ts"),
    ]);
    const { run, method } = runArgument(name, flags.out);
    const path = await writeReport(method, run);
    terminal.result({ run: run.path, report: path }, () => relative("", path));
  },
};

async function reportStudy(folder: string, { terminal }: Call): Promise<void> {
  const [{ resultOfFolder }, { writeStudyResult }] = await Promise.all([
    import("../study-folder.ts"),
    import("../study-result.ts"),
  ]);
  const result = await resultOfFolder(folder);
  const report = writeStudyResult(folder, result);
  terminal.result({ path: folder, report, ...result.summary }, () => [...result.lines, relative("", report)]);
}
