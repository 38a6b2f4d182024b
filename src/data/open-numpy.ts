import { createHash } from "node:crypto";
import { join } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { openFileSource } from "../files/byte-source.node.ts";
import type { ByteSource } from "../files/byte-source.ts";
import { npzEntries } from "../formats/npz.ts";
import { readNpyValues } from "../formats/npy-values.ts";
import { asNumbers, type ValueArray } from "../formats/value-array.ts";
import { noSplit } from "./annotated/divide.ts";
import type { DataFormat } from "./data-format.ts";
import type { MemorySource } from "./dataset-source.ts";
import { listFolder } from "./image-tree.ts";
import { sharedBytes } from "./memory-dataset.ts";
import type { Split } from "./split.ts";

/** Names of a split's arrays: images, then labels. Keras' and MedMNIST's. */
const pairsOf = (split: string): readonly (readonly [string, string])[] => [
  [`x_${split}`, `y_${split}`],
  [`${split}_images`, `${split}_labels`],
];

/**
 * Images and labels as numpy saves them: one npz file, or npy files, with `x_train`, `y_train`, `x_test`, `y_test`
 * (Keras) or `train_images`, `train_labels`, `val_images` … (MedMNIST). Images are uint8 [N, H, W] or [N, H, W, 1 | 3],
 * labels whole numbers [N] or [N, 1]. Without a validation split the test split is held out.
 */
export const numpyFormat: DataFormat = {
  expected: "an npz file, or npy files, with x_train and y_train or train_images and train_labels",
  locate: (root) => (pairIn(root, "train") === undefined ? undefined : root),
  open(folder, split, { classNames }) {
    const hasVal = pairIn(folder, "val") !== undefined;
    if (split === "test" && !hasVal) throw noSplit(split);
    const stored = split === "val" && !hasVal ? "test" : split;
    const pair = pairIn(folder, stored);
    if (pair === undefined) throw noSplit(split);
    return openPair(folder, pair, split, classNames);
  },
};

interface Pair {
  /** The npz file, or none for two npy files. */
  readonly archive: string | undefined;
  readonly images: string;
  readonly labels: string;
}

function pairIn(root: string, split: string): Pair | undefined {
  const names = listFolder(root).filter((entry) => entry.isFile()).map(({ name }) => name); // prettier-ignore
  const files = new Set(names.filter((name) => name.endsWith(".npy")).map((name) => name.slice(0, -4)));
  const found = pairsOf(split).find(([images, labels]) => files.has(images) && files.has(labels));
  if (found !== undefined) return { archive: undefined, images: found[0], labels: found[1] };
  const archives = names.filter((name) => name.endsWith(".npz"));
  if (archives.length !== 1) return undefined;
  const entries = entriesOf(join(root, archives[0]));
  const inside = pairsOf(split).find(([images, labels]) => entries.has(images) && entries.has(labels));
  return inside && { archive: archives[0], images: inside[0], labels: inside[1] };
}

/** Names in an archive; none where it cannot be read, so that a damaged one is no set rather than an error for all. */
function entriesOf(path: string): ReadonlySet<string> {
  try {
    return withFile(path, (source) => new Set(npzEntries(source).keys()));
  } catch (error) {
    if (error instanceof FoveaError) return new Set();
    throw error;
  }
}

function openPair(folder: string, pair: Pair, split: Split, given: readonly string[] | undefined): MemorySource {
  const images = readArray(folder, pair, pair.images);
  const labels = readArray(folder, pair, pair.labels);
  const [count, height, width, channels = 1] = images.shape;
  const fits =
    images.type === "uint8" &&
    (images.shape.length === 3 || images.shape.length === 4) &&
    (channels === 1 || channels === 3) &&
    count > 0;
  if (!fits)
    throw refusal(
      folder,
      pair.images,
      `${images.type} [${images.shape.join(", ")}], expected uint8 [N, H, W] or [N, H, W, 1 or 3]`,
    );
  const numbers = asNumbers(labels.data);
  const whole = /^u?int|^bool/.test(labels.type) && numbers.every((label) => label >= 0 && label < 2 ** 20);
  if (!whole || numbers.length !== count || labels.shape[0] !== count)
    throw refusal(
      folder,
      pair.labels,
      `${labels.type} [${labels.shape.join(", ")}], expected ${count} whole numbers, one for each image`,
    );
  const shared = sharedBytes(images.data.length);
  shared.set(images.data as Uint8Array); // its type is uint8
  return {
    kind: "memory",
    name: `${folder} (${split})`,
    ...{ width, height, channels },
    images: shared,
    labels: Int32Array.from(numbers),
    classNames: classNames(folder, pair, numbers, given),
    origins: [{ name: pair.archive === undefined ? `${pair.images}.npy` : `${pair.archive}:${pair.images}`, start: 0 }],
    fingerprint: createHash("sha256").update(shared).update(new Uint8Array(numbers.buffer)).digest("hex"),
  };
}

/** As many as the highest label of any split needs: a class may be absent from one. */
function classNames(
  folder: string,
  pair: Pair,
  labels: Float64Array,
  given: readonly string[] | undefined,
): readonly string[] {
  const train = pairIn(folder, "train");
  const others =
    train === undefined || train.labels === pair.labels
      ? labels
      : asNumbers(readArray(folder, train, train.labels).data);
  const highest = [labels, others].reduce((most, list) => list.reduce((a, b) => Math.max(a, b), most), 0);
  if (given === undefined) return Array.from({ length: highest + 1 }, (_, label) => `class ${label}`);
  if (highest < given.length) return given;
  throw refusal(folder, pair.labels, `label ${highest}, but ${given.length} class names are given`);
}

function readArray(folder: string, { archive }: Pair, name: string): ValueArray {
  if (archive === undefined) return withFile(join(folder, `${name}.npy`), (source) => readNpyValues(source));
  return withFile(join(folder, archive), (source) => {
    const entry = npzEntries(source).get(name);
    if (entry === undefined) throw refusal(folder, name, "it is missing");
    return readNpyValues(entry);
  });
}

function withFile<T>(path: string, work: (source: ByteSource) => T): T {
  const file = openFileSource(path);
  try {
    return work(file);
  } finally {
    file.close();
  }
}

const refusal = (folder: string, name: string, message: string): FoveaError =>
  new FoveaError("data/numpy", `${folder}: ${name}: ${message}`, { hint: "images and labels must belong together" });
