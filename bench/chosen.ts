import { FoveaError } from "../src/errors/fovea-error.ts";
import type { Contestant } from "./contestant.ts";

/** Contestants whose name holds one of the words of `--only`; all without words. Throws where no name does. */
export function chosen(contestants: readonly Contestant[], only: readonly string[]): Contestant[] {
  if (only.length === 0) return [...contestants];
  const kept = contestants.filter(({ name }) => only.some((part) => name.toLowerCase().includes(part.toLowerCase())));
  if (kept.length > 0) return kept;
  throw new FoveaError("bench/only", `--only ${only.join(",")}: no contestant's name holds that`, {
    hint: `contestants: ${contestants.map(({ name }) => name).join(", ")}`,
    exitCode: 2,
  });
}

/** Entries of `all` whose name holds one of the words of `--of`; all without words. Throws where no name does. */
export function named<T>(all: Readonly<Record<string, T>>, of: readonly string[]): [name: string, value: T][] {
  const entries = Object.entries(all);
  if (of.length === 0) return entries;
  const kept = entries.filter(([name]) => of.some((part) => name.toLowerCase().includes(part.toLowerCase())));
  if (kept.length > 0) return kept;
  throw new FoveaError("bench/of", `--of ${of.join(",")}: nothing's name holds that`, {
    hint: `there is: ${Object.keys(all).join(", ")}`,
    exitCode: 2,
  });
}
