import { FoveaError } from "../errors/fovea-error.ts";

/** A flag as commander declares it. Flags hold only what is not part of the experiment. */
interface FlagSpec {
  /** `--threads <n>`; `<…>` takes a value. */
  readonly syntax: string;
  readonly about: string;
  readonly parse?: (text: string) => unknown;
  readonly preset?: unknown;
}

/** Every flag there is. A command lists the ones it takes. */
export const flagSpecs = {
  name: { syntax: "--name <name>", about: "name of the run (default: ROOM-PRESET-DATE-TIME)", parse: runName },
  out: { syntax: "--out <dir>", about: "where runs lie", preset: "runs" },
  resume: { syntax: "--resume <run>", about: "go on with a run: its directory, or its name under --out" },
  device: { syntax: "--device <name>", about: "cpu, cuda, webgpu or auto", preset: "auto" },
  threads: {
    syntax: "--threads <n>",
    about: "threads inside one operator (default: all cores)",
    parse: count("threads"),
  },
  workers: {
    syntax: "--workers <n>",
    about: "trainings at the same time (default: cores / threads)",
    parse: count("workers"),
  },
  seed: { syntax: "--seed <n>", about: "short for seed=N" },
  dryRun: { syntax: "--dry-run", about: "check everything, show what would be done, train nothing" },
  overwrite: { syntax: "--overwrite", about: "replace what lies there" },
  quiet: { syntax: "--quiet", about: "results and errors only" },
  verbose: { syntax: "--verbose", about: "more about what is done" },
  json: { syntax: "--json", about: "one object a line on standard output, everything else on standard error" },
  yes: { syntax: "--yes", about: "ask nothing" },
  checkpoint: { syntax: "--checkpoint <which>", about: "best, last or a step", preset: "best", parse: checkpoint },
  top: { syntax: "--top <k>", about: "classes to show of each image", parse: count("top"), preset: 3 },
  html: { syntax: "--html <file>", about: "write counts, classes, sizes, problems and samples as one HTML page" },
  sheet: { syntax: "--sheet <file>", about: "write samples with what is known of them as a PNG to look at" },
  scene: { syntax: "--scene <name>", about: "kind of scene (default: scene; actions for clips)" },
  task: { syntax: "--task <name>", about: "what is known of each picture" },
  count: { syntax: "--count <n>", about: "pictures or clips to make", parse: count("count") },
  preview: { syntax: "--preview", about: "one PNG to look at instead of a set" },
  raw: { syntax: "--raw", about: "leave the preprocessing out of the file" },
  schema: { syntax: "--schema", about: "print the recipe's JSON Schema" },
  stops: { syntax: "--stops <n>", about: "how often the second run stops", parse: count("stops"), preset: 2 },
  steps: { syntax: "--steps <n>", about: "length of the compared runs, or of sampling", parse: count("steps") },
  label: { syntax: "--label <class>", about: "class of all samples: its name or number" },
  text: { syntax: "--text <caption>", about: "what all samples should show" },
  guidance: {
    syntax: "--guidance <s>",
    about: "how far to move away from the unconditional, from 0",
    parse: nonNegative("guidance"),
  },
  sampler: { syntax: "--sampler <name>", about: "how noise becomes an image (a wrong name lists them)" },
  interpolate: { syntax: "--interpolate", about: "rows of pictures on the way from one start noise to another" },
  grid: { syntax: "--grid <file>", about: "PNG of all samples (default: samples/sampled.png of the run)" },
  images: { syntax: "--images <dir>", about: "write each sample as a PNG of its own as well" },
  at: { syntax: "--at <keys>", about: "keys that lead to the weights in a PyTorch file, as model.ema", parse: keys },
  into: { syntax: "--into <keys>", about: "keys around the weights in a PyTorch file that is written", parse: keys },
  layout: { syntax: "--layout <name>", about: "how the file's authors name things (default: what fits best)" },
  classes: { syntax: "--classes <k>", about: "classes of the network's head", parse: count("classes"), preset: 1000 },
  to: {
    syntax: "--to <path>",
    about: "where to write: a file of weights (.safetensors, .pth, .npz), a folder of moments",
  },
  write: { syntax: "--write", about: "write the list of checksums" },
  val: { syntax: "--val <share>", about: "share of each class to hold out", parse: share("val"), preset: 0.1 },
  fractions: { syntax: "--fractions <list>", about: "parts of the training images, as 0.1,0.2,0.5", parse: shares },
  format: { syntax: "--format <name>", about: "what to write: folder, webdataset or coco" },
  checksum: { syntax: "--checksum <sum>", about: "what the file must have, as sha256:HEX or md5:HEX" },
  maxBytes: { syntax: "--max-bytes <n>", about: "refuse files that are larger (default: 16 GiB)", parse: bytes },
  skipUnknown: { syntax: "--skip-unknown", about: "keep the tensors of a PyTorch file that holds unknown classes" },
} as const satisfies Record<string, FlagSpec>;

export type FlagName = keyof typeof flagSpecs;

/** What the flags of a call say; what a command does not take keeps its default. */
export interface FlagValues {
  readonly name?: string;
  readonly out: string;
  readonly resume?: string;
  readonly device: string;
  readonly threads?: number;
  readonly workers?: number;
  readonly seed?: string;
  readonly dryRun: boolean;
  readonly overwrite: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly json: boolean;
  readonly yes: boolean;
  readonly color: boolean;
  readonly checkpoint: "best" | "last" | number;
  readonly top: number;
  readonly html?: string;
  readonly sheet?: string;
  readonly scene?: string;
  readonly task?: string;
  readonly count?: number;
  readonly preview: boolean;
  readonly raw: boolean;
  readonly schema: boolean;
  readonly stops: number;
  readonly steps?: number;
  readonly label?: string;
  readonly text?: string;
  readonly guidance?: number;
  readonly sampler?: string;
  readonly interpolate: boolean;
  readonly grid?: string;
  readonly images?: string;
  readonly at?: readonly string[];
  readonly into?: readonly string[];
  readonly layout?: string;
  readonly classes: number;
  readonly to?: string;
  readonly write: boolean;
  readonly val: number;
  readonly fractions?: readonly number[];
  readonly format?: string;
  readonly checksum?: string;
  readonly maxBytes?: number;
  readonly skipUnknown: boolean;
}

/** Values of a call in which no flag was given. */
export const flagPresets: FlagValues = {
  out: "runs",
  device: "auto",
  dryRun: false,
  overwrite: false,
  quiet: false,
  verbose: false,
  json: false,
  yes: false,
  color: true,
  checkpoint: "best",
  top: flagSpecs.top.preset,
  preview: false,
  raw: false,
  schema: false,
  stops: flagSpecs.stops.preset,
  interpolate: false,
  classes: flagSpecs.classes.preset,
  write: false,
  val: flagSpecs.val.preset,
  skipUnknown: false,
};

function count(flag: string): (text: string) => number {
  return (text) => {
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    throw new FoveaError("cli/flag", `--${flag} takes a whole number from 1, got ${JSON.stringify(text)}`, {
      exitCode: 2,
    });
  };
}

function nonNegative(flag: string): (text: string) => number {
  return (text) => {
    if (/^\d*\.?\d+$/.test(text)) return Number(text);
    throw new FoveaError("cli/flag", `--${flag} takes a number from 0, got ${JSON.stringify(text)}`, { exitCode: 2 });
  };
}

function share(flag: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d*\.?\d+$/.test(text) && value > 0 && value <= 1) return value;
    throw new FoveaError("cli/flag", `--${flag} takes a number above 0, at most 1, got ${JSON.stringify(text)}`, {
      exitCode: 2,
    });
  };
}

function shares(text: string): number[] {
  return text.split(",").map(share("fractions"));
}

function bytes(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new FoveaError("cli/flag", `--max-bytes takes a whole number from 1, got ${JSON.stringify(text)}`, {
    exitCode: 2,
  });
}

function keys(text: string): string[] {
  return text.split(".").filter((key) => key !== "");
}

function runName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(text)) return text;
  throw new FoveaError(
    "cli/flag",
    `--name ${JSON.stringify(text)}: a run's name is letters, digits, '.', '_' and '-', and starts with a letter or digit`,
    { hint: "--out DIR says where runs lie", exitCode: 2 },
  );
}

function checkpoint(text: string): "best" | "last" | number {
  if (text === "best" || text === "last") return text;
  if (/^\d{1,8}$/.test(text)) return Number(text);
  throw new FoveaError("cli/flag", `--checkpoint takes best, last or a step, got ${JSON.stringify(text)}`, {
    exitCode: 2,
  });
}
