import { Command as CommanderCommand, type CommanderError, Help, Option } from "commander";
import { FoveaError } from "../errors/fovea-error.ts";
import { nearest } from "../errors/nearest.ts";
import type { Command } from "./command.ts";
import { flagPresets, flagSpecs, type FlagName, type FlagValues } from "./flags.ts";
import { Terminal } from "./terminal.ts";

/** What the program is told from outside, so that tests can listen. */
export interface ProgramOptions {
  readonly version: string;
  /** Called with the exit code of the command that ran. */
  readonly finished: (exitCode: number) => void;
}

/** commander's program for the written list of commands. Help goes to standard output; errors are thrown. */
export function buildProgram(commands: readonly Command[], options: ProgramOptions): CommanderCommand {
  const program = prepared(new CommanderCommand("fovea"))
    .description("Vision foundation models in TypeScript, on ONNX Runtime: train, evaluate, export, predict.")
    .usage("VERB [THING] [key.path=value ...] [--flags]")
    .version(options.version, "-V, --version", "print the version")
    .addHelpText("after", topExamples)
    .helpCommand("help [verb]", "help for a verb");
  const groups = new Map<string, CommanderCommand>();
  for (const command of commands) addCommand(program, groups, command, options);
  return program;
}

const topExamples = `
Examples:
  $ fovea start                                         the whole job on embedded data, then where to look
  $ fovea train data-scaling/tiny data.root=./photos    the same on a folder of class folders
  $ fovea doctor                                        what this machine has and lacks
`;

function addCommand(
  program: CommanderCommand,
  groups: Map<string, CommanderCommand>,
  command: Command,
  options: ProgramOptions,
): void {
  const [first = "", second] = command.path.split(" ");
  const parent = second === undefined ? program : groupOf(program, groups, first);
  const node = prepared(parent.command(second ?? first))
    .summary(command.summary)
    .description(command.details === undefined ? command.summary : `${command.summary}\n\n${command.details}`)
    .usage(`${command.usage} [--flags]`.trim())
    .argument("[things...]")
    .addHelpText("after", `\nExamples:\n${command.examples.map((line) => `  $ fovea ${line}`).join("\n")}\n`);
  for (const flag of command.flags) node.addOption(optionOf(flag));
  node.option("--no-color", "plain text");
  node.action(async (words: string[]) => {
    const flags: FlagValues = { ...flagPresets, ...node.opts<Partial<FlagValues>>() };
    const terminal = new Terminal(flags);
    const { things, values } = sortWords(command, words);
    if (flags.seed !== undefined) values.push(`seed=${flags.seed}`);
    options.finished((await command.run({ things, values, flags, terminal })) ?? 0);
  });
}

/** `runs`, which only groups `runs ls` and `runs show`. */
function groupOf(program: CommanderCommand, groups: Map<string, CommanderCommand>, name: string): CommanderCommand {
  const known = groups.get(name);
  if (known !== undefined) return known;
  const group = prepared(program.command(name))
    .summary(groupSummaries[name] ?? "")
    .helpCommand(false);
  groups.set(name, group);
  return group;
}

const groupSummaries: Readonly<Record<string, string>> = {
  runs: "the table of runs, or one run",
  jobs: "the trainings of a study or plan: how they stand, cancel, retry",
  data: "look at data before training",
};

function prepared(command: CommanderCommand): CommanderCommand {
  return command
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({ outputError: () => undefined }) // main shows what is thrown
    .configureHelp({
      subcommandTerm: (node) => node.name(),
      formatHelp: (node, helper) => Help.prototype.formatHelp.call(helper, node, helper).trimEnd() + "\n",
    })
    .helpOption("-h, --help", "show this");
}

function optionOf(flag: FlagName): Option {
  const spec: { syntax: string; about: string; parse?: (text: string) => unknown; preset?: unknown } = flagSpecs[flag];
  const option = new Option(spec.syntax, spec.about);
  if (spec.parse !== undefined) option.argParser(spec.parse);
  if (spec.preset !== undefined) option.default(spec.preset);
  return option;
}

/** Tells `a.b=value` from things, and counts the things. */
function sortWords(command: Command, words: readonly string[]): { things: string[]; values: string[] } {
  const isValue = (word: string) => command.takesValues === true && /^[A-Za-z_][\w.-]*=/.test(word);
  const things = words.filter((word) => !isValue(word));
  const [least, most] = command.things;
  if (things.length < least || things.length > most) {
    const got = things.length === 0 ? "nothing" : things.map((thing) => JSON.stringify(thing)).join(" ");
    throw new FoveaError("cli/usage", `fovea ${command.path} takes ${command.usage}, got ${got}`, {
      hint: `for example: fovea ${command.examples[0]}`,
      exitCode: 2,
    });
  }
  return { things, values: words.filter(isValue) };
}

/** commander's complaint in our words; undefined where it only showed help or the version. */
export function usageError(error: CommanderError, commands: readonly Command[]): FoveaError | undefined {
  if (error.code === "commander.helpDisplayed" || error.code === "commander.version") return undefined;
  if (error.code === "commander.help") {
    return new FoveaError("cli/usage", "no verb given", { hint: "`fovea --help` lists them", exitCode: 2 });
  }
  const [sentence = "", suggestion] = error.message.replace(/^error: /, "").split("\n");
  const unknown = /^unknown command '(.*)'/.exec(sentence)?.[1];
  const guess =
    unknown === undefined ? /\(Did you mean (.*)\?\)/.exec(suggestion ?? "")?.[1] : nearestVerb(unknown, commands);
  const hint = guess === undefined ? "`--help` after the verb lists what it takes" : `did you mean ${guess}?`;
  return new FoveaError("cli/usage", sentence.replace("unknown option", "unknown flag"), { hint, exitCode: 2 });
}

function nearestVerb(name: string, commands: readonly Command[]): string | undefined {
  const words = commands.flatMap(({ path }) => path.split(" "));
  return nearest(name, words);
}
