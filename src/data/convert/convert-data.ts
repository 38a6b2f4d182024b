import { resolve, sep } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import { unknownName } from "../../errors/unknown-name.ts";
import { fileCalls } from "../../files/file-calls.node.ts";
import { stageDirectory } from "../../files/staged-directory.node.ts";
import type { Dataset } from "../dataset.ts";
import type { DatasetSpecInput } from "../dataset-spec.ts";
import type { Sample } from "../image.ts";
import { openDataset } from "../open-dataset.ts";
import { splits, type Split } from "../split.ts";
import type { TargetKind } from "../targets.ts";
import { writeCocoSplit } from "./to-coco.ts";
import { writeFolderSplit } from "./to-folder.ts";
import { writeShardSplit } from "./to-shards.ts";

/** A sample that can be read, with its place in the set. */
export interface Read {
  readonly index: number;
  readonly sample: Sample;
}

/** One split on its way into another layout. */
export interface ConvertedSplit {
  readonly split: Split;
  readonly dataset: Dataset;
  /** Whether it is the only one: then a folder of class folders has no folders of splits. */
  readonly alone: boolean;
  readonly samples: AsyncIterable<Read>;
}

interface Target {
  /** What it can hold; at least one of these must be there. */
  readonly holds: readonly TargetKind[];
  /** Writes below `directory`. */
  write(directory: string, split: ConvertedSplit): Promise<void>;
}

const targets = {
  folder: { holds: ["label"], write: writeFolderSplit },
  webdataset: { holds: ["label", "captions"], write: writeShardSplit },
  coco: { holds: ["instances", "keypoints", "captions", "panoptic"], write: writeCocoSplit },
} as const satisfies Readonly<Record<string, Target>>;

/** Layouts that can be written. */
export type ConvertTarget = keyof typeof targets;
const targetNames = Object.keys(targets) as ConvertTarget[]; // the object's own keys

export interface ConvertOptions {
  readonly format: string;
  readonly overwrite?: boolean;
  /** Called with images done and their total. */
  readonly progress?: (done: number, total: number) => void;
}

export interface ConvertReport {
  readonly from: string;
  readonly to: string;
  readonly format: ConvertTarget;
  /** Images written, by split. */
  readonly images: Readonly<Partial<Record<Split, number>>>;
  /** What the set has and the new layout cannot hold. */
  readonly dropped: readonly TargetKind[];
  /** Sentences on images that are left out. */
  readonly unreadable: readonly string[];
}

/**
 * Writes the set that `spec` names in another layout into the new folder `to`, whole or not at all. Image files keep their
 * bytes; images are read one by one, and their names are their places in the split.
 *
 * @throws FoveaError `data/convert` for an unknown layout or one that could hold nothing of the set but pixels
 */
export async function convertData(
  spec: DatasetSpecInput & { readonly root: string },
  to: string,
  options: ConvertOptions,
): Promise<ConvertReport> {
  const { overwrite = false, progress = () => {} } = options;
  const format = knownTarget(options.format);
  checkApart(spec.root, to);
  const sets = await openSplits(spec);
  const { holds, write }: Target = targets[format];
  const kinds = kindsOf(sets[0].dataset);
  if (!kinds.some((kind) => holds.includes(kind))) {
    throw new FoveaError("data/convert", `${format} holds ${holds.join(", ")}; ${spec.root} has ${kinds.join(", ")}`, {
      hint: `layouts that can be written: ${targetNames.join(", ")}`,
      exitCode: 2,
    });
  }
  const total = sets.reduce((sum, { dataset }) => sum + dataset.length, 0);
  const unreadable: string[] = [];
  const images: Partial<Record<Split, number>> = {};
  let done = 0;
  async function* samplesOf(split: Split, dataset: Dataset): AsyncGenerator<Read> {
    for (let index = 0; index < dataset.length; index++) {
      const sample = await readable(dataset, index, unreadable);
      progress(++done, total);
      if (sample === undefined) continue;
      images[split] = (images[split] ?? 0) + 1;
      yield { index, sample };
    }
  }
  await stageDirectory(fileCalls, resolve(to), { overwrite }, async (directory) => {
    for (const { split, dataset } of sets) {
      await write(directory, { split, dataset, alone: sets.length === 1, samples: samplesOf(split, dataset) });
    }
    if (Object.keys(images).length === 0) throw new FoveaError("data/empty", `${spec.root}: no image can be read`);
  });
  return { from: spec.root, to, format, images, dropped: kinds.filter((kind) => !holds.includes(kind)), unreadable };
}

function knownTarget(name: string): ConvertTarget {
  const known = targetNames.find((one) => one === name);
  if (known !== undefined) return known;
  throw unknownName("data/convert", "layout", name, targetNames);
}

function checkApart(from: string, to: string): void {
  const [source, target] = [resolve(from), resolve(to)];
  if (source !== target && !target.startsWith(source + sep) && !source.startsWith(target + sep)) return;
  throw new FoveaError("data/convert", `${to} and ${from} lie in each other: the copy needs a folder of its own`, {
    exitCode: 2,
  });
}

async function openSplits(spec: DatasetSpecInput): Promise<{ split: Split; dataset: Dataset }[]> {
  const opened: { split: Split; dataset: Dataset }[] = [];
  let first: FoveaError | undefined;
  for (const split of splits) {
    try {
      opened.push({ split, dataset: await openDataset(spec, split) });
    } catch (error) {
      if (!(error instanceof FoveaError)) throw error;
      first ??= error;
      if (error.code !== "data/split" && error.code !== "data/empty") throw error;
    }
  }
  if (opened.length === 0 && first !== undefined) throw first;
  // one folder is read for both val and test, where the set has no third part
  return opened.filter(
    ({ dataset }, i) => opened.findIndex((one) => one.dataset.fingerprint === dataset.fingerprint) === i,
  );
}

/** A set without `targets` has labels and nothing else. */
function kindsOf({ targets: info }: Dataset): TargetKind[] {
  return info === undefined ? ["label"] : (Object.keys(info) as TargetKind[]); // TargetInfo's keys are the kinds
}

async function readable(dataset: Dataset, index: number, unreadable: string[]): Promise<Sample | undefined> {
  try {
    return await dataset.read(index);
  } catch (error) {
    if (!(error instanceof FoveaError)) throw error;
    unreadable.push(error.message);
    return undefined;
  }
}
