import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { FoveaError } from "../src/errors/fovea-error.ts";
import { nearest } from "../src/errors/nearest.ts";
import { showError } from "../src/errors/show-error.ts";
import { benches, type BenchOptions } from "./benches.ts";
import { describeMachine, loadAverage, machineLine } from "./machine.ts";
import { renderProfile } from "./operator-profile.ts";
import { reproductions } from "./reproduce/reproductions.ts";
import { renderTable } from "./table.ts";

interface Flags {
  readonly json?: string;
  readonly rounds?: number;
  readonly steps?: number;
  readonly threads: number;
  readonly only: readonly string[];
  readonly of: readonly string[];
  readonly quick?: true;
}

/** `npm run bench -- NAME` and `npm run reproduce -- NAME`; gives the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    if (argv[0] === "reproduce") await reproduce(argv.slice(1));
    else await benchCommand().parseAsync(argv, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2; // commander has printed it
    process.stderr.write(`${showError(error)}\n`);
    return error instanceof FoveaError ? error.exitCode : 1;
  }
}

function benchCommand(): Command {
  return new Command("npm run bench --")
    .description("Measures fovea against its peers in the same minutes. Without a name: the list.")
    .argument("[name]", "which bench")
    .option("--json <file>", "write machine, options and every measured time to this file")
    .option("--rounds <n>", "rounds (default 10)", wholeNumber)
    .option("--steps <n>", "measured steps in each round (default 3)", wholeNumber)
    .option("--threads <n>", "threads of each contestant", wholeNumber, availableParallelism())
    .option("--only <names>", "contestants whose name holds one of these, comma-separated", splitNames, [])
    .option("--of <names>", "networks, sizes or series whose name holds one of these, comma-separated", splitNames, [])
    .option("--quick", "2 rounds of 1 step: does it work, not how fast is it")
    .addHelpText(
      "after",
      "\nExamples:\n  npm run bench -- engine --json engine.json\n  npm run bench -- engine --quick --only fovea,products",
    )
    .exitOverride()
    .action((name: string | undefined, flags: Flags) => bench(name, flags));
}

async function bench(name: string | undefined, flags: Flags): Promise<void> {
  if (name === undefined) return list(benches);
  const chosen = choose("bench", name, benches);
  const options: BenchOptions = {
    rounds: flags.rounds ?? (flags.quick ? 2 : 10),
    steps: flags.steps ?? (flags.quick ? 1 : 3),
    threads: flags.threads,
    only: flags.only,
    of: flags.of,
    progress: (line) => process.stderr.write(`${line}\n`),
  };
  const machine = describeMachine();
  const [date, loadBefore] = [new Date().toISOString(), loadAverage()];
  const comparisons = await chosen.run(options);
  const { rounds, steps, threads } = options;
  const lines = [
    `${machineLine(machine)}`,
    `${date}, load average before the start ${loadBefore}; ${rounds} rounds of ${steps} steps, ${threads} threads`,
    ...comparisons.flatMap((result) => ["", "outcomes" in result ? renderTable(result) : renderProfile(result)]),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  if (flags.json === undefined) return;
  writeFileSync(
    flags.json,
    `${JSON.stringify({ bench: name, date, machine, loadBefore, rounds, steps, threads, comparisons }, null, 2)}\n`,
  );
}

async function reproduce(argv: readonly string[]): Promise<void> {
  const [name, ...args] = argv;
  if (name === undefined) return list(reproductions);
  await choose("acceptance run", name, reproductions).run(args);
}

function list(entries: Readonly<Record<string, { readonly summary: string }>>): void {
  const names = Object.keys(entries);
  const width = Math.max(0, ...names.map((name) => name.length));
  const lines = names.map((name) => `${name.padEnd(width)}  ${entries[name].summary}`);
  process.stdout.write(`${lines.length > 0 ? lines.join("\n") : "none yet"}\n`);
}

function choose<T>(what: string, name: string, entries: Readonly<Record<string, T>>): T {
  if (Object.hasOwn(entries, name)) return entries[name];
  const known = Object.keys(entries);
  const near = nearest(name, known);
  throw new FoveaError("bench/unknown", `unknown ${what} '${name}'${near ? `: did you mean '${near}'?` : ""}`, {
    hint: known.length > 0 ? `there is: ${known.join(", ")}` : "there is none yet",
    exitCode: 2,
  });
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new InvalidArgumentError("expected a whole number above zero.");
}

const splitNames = (text: string): string[] => text.split(",").filter((name) => name !== "");

if (process.argv[1]?.endsWith("run.js")) process.exitCode = await main(process.argv.slice(2));
