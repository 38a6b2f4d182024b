import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { PlanFolder } from "fovea/jobs";
import { generator } from "fovea/random";
import { RunDirectory } from "fovea/train";

/** Where its studies lie; given again, they are gone on with. */
const out = "runs/data-scaling";
const kills = 10;

/** Runs of seconds, with a checkpoint every 10 updates of a trunk or tail by the trainer's own clock or at its end. */
const small = [
  "data-scaling/smoke",
  "images=[32,256]",
  "lengths=[64,128]",
  "data.count=512",
  "data.valCount=64",
  "validation.images=64",
  "validation.trainImages=32",
  "fineTuning.images=100",
  "fineTuning.epochs=2",
];

/**
 * The study of docs/results/data-scaling.md, after the two properties that it rests on: a study killed ten times at random,
 * sweep and trainings, ends with the table of an undisturbed one; and runs that share a trunk have the losses of runs that
 * do not, to the last bit.
 *
 * @param args data root (default ../shared/data/cifar10/cifar-10-batches-bin; `none`: only the two properties), then
 * settings of data-scaling/study, as `lengths=[64,128,256]`
 */
export async function dataScalingStudy([
  root = "../shared/data/cifar10/cifar-10-batches-bin",
  ...settings
]: readonly string[]): Promise<void> {
  await ended(sweep([...small], "whole"));
  const died = await killedSweep();
  report("killed study ends with the undisturbed table", isDeepStrictEqual(measured("killed"), measured("whole")));
  console.log(`kills: ${died.join(", ")}`);
  await ended(sweep([...small, "shareTrunk=false"], "alone"));
  const losses = (name: string) => measured(name).map(({ id, validationLoss, trainEvalLoss, score }) => [id, validationLoss, trainEvalLoss, score]); // prettier-ignore
  report("runs off a trunk equal runs alone", isDeepStrictEqual(losses("whole"), losses("alone")));
  if (root === "none") return;
  if (!existsSync(root)) throw new Error(`${root} is not there: give a data root, or none`);
  await ended(sweep(["data-scaling/study", `data.root=${root}`, ...settings], "study"));
}

function report(what: string, holds: boolean): void {
  console.log(`${holds ? "yes" : "NO "}  ${what}`);
  if (!holds) process.exitCode = 1;
}

/** Kills the sweep or one of its trainings, ten times, each after a random while; then lets it end. */
async function killedSweep(): Promise<string[]> {
  const moments = generator(0, "reproduce/data-scaling kills");
  const died: string[] = [];
  while (died.length < kills) {
    const running = sweep([...small], "killed");
    await sleep(1500 + 5000 * moments.uniform());
    const before = steps();
    const child = moments.integer(2) === 0 ? undefined : childPid();
    if (running.exitCode !== null) break; // it ended before it could be killed
    if (child === undefined) running.kill("SIGKILL");
    else {
      process.kill(child, "SIGKILL");
      await sleep(300);
      running.kill("SIGTERM");
    }
    await new Promise((resolve) => running.once("close", resolve));
    for (const [id, step] of before) if ((steps().get(id) ?? 0) < step) throw new Error(`${id} lost step ${step}`);
    died.push(child === undefined ? "sweep" : "training");
  }
  await ended(sweep([...small], "killed"));
  return died;
}

function sweep(words: readonly string[], name: string): ChildProcess {
  const fixed = ["--name", name, "--out", out, "--threads", "1", "--workers", "2", "--yes"];
  return spawn(process.execPath, ["bin/fovea.js", "sweep", ...words, ...fixed], {
    stdio: ["ignore", "inherit", "inherit"],
  });
}

async function ended(child: ChildProcess): Promise<void> {
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`fovea sweep ended with ${String(code)}`);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Measured {
  readonly id: string;
  readonly validationLoss: number;
  readonly trainEvalLoss: number;
  readonly score: number | null;
}

/** Cells without what depends on the clock. */
function measured(name: string): Measured[] {
  const { cells } = JSON.parse(readFileSync(`${out}/${name}/cells.json`, "utf8")) as { cells: Measured[] };
  return cells.map((cell) => ({ ...cell, seconds: 0 }));
}

/** Newest checkpoint of each run that began. */
function steps(): Map<string, number> {
  const folder = `${out}/killed`;
  if (!existsSync(`${folder}/plan.json`)) return new Map();
  const begun = PlanFolder.open(folder).plan.runs.filter(({ id }) => existsSync(`${folder}/${id}/run.json`));
  return new Map(begun.map(({ id }) => [id, RunDirectory.open(`${folder}/${id}`).checkpoints()[0]?.step ?? 0]));
}

/** A training of the killed study that is at work, by the lock of its run. */
function childPid(): number | undefined {
  const folder = `${out}/killed`;
  if (!existsSync(`${folder}/plan.json`)) return undefined;
  for (const { id } of PlanFolder.open(folder).plan.runs) {
    const lock = `${folder}/${id}/lock`;
    const text = existsSync(lock) ? readFileSync(lock, "utf8") : "";
    const pid = Number(/"pid":\s*(\d+)/.exec(text)?.[1]);
    if (Number.isInteger(pid)) return pid;
  }
  return undefined;
}
