import type { FlagName, FlagValues } from "./flags.ts";
import type { Terminal } from "./terminal.ts";

/** A command as a typed value: what it is called, what it takes, what it does. */
export interface Command {
  /** `train`, `runs ls`. */
  readonly path: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** A paragraph for its own help, where the summary is not enough. */
  readonly details?: string;
  /** What stands after the name: `RECIPE [key=value ...]`. */
  readonly usage: string;
  /** Least and largest number of things (positions that are not `key=value`). */
  readonly things: readonly [least: number, most: number];
  /** Takes `a.b=value`. */
  readonly takesValues?: boolean;
  readonly flags: readonly FlagName[];
  /** Two or three calls that run, without `fovea` in front. */
  readonly examples: readonly string[];
  /** @returns the exit code; nothing is 0 */
  run(call: Call): Promise<number | void>;
}

/** One call of a command. */
export interface Call {
  readonly things: readonly string[];
  /** `a.b=value`, in order; a `--seed N` comes last as `seed=N`. */
  readonly values: readonly string[];
  readonly flags: FlagValues;
  readonly terminal: Terminal;
}
