import { duration } from "../../train/progress.ts";
import type { JobStatus } from "../../jobs/queue.ts";
import type { LocalQueue } from "../../jobs/local-queue.ts";
import type { Call, Command } from "../command.ts";
import { tableLines } from "../table.ts";

export const jobsLs: Command = {
  path: "jobs ls",
  summary: "the jobs of a study: how each stands",
  usage: "STUDY-FOLDER",
  things: [1, 1],
  flags: ["out", "json"],
  examples: ["jobs ls data-scaling-study", "jobs ls runs/data-scaling-study --json"],
  async run(call) {
    const { terminal } = call;
    const statuses = await (await queueOf(call)).list();
    if (terminal.json) {
      for (const status of statuses) terminal.result(rowOf(status), () => []);
      return;
    }
    const columns = [{ name: "JOB" }, { name: "STATE" }, { name: "WHY" }];
    const rows = statuses.map((status) => [status.job.run.id, status.state, why(status)]);
    for (const line of tableLines(terminal, columns, rows)) terminal.print(line);
  },
};

export const jobsShow: Command = {
  path: "jobs show",
  summary: "one job: what it is, why it stands as it does, the end of its log",
  usage: "STUDY-FOLDER JOB",
  things: [2, 2],
  flags: ["out", "json"],
  examples: ["jobs show data-scaling-study pre-s-n32-r0-t400", "jobs show runs/mine trunk-s-n32-r0 --json"],
  async run(call) {
    const { things: [, name = ""], terminal } = call; // prettier-ignore
    const status = await (await queueOf(call)).status(name);
    terminal.result({ ...rowOf(status), recipe: status.job.run.recipe, log: status.log }, () => [
      `job     ${name}  (${status.job.id.slice(0, 12)}, fovea ${status.job.version})`,
      `state   ${status.state}${why(status) === "" ? "" : `: ${why(status)}`}`,
      `failed  ${status.failures} times, its process died ${status.deaths} times`,
      ...Object.keys(status.job.needs).map((need) => `after   ${need}`),
      ...(status.log === undefined ? [] : ["log of the last attempt that failed:", ...status.log.split("\n").map((line) => `  ${line}`)]), // prettier-ignore
    ]);
  },
};

export const jobsCancel: Command = {
  path: "jobs cancel",
  summary: "stop a job, or keep it from starting; what it saved stays",
  usage: "STUDY-FOLDER JOB",
  things: [2, 2],
  flags: ["out", "json"],
  examples: ["jobs cancel data-scaling-study pre-s-n32-r0-t400", "jobs cancel runs/mine trunk-s-n32-r0"],
  run: (call) => change(call, (queue, name) => queue.cancel(name)),
};

export const jobsRetry: Command = {
  path: "jobs retry",
  summary: "make a job that failed, was set aside or cancelled ready again; it resumes",
  usage: "STUDY-FOLDER JOB",
  things: [2, 2],
  flags: ["out", "json"],
  examples: ["jobs retry data-scaling-study pre-s-n32-r0-t400", "jobs retry runs/mine trunk-s-n32-r0"],
  run: (call) => change(call, (queue, name) => queue.retry(name)),
};

async function change(call: Call, act: (queue: LocalQueue, name: string) => Promise<void>): Promise<void> {
  const { things: [, name = ""], terminal } = call; // prettier-ignore
  const queue = await queueOf(call);
  await act(queue, name);
  const status = await queue.status(name);
  terminal.result(rowOf(status), () => `${name}: ${status.state}`);
}

async function queueOf({ things: [folder = ""], flags }: Call): Promise<LocalQueue> {
  const [{ existsSync }, { join }, { LocalQueue }, { PlanFolder }] = await Promise.all([
    import("node:fs"),
    import("node:path"),
    import("../../jobs/local-queue.ts"),
    import("../../jobs/plan-folder.ts"),
  ]);
  const below = join(flags.out, folder);
  return new LocalQueue(PlanFolder.open(existsSync(join(below, "plan.json")) ? below : folder));
}

const rowOf = ({ job, state, failures, deaths, reason, notBefore }: JobStatus): object => ({
  name: job.run.id,
  id: job.id,
  ...{ state, failures, deaths, reason, notBefore },
  needs: Object.keys(job.needs),
  labels: job.run.labels,
});

function why({ state, reason, notBefore }: JobStatus): string {
  if (state === "done" || state === "active") return "";
  const wait = notBefore === undefined ? 0 : (notBefore - Date.now()) / 1000;
  return [
    ...(reason === undefined ? [] : [reason.split("\n")[0]]),
    ...(wait > 0 ? [`again in ${duration(wait)}`] : []),
  ].join("; ");
}
