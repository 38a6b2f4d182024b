import { createHash } from "node:crypto";
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
  /** In label order. */
  readonly classes: readonly { readonly name: string; readonly count: number }[];
  /** Different sizes in pixels, the most frequent first. */
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly count: number }[];
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
  /** Sentences: unreadable images by name, empty classes, a missing split. */
  readonly problems: readonly string[];
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
  const opened = new Map<Split, Dataset>();
  for (const split of splits) {
    const dataset = await openedOrProblem(spec, split, problems);
    if (dataset !== undefined) opened.set(split, dataset);
  }
  const total = [...opened.values()].reduce((sum, { length }) => sum + length, 0);
  const pictures = new Pictures(total, progress);
  const inspected: Partial<Record<Split, SplitInspection>> = {};
  for (const [split, dataset] of opened) inspected[split] = await inspectSplit(dataset, split, pictures, problems);
  const classNames = [...opened.values()][0].classNames;
  return {
    root: spec.root,
    format,
    splits: inspected,
    classNames,
    problems,
    overlap: pictures.overlap,
    duplicates: pictures.duplicates,
  };
}

/** A set without training images cannot be inspected; one without held-out images has a problem. */
async function openedOrProblem(spec: DatasetSpecInput, split: Split, problems: string[]): Promise<Dataset | undefined> {
  try {
    return await openDataset(spec, split);
  } catch (error) {
    if (split === "train" || !(error instanceof FoveaError)) throw error;
    problems.push(`${split}: ${error.message}`);
    return undefined;
  }
}

async function inspectSplit(
  dataset: Dataset,
  split: Split,
  pictures: Pictures,
  problems: string[],
): Promise<SplitInspection> {
  const classes = dataset.classNames.map((name) => ({ name, count: 0 }));
  const sizes = new Map<string, { width: number; height: number; count: number }>();
  for (let index = 0; index < dataset.length; index++) {
    classes[dataset.label(index)].count++;
    try {
      const { image, id } = await dataset.read(index);
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
  for (const { name, count } of classes) if (count === 0) problems.push(`${split}: class ${name} has no images`);
  if (classes.length === 1) problems.push(`${split}: one class (${classes[0].name}): a classifier needs at least two`);
  return { count: dataset.length, classes, sizes: [...sizes.values()].sort((a, b) => b.count - a.count) };
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
