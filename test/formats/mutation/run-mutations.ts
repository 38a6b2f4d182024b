import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FoveaError } from "../../../src/errors/fovea-error.ts";
import { mutant } from "./mutant.ts";
import type { Target } from "./target.ts";

/** Whatever executes a file of ours makes this one. */
export const canary = join(tmpdir(), `fovea-mutation-canary`);

/** What happened to one reader's files. */
export interface MutationReport {
  readonly name: string;
  readonly files: number;
  readonly read: number;
  readonly refused: number;
  /** Errors that are none of ours, files over a second, memory over the limit, side effects: by seed. */
  readonly failures: readonly string[];
  /** CPU seconds of the slowest file. */
  readonly slowest: number;
  /** Most MiB that one file took beyond what it honestly holds. */
  readonly memory: number;
}

const MiB = 2 ** 20;
const mostMemory = 64 * MiB;

/**
 * Reads `count` damaged files of each target, and its attacks; every file is a pure function of its seed.
 *
 * @param before called with the name of each file before it is read, so that whoever watches knows what hung
 */
export async function runMutations(
  targets: readonly Target[],
  count: number,
  { firstSeed = 0, before = (_name: string) => {} } = {},
): Promise<MutationReport[]> {
  const reports: MutationReport[] = [];
  for (const target of targets) reports.push(await runTarget(target, count, firstSeed, before));
  return reports;
}

async function runTarget(
  target: Target,
  count: number,
  firstSeed: number,
  before: (name: string) => void,
): Promise<MutationReport> {
  const tally = { read: 0, refused: 0, slowest: 0, memory: 0, failures: [] as string[] };
  const attacks = target.attacks ?? [];
  const one = async (name: string, bytes: Uint8Array, honest: number, mustRefuse: boolean): Promise<void> => {
    before(`${target.name} ${name}`);
    const { outcome, seconds, memory } = await measure(target, bytes);
    tally.slowest = Math.max(tally.slowest, seconds);
    tally.memory = Math.max(tally.memory, memory - 2 * honest);
    if (outcome === "read" || outcome === "refused") tally[outcome]++;
    else tally.failures.push(`${name}: ${outcome}`);
    if (mustRefuse && outcome !== "refused") tally.failures.push(`${name}: it was not refused`);
    if (seconds > 1) tally.failures.push(`${name}: ${seconds.toFixed(2)} s`);
    if (memory > mostMemory + 2 * honest) tally.failures.push(`${name}: ${(memory / MiB).toFixed(0)} MiB`);
  };
  const prototype = Object.getOwnPropertyNames(Object.prototype).join();
  for (const attack of attacks)
    await one(attack.name, attack.bytes, attack.honestBytes ?? attack.bytes.length, attack.honestBytes === undefined);
  for (let seed = firstSeed; seed < firstSeed + count - attacks.length; seed++) {
    const bytes = mutant(target, seed);
    await one(`seed ${seed}`, bytes, bytes.length, false);
  }
  if (existsSync(canary)) tally.failures.push("something was executed");
  if (Object.getOwnPropertyNames(Object.prototype).join() !== prototype)
    tally.failures.push("Object.prototype was changed");
  return { name: target.name, files: count, ...tally, memory: tally.memory / MiB };
}

async function measure(
  target: Target,
  bytes: Uint8Array,
): Promise<{ outcome: string; seconds: number; memory: number }> {
  const rss = startOfPeak();
  const start = process.cpuUsage();
  let outcome = "read";
  try {
    await target.read(bytes);
  } catch (error) {
    const structured = error instanceof FoveaError && error.code.includes("/") && error.message.length > 0;
    outcome = structured
      ? "refused"
      : error instanceof Error
        ? (error.stack ?? error.message).slice(0, 400)
        : String(error);
  }
  const { user, system } = process.cpuUsage(start);
  return { outcome, seconds: (user + system) / 1e6, memory: Math.max(0, peak() - rss) };
}

/** Resets the peak of resident memory where Linux allows it, and gives the resident memory of now, in bytes. */
function startOfPeak(): number {
  try {
    writeFileSync("/proc/self/clear_refs", "5");
  } catch {
    // the peak of the whole run is then all there is, which is never less
  }
  return process.memoryUsage().rss;
}

function peak(): number {
  try {
    const line = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync("/proc/self/status", "utf8"));
    return line === null ? process.memoryUsage().rss : Number(line[1]) * 1024;
  } catch {
    return process.memoryUsage().rss;
  }
}
