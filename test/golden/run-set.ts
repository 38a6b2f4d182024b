import type { DeviceName } from "../../src/runtime/device.ts";
import type { GoldenSet } from "./manifest.ts";
import { runCase, type CaseResult } from "./run-case.ts";
import { runOptimiser } from "./run-optimiser.ts";

/** Names of a set's operator cases and, last, of its optimiser trajectories. */
export const caseNames = ({ cases, optimisers }: GoldenSet): string[] => [
  ...cases.map(({ name }) => name),
  ...Object.keys(optimisers),
];

/** The cases in `names` (default: all), in this process or this page, one after another. */
export async function runSet(
  set: GoldenSet,
  device: DeviceName,
  names: readonly string[] = caseNames(set),
): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for (const golden of set.cases) if (names.includes(golden.name)) results.push(await runCase(golden, set, device));
  for (const [name, trajectory] of Object.entries(set.optimisers))
    if (names.includes(name)) results.push(await runOptimiser(name, trajectory, set, device));
  return results;
}
