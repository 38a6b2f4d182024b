import { ContestantProcess, NotInstalled, type Contestant, type Ready, type Round } from "./contestant.ts";
import { roundRatios, spread, type Spread } from "./statistics.ts";

export interface AlternateOptions {
  readonly rounds?: number;
  /** Measured steps in each round. */
  readonly steps?: number;
  /** Told what happens, one line each. */
  readonly progress?: (line: string) => void;
}

/** One row of the table. `ratio` is the first contestant's time over this one's: below 1, the first is faster. */
export type Outcome = { readonly name: string } & (
  | ({
      readonly state: "measured";
      readonly ms: Spread;
      readonly ratio: Spread | undefined;
      readonly loss?: number;
      readonly peakMb?: number;
      /** Milliseconds of every step by round, to be judged again later. */
      readonly rounds: ReadonlyArray<readonly number[]>;
    } & Ready)
  | { readonly state: "not installed"; readonly install: string }
  | { readonly state: "failed"; readonly reason: string }
);

interface Runner {
  readonly contestant: Contestant;
  readonly process?: ContestantProcess;
  readonly ready?: Ready;
  readonly rounds: Round[];
  missing?: string;
  failed?: string;
}

/**
 * Lets the contestants, each a process of its own, take turns: a few steps of one, a few of the next, for `rounds`
 * rounds, every second round in reverse order. The first one is the subject of all ratios. One that is absent or
 * dies becomes a row that says so and disturbs no other.
 */
export async function alternate(
  contestants: readonly Contestant[],
  { rounds = 10, steps = 3, progress = () => {} }: AlternateOptions = {},
): Promise<Outcome[]> {
  const runners: Runner[] = [];
  try {
    for (const contestant of contestants) {
      progress(`starting ${contestant.name}`);
      runners.push(await startRunner(contestant));
    }
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1}/${rounds}`);
      for (const runner of round % 2 === 0 ? runners : [...runners].reverse()) await takeTurn(runner, round, steps);
    }
  } finally {
    for (const runner of runners) runner.process?.stop();
  }
  const subject = runners[0]?.rounds.map(({ ms }) => ms) ?? [];
  return runners.map((runner) => outcome(runner, subject));
}

async function startRunner(contestant: Contestant): Promise<Runner> {
  try {
    const { process, ready } = await ContestantProcess.start(contestant);
    return { contestant, process, ready, rounds: [] };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { contestant, rounds: [], ...(error instanceof NotInstalled ? { missing: message } : { failed: message }) };
  }
}

async function takeTurn(runner: Runner, round: number, steps: number): Promise<void> {
  const { contestant, process } = runner;
  if (process === undefined || runner.failed !== undefined || round >= (contestant.rounds ?? Infinity)) return;
  try {
    runner.rounds.push(await process.round(Math.min(steps, contestant.steps ?? steps)));
  } catch (error) {
    runner.failed = `in round ${round + 1}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function outcome(runner: Runner, subject: ReadonlyArray<readonly number[]>): Outcome {
  const { name } = runner.contestant;
  if (runner.missing !== undefined) return { name, state: "not installed", install: runner.missing };
  const rounds = runner.rounds.map(({ ms }) => ms);
  const ms = spread(rounds.flat());
  if (runner.failed !== undefined || ms === undefined) {
    return { name, state: "failed", reason: runner.failed ?? "measured no step" };
  }
  const last = runner.rounds.at(-1);
  return {
    name,
    state: "measured",
    ...(runner.ready ?? { versions: {} }),
    ms,
    ratio: spread(roundRatios(subject, rounds)),
    ...(last?.loss !== undefined && { loss: last.loss }),
    ...(last?.peakMb !== undefined && { peakMb: last.peakMb }),
    rounds,
  };
}
