import { readFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os";

/** Where a measurement was made: without it a time means nothing. */
export interface Machine {
  readonly processor: string;
  /** The vector instructions that decide the speed of matrix products: avx2, avx512f, avx512_bf16, amx_bf16, asimd. */
  readonly instructions: readonly string[];
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
}

const telling = ["avx2", "avx512f", "avx512_bf16", "amx_bf16", "asimd", "sve"];

export function describeMachine(): Machine {
  return {
    processor: cpus()[0]?.model.trim() || "unknown processor",
    instructions: instructionSets(),
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.version,
  };
}

/** One line for people. */
export function machineLine(machine: Machine): string {
  const sets = machine.instructions.length > 0 ? ` (${machine.instructions.join(", ")})` : "";
  return `${machine.processor}${sets}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}, node ${machine.node}`;
}

/** Mean number of runnable processes over the last minute: above zero before the start, somebody else is running too. */
export const loadAverage = (): number => Math.round(loadavg()[0] * 100) / 100;

function instructionSets(): string[] {
  try {
    const flags = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "";
    const present = new Set(flags.split(/\s+/));
    return telling.filter((name) => present.has(name));
  } catch {
    return []; // no /proc outside Linux: the model name has to do
  }
}
