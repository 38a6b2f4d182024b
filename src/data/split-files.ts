import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { commitFileWith } from "../files/durable-writer.node.ts";
import { fileCalls } from "../files/file-calls.node.ts";
import { generator } from "../random/generator.ts";
import { parseDatasetSpec } from "./dataset-spec.ts";
import { folderDataset } from "./folder-dataset.ts";
import { openFolder, splitFolders } from "./open-folder.ts";
import { nestedSubset } from "./sampling/class-subset.ts";

export interface SplitFilesOptions {
  /** Share of each class's images that is held out, above 0 and below 1. */
  readonly val: number;
  readonly seed: number;
  /** Shares of the training images, each written as a list of its own. */
  readonly fractions?: readonly number[];
  readonly overwrite?: boolean;
  readonly progress?: (done: number, total: number) => void;
}

/** What was written. */
export interface SplitFilesReport {
  readonly root: string;
  readonly classes: readonly string[];
  readonly train: number;
  readonly val: number;
  /** Images that are the same picture as another; they are on its side. */
  readonly duplicates: number;
  /** Images that are in no list because they cannot be read. */
  readonly unreadable: readonly string[];
  /** Names of the lists below the root, `train.txt` last. */
  readonly lists: readonly string[];
}

interface Listed {
  readonly path: string;
  readonly label: number;
}

/**
 * Divides a folder of class folders by lists and copies nothing: `train.txt` and `val.txt` of lines `path label`, with
 * `classes.txt`, which `openDataset` reads before the folders. Of each class the seeded share `val` is held out, at least
 * one picture where there are two different ones. Pictures of equal pixels are on one side, whatever their classes;
 * pictures that are only alike are not looked for. `train-0.1.txt` is the first ⌈0.1 · n⌉ of each class after a seeded
 * shuffle (data-scaling spec §4.2): smaller fractions lie inside larger ones, and are what `nestedSubset` takes of train.txt.
 *
 * @throws FoveaError `data/split` for a folder that is divided already, lists that are there, or a wrong share
 */
export async function splitFiles(root: string, options: SplitFilesOptions): Promise<SplitFilesReport> {
  const { val, seed, fractions = [], overwrite = false, progress = () => {} } = options;
  const names = ["classes.txt", "val.txt", ...new Set(fractions.map((one) => `train-${one}.txt`)), "train.txt"];
  checkOptions(root, val, fractions);
  if (!overwrite) checkFree(root, names);
  const { images, classNames } = allImages(root);
  const { groups, unreadable } = await samePictures(root, images, progress);
  const held = heldOut(groups, classNames, { val, seed });
  const readable = groups.flat().sort((a, b) => (a.path < b.path ? -1 : 1));
  const [train, kept] = [readable.filter((one) => !held.has(one)), readable.filter((one) => held.has(one))];
  if (train.length === 0 || kept.length === 0) {
    throw wrong(`${root}: ${readable.length} images, ${groups.length} of them different, cannot be divided`);
  }
  const labelled = { length: train.length, classNames, label: (index: number) => train[index].label };
  const lists = new Map<string, string>([
    ["classes.txt", classNames.map((name) => `${name}\n`).join("")],
    ["val.txt", linesOf(kept)],
    ...fractions.map((fraction): [string, string] => {
      const chosen = nestedSubset(labelled, fraction, seed);
      return [`train-${fraction}.txt`, linesOf(Array.from(chosen, (index) => train[index]))];
    }),
  ]);
  const others = new Map([...lists].map(([name, text]) => [name, [encode(text)]]));
  commitFileWith(fileCalls, join(root, "train.txt"), [encode(linesOf(train))], others);
  const duplicates = readable.length - groups.length;
  return { root, classes: classNames, train: train.length, val: kept.length, duplicates, unreadable, lists: names };
}

function checkOptions(root: string, val: number, fractions: readonly number[]): void {
  if (!(val > 0 && val < 1)) throw wrong(`a share of ${val} to hold out: above 0 and below 1 is needed`);
  const bad = fractions.find((one) => !(one > 0 && one <= 1));
  if (bad !== undefined) throw wrong(`a fraction of ${bad}: above 0, at most 1 is needed`);
  const folders = splitFolders(root);
  if (folders === undefined) return;
  throw new FoveaError("data/split", `${root} is divided already, into ${folders.train} and ${folders.val}`, {
    hint: `fovea data split ${join(root, folders.train)} divides its training images further`,
    exitCode: 2,
  });
}

/** Lists of classes that the reader would take before ours, and lists that are there. */
function checkFree(root: string, names: readonly string[]): void {
  const taken = [...names, "synsets.txt", "LOC_synset_mapping.txt", "synset_words.txt"].find((name) =>
    existsSync(join(root, name)),
  );
  if (taken === undefined) return;
  throw new FoveaError("data/split", `${root}: ${taken} is there already`, {
    hint: "move it away, or replace lists of an earlier split with --overwrite",
    exitCode: 2,
  });
}

/** Every image of the folder, in the order of its path. */
function allImages(root: string): { images: Listed[]; classNames: readonly string[] } {
  const { seed, valFraction, followLinks } = parseDatasetSpec({ root });
  const halves = (["train", "val"] as const).map((split) =>
    openFolder(root, split, { seed, valFraction, followLinks }),
  );
  const [{ classNames }] = halves;
  const images = halves.flatMap(({ files, labels }) => files.map((path, i) => ({ path, label: labels[i] })));
  const bad = [...images.map(({ path }) => path), ...classNames].find(
    (name) => name !== name.trim() || /[\r\n]/.test(name),
  );
  if (bad !== undefined)
    throw wrong(`${JSON.stringify(bad)}: a list cannot hold line breaks or blanks at the ends of a name`);
  return { images: images.sort((a, b) => (a.path < b.path ? -1 : 1)), classNames };
}

/** Images in groups of equal pixels, as `fovea data inspect` finds them. */
async function samePictures(root: string, images: readonly Listed[], progress: (done: number, total: number) => void) {
  const set = folderDataset({
    kind: "folder",
    name: root,
    root: resolve(root),
    files: images.map(({ path }) => path),
    labels: Int32Array.from(images, ({ label }) => label),
    classNames: [],
    fingerprint: "",
    followLinks: false,
  });
  const groups = new Map<string, Listed[]>();
  const unreadable: string[] = [];
  for (let index = 0; index < images.length; index++) {
    try {
      const { image } = await set.read(index);
      const size = `${image.width} ${image.height} `;
      const hash = createHash("sha256").update(size).update(image.data).digest("base64");
      const group = groups.get(hash);
      if (group === undefined) groups.set(hash, [images[index]]);
      else group.push(images[index]);
    } catch (error) {
      if (!(error instanceof FoveaError)) throw error;
      unreadable.push(images[index].path);
    }
    progress(index + 1, images.length);
  }
  return { groups: [...groups.values()], unreadable };
}

/** A group counts for the class of its first image. */
function heldOut(
  groups: readonly (readonly Listed[])[],
  classNames: readonly string[],
  { val, seed }: { readonly val: number; readonly seed: number },
): Set<Listed> {
  return new Set(
    classNames.flatMap((name, label) => {
      const own = groups.filter(([first]) => first.label === label);
      if (own.length < 2) return [];
      const images = own.reduce((sum, { length }) => sum + length, 0);
      const wanted = Math.min(images - 1, Math.max(1, Math.round(val * images)));
      const order = generator(seed, `data/split-files/${name}`).permutation(own.length);
      const chosen: Listed[] = [];
      for (const place of order) if (chosen.length + own[place].length <= wanted) chosen.push(...own[place]);
      // every group is larger than the share: the smallest
      return chosen.length > 0 ? chosen : own.reduce((least, one) => (one.length < least.length ? one : least));
    }),
  );
}

const linesOf = (images: readonly Listed[]): string => images.map(({ path, label }) => `${path} ${label}\n`).join("");

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const wrong = (message: string): FoveaError => new FoveaError("data/split", message, { exitCode: 2 });
