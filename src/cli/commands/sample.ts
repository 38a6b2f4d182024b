import { basename, dirname, join } from "node:path";
import type { Pixels } from "../../formats/png.ts";
import type { RunSampler, SampleRequest, Samples } from "../../systems/u-vit/sampling.ts";
import type { Call, Command } from "../command.ts";
import type { Terminal } from "../terminal.ts";

export const sample: Command = {
  path: "sample",
  summary: "new images from a run of u-vit",
  details:
    "Sample i of a seed is the same picture whatever else is drawn. Without --label or --text the model's classes or " +
    "prompts take turns. --guidance s goes on from what the model makes of nothing (0: off; s = 0.5 is 1.5 elsewhere). " +
    "What is not said is as the recipe's `samples` have it. Files appear whole or not at all.",
  usage: "RUN",
  things: [1, 1],
  flags: [
    "count",
    "label",
    "text",
    "guidance",
    "sampler",
    "steps",
    "seed",
    "interpolate",
    "grid",
    "images",
    "out",
    "checkpoint",
    "device",
    "threads",
    "quiet",
    "json",
  ],
  examples: [
    "sample first --count 64 --label ring --guidance 1 --steps 20 --seed 7 --grid out.png",
    'sample first --text "large red ring on blue" --count 16',
    "sample first --sampler ddim --steps 50 --interpolate --count 32",
  ],
  run: drawSamples,
};

/** Pictures in a row of a grid, and on the way between two noises. */
const across = 8;

async function drawSamples({ things: [name = ""], flags, terminal }: Call): Promise<void> {
  const [{ RunDirectory }, { RunSampler, samplePixels }, { deviceFlags }] = await Promise.all([
    import("../../train/run-directory.ts"),
    import("../../systems/u-vit/sampling.ts"),
    import("../device-flags.ts"),
  ]);
  const run = RunDirectory.open(name, flags.out);
  const sampler = await RunSampler.open(run, { checkpoint: flags.checkpoint, ...deviceFlags(flags) });
  try {
    const request = requestOf(sampler, flags);
    const samples = await sampler.sample({ ...request, onProgress: showProgress(terminal, request.count) });
    const images = samplePixels(samples);
    const { step } = sampler;
    const grid = flags.grid ?? run.join("samples", "sampled.png");
    const text = { run: run.name, step: String(step), seed: String(request.seed ?? sampler.recipe.samples.seed) };
    await writePicture(grid, images, { columns: columnsOf(sampler, request, samples), text });
    if (flags.images !== undefined) await writeImages(flags.images, images);
    terminal.result({ run: run.path, step, count: images.length, grid, images: flags.images ?? null }, () => [
      `${grid}: ${images.length} samples of ${run.name}, step ${step}`,
      ...(flags.images === undefined ? [] : [`${flags.images}: as single files`]),
    ]);
  } finally {
    await sampler[Symbol.asyncDispose]();
  }
}

function requestOf(sampler: RunSampler, flags: Call["flags"]): SampleRequest {
  const { count = 64, label, text, guidance, sampler: named, steps, seed, interpolate } = flags;
  const byText = text === undefined ? undefined : sampler.text(text);
  const wanted = label === undefined ? byText : sampler.label(label);
  return {
    count,
    sampler: named,
    guidance,
    steps,
    seed: seed === undefined ? undefined : seedOf(seed),
    ...(wanted !== undefined && { wanted }),
    ...(interpolate && { interpolate: Math.min(across, count) }),
  };
}

/** A seed that `generator` takes, or NaN, which it refuses by name. */
const seedOf = (text: string): number => (/^\d+$/.test(text) ? Number(text) : Number.NaN);

/** The names of conditions that take turns; else nothing above eight columns. */
function columnsOf(sampler: RunSampler, { wanted, interpolate }: SampleRequest, { wanted: all }: Samples): string[] {
  const shown = sampler.conditions.shown.map(({ name }) => name);
  const named = wanted === undefined && interpolate === undefined && shown.length > 0 && shown.length <= all.length;
  return named ? shown : Array<string>(Math.min(across, all.length)).fill("");
}

async function writePicture(
  path: string,
  images: readonly Pixels[],
  options: { readonly columns: readonly string[]; readonly text: Readonly<Record<string, string>> },
): Promise<void> {
  const { sampleGrid } = await import("../../systems/u-vit/pictures.ts");
  await writeFiles(dirname(path), new Map([[basename(path), sampleGrid({ images, ...options })]]));
}

/** `0000.png`, `0001.png`, … */
async function writeImages(directory: string, images: readonly Pixels[]): Promise<void> {
  const [{ encodePng }, { deflateSync }] = await Promise.all([import("../../formats/png.ts"), import("node:zlib")]);
  const files = images.map(
    (image, i) => [`${String(i).padStart(4, "0")}.png`, encodePng(image, { deflate: deflateSync })] as const,
  );
  await writeFiles(directory, new Map(files));
}

async function writeFiles(directory: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const [{ commitFile, makeDirectory }, { fileCalls }] = await Promise.all([
    import("../../files/durable-writer.node.ts"),
    import("../../files/file-calls.node.ts"),
  ]);
  makeDirectory(fileCalls, directory);
  for (const [name, bytes] of files) commitFile(fileCalls, join(directory, name), [bytes], { overwrite: true });
}

/** One line that is rewritten on a terminal; elsewhere a line for each batch. */
function showProgress(terminal: Terminal, count: number): NonNullable<SampleRequest["onProgress"]> {
  let last = -1;
  return ({ samples, evaluation }) => {
    const line = `${samples}/${count} samples, evaluation ${evaluation}`;
    if (terminal.columns !== undefined) return terminal.progress(`\r${line}${samples === count ? "\n" : "  "}`);
    if (samples !== last) terminal.note(`${samples}/${count} samples`);
    last = samples;
  };
}
