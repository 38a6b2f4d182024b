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
