import { relative } from "node:path";
import type { JobStatus } from "../../jobs/queue.ts";
import type { Study } from "../../train/study.ts";
import type { Call, Command } from "../command.ts";

export const sweep: Command = {
  path: "sweep",
  summary: "run a study: many trainings over a grid, then what they show",
  details:
    "STUDY is a name (`fovea recipes` lists studies too). Settings are set by position, key.path=value. Called again with " +
    "the same name it goes on: what is done is skipped, what was stopped resumes. Each training runs in a process of its " +
    "own with --threads threads (default 1), --workers of them at a time. Before it starts it times a few steps of each " +
    "kind of training and says what the study will cost; above a minute it asks, or wants --yes.",
  usage: "STUDY [key.path=value ...]",
  things: [1, 1],
  takesValues: true,
  flags: ["name", "out", "workers", "threads", "dryRun", "yes", "quiet", "verbose", "json"],
  examples: [
    "sweep data-scaling/published --json",
    "sweep data-scaling/smoke --dry-run",
    "sweep data-scaling/study data.root=./photos --workers 2 --yes",
  ],
  async run(call) {
    const { things: [name = ""], values } = call; // prettier-ignore
    const [{ findStudy }, { resolveStudy }] = await Promise.all([
      import("../../systems/catalogue.ts"),
      import("../../train/study.ts"),
    ]);
    const study = findStudy(name);
    const settings = resolveStudy(study, name, values);
    if (study.plan === undefined) return showTable(study, settings, name, call);
    return runStudy(study, settings, name, call);
  },
};

const folderName = ({ flags }: Call, name: string): string => `${flags.out}/${flags.name ?? name.replaceAll("/", "-")}`;

/** A study without trainings: its result. */
async function showTable(study: Study, settings: unknown, name: string, call: Call): Promise<number> {
  const { writeStudyResult } = await import("../study-result.ts");
  const result = await study.result(settings, { name, done: () => undefined });
  const report = writeStudyResult(folderName(call, name), result);
  call.terminal.result(result.summary, () => [...result.lines, `report  ${relative("", report)}`]);
  return 0;
}

/** Plans, says what it costs, asks, runs and writes what it showed. */
export async function runStudy(study: Study, settings: unknown, name: string, call: Call): Promise<number> {
  const { flags, terminal } = call;
  const [{ prepareStudy, confirmCost, estimateText }, { carryOut }, { writeStudyResult }] = await Promise.all([
    import("../study-start.ts"),
    import("../study-progress.ts"),
    import("../study-result.ts"),
  ]);
  const prepared = await prepareStudy(study, settings, { name, path: folderName(call, name), flags, terminal });
  if (flags.dryRun) {
    const { estimate, plan, cost } = prepared;
    terminal.result({ study: name, path: prepared.path, runs: plan.runs.length, ...cost, estimate }, () =>
      estimateText(prepared),
    );
    return 0;
  }
  for (const line of estimateText(prepared)) terminal.note(line);
  if (!(await confirmCost(prepared, flags, terminal))) return 0;
  const folder = prepared.begin(settings);
  const { statuses, exitCode } = await carryOut(folder, prepared, terminal);
  const result = await study.result(settings, folder.context(name));
  const report = writeStudyResult(folder.path, result);
  const counts = countStates(statuses);
  terminal.result({ event: "end", path: folder.path, report, jobs: counts, ...result.summary }, () => [
    ...result.lines,
    `jobs    ${Object.entries(counts).map(([state, count]) => `${count} ${state}`).join(", ")}`, // prettier-ignore
    `report  ${relative("", report)}`,
  ]);
  for (const { job, state, reason } of statuses)
    if (state === "failed" || state === "set-aside") terminal.note(`${state}: ${job.run.id}: ${reason ?? ""}`);
  if (exitCode !== undefined) return exitCode;
  return statuses.every(({ state }) => state === "done") ? 0 : 1;
}

function countStates(statuses: readonly JobStatus[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { state } of statuses) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
