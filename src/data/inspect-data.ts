import { createHash } from "node:crypto";
import { TargetCounter, type TargetCounts } from "./annotated/target-counts.ts";
import { FoveaError } from "../errors/fovea-error.ts";
import type { Dataset } from "./dataset.ts";
import { parseDatasetSpec, type DatasetSpecInput, type Format } from "./dataset-spec.ts";
import type { RawImage } from "./image.ts";
import { locateFormat } from "./locate-format.ts";
import { openDataset } from "./open-dataset.ts";
import { splits, type Split } from "./split.ts";

/** What one split holds. */
export interface SplitInspection {
  /** Images, the unreadable ones included. */
  readonly count: number;
  /** In label order; none where the set has no labels. */
  readonly classes: readonly { readonly name: string; readonly count: number }[];
  /** Different sizes in pixels, the most frequent first. */
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly count: number }[];
  /** What the images carry beside a label. */
  readonly targets?: TargetCounts;
}

/** The same picture under two names. */
export interface SamePicture {
  readonly first: string;
  readonly second: string;
}

/** What is below a root, and what is wrong with it. */
export interface DataInspection {
  readonly root: string;
  readonly format: Format;
  readonly splits: Readonly<Partial<Record<Split, SplitInspection>>>;
  readonly classNames: readonly string[];
  /** Sentences: unreadable images by name, faults of annotation files with their counts, empty classes, a missing split. */
  readonly problems: readonly string[];
  /** Sentences on what is no fault but good to know. */
  readonly notes: readonly string[];
  /** Pictures that are in both splits, by the hash of their decoded pixels: they make a validation score too good. */
  readonly overlap: readonly SamePicture[];
  /** Pictures that are twice in one split. */
  readonly duplicates: readonly SamePicture[];
}

/**
 * Reads every image below `spec.root` as a training would, and says what is there.
 *
 * @param progress called with images done and their total, every hundred.
 * @throws FoveaError where there is nothing to inspect: no such folder, no images, an ambiguous layout.
 */
export async function inspectData(
  spec: DatasetSpecInput & { readonly root: string },
  progress: (done: number, total: number) => void = () => {},
): Promise<DataInspection> {
  const { format } = locateFormat(spec.root, parseDatasetSpec(spec).format);
  const problems: string[] = [];
  const notes: string[] = [];
  const opened = await openSplits(spec, problems, notes);
  const total = [...opened.values()].reduce((sum, { length }) => sum + length, 0);
  const pictures = new Pictures(total, progress);
  const inspected: Partial<Record<Split, SplitInspection>> = {};
  for (const [split, dataset] of opened)
    inspected[split] = await inspectSplit(dataset, split, pictures, problems, notes);
  const sets = [...opened.values()];
  if (sets[0].classNames.length === 1 && sets[0].targets === undefined) {
    notes.push(`one class (${sets[0].classNames[0]}): a classifier needs at least two`);
  }
  return {
    root: spec.root,
    format,
    splits: inspected,
    classNames: sets[0].classNames,
    problems: [...new Set([...sets.flatMap((set) => set.problems ?? []), ...problems])],
    notes,
    overlap: pictures.overlap,
    duplicates: pictures.duplicates,
  };
}

/** A set of which no split opens cannot be inspected; a split that is not meant to be there is no fault. */
async function openSplits(
  spec: DatasetSpecInput,
  problems: string[],
  notes: string[],
): Promise<ReadonlyMap<Split, Dataset>> {
  const opened = new Map<Split, Dataset>();
  let first: FoveaError | undefined;
  for (const split of splits) {
    try {
      opened.set(split, await openDataset(spec, split));
    } catch (error) {
      if (!(error instanceof FoveaError)) throw error;
      first ??= error;
      if (error.code !== "data/split") problems.push(`${split}: ${error.message}`);
      else if (split !== "test") notes.push(`${split}: ${error.message}`);
    }
  }
  if (opened.size === 0 && first !== undefined) throw first;
  return opened;
}

async function inspectSplit(
  dataset: Dataset,
  split: Split,
  pictures: Pictures,
  problems: string[],
  notes: string[],
): Promise<SplitInspection> {
  const { targets: info } = dataset;
  const labelled = info === undefined || info.label !== undefined;
  const classes = labelled ? dataset.classNames.map((name) => ({ name, count: 0 })) : [];
  const targets = info === undefined ? undefined : new TargetCounter(info);
  const sizes = new Map<string, { width: number; height: number; count: number }>();
  for (let index = 0; index < dataset.length; index++) {
    if (labelled) classes[dataset.label(index)].count++;
    try {
      const sample = await dataset.read(index);
      const { image, id } = sample;
      targets?.add(sample);
      const key = `${image.width}×${image.height}`;
      const size = sizes.get(key) ?? { width: image.width, height: image.height, count: 0 };
      size.count++;
      sizes.set(key, size);
      pictures.add(split, id, image);
    } catch (error) {
      if (!(error instanceof FoveaError)) throw error;
      problems.push(`${split}: cannot read ${error.message}`);
    }
  }
  const sorted = [...sizes.values()].sort((a, b) => b.count - a.count);
  // a list of classes names those of the whole set; folders are made for images
  const faults = info === undefined ? problems : notes;
  faults.push(...emptyClasses(classes).map((what) => `${split}: ${what}`));
  return { count: dataset.length, classes, sizes: sorted, ...(targets && { targets: targets.counts() }) };
}

/** Few by name, many by their number: a sample of a thousand classes is no list of a thousand faults. */
function emptyClasses(classes: SplitInspection["classes"]): string[] {
  const empty = classes.filter(({ count }) => count === 0);
  if (empty.length <= 10) return empty.map(({ name }) => `class ${name} has no images`);
  const names = empty.slice(0, 3).map(({ name }) => name);
  return [`${empty.length} of ${classes.length} classes have no images (${names.join(", ")}, …)`];
}

/** Finds pictures that were seen before. */
class Pictures {
  readonly overlap: SamePicture[] = [];
  readonly duplicates: SamePicture[] = [];
  readonly #seen = new Map<string, { readonly split: Split; readonly id: string }>();
  #done = 0;
  readonly #total: number;
  readonly #progress: (done: number, total: number) => void;

  constructor(total: number, progress: (done: number, total: number) => void) {
    this.#total = total;
    this.#progress = progress;
  }

  add(split: Split, id: string, { width, height, data }: RawImage): void {
    if (++this.#done % 100 === 0) this.#progress(this.#done, this.#total);
    const hash = createHash("sha256").update(`${width} ${height} `).update(data).digest("base64");
    const before = this.#seen.get(hash);
    if (before === undefined) this.#seen.set(hash, { split, id });
    else (before.split === split ? this.duplicates : this.overlap).push({ first: before.id, second: id });
  }
}
