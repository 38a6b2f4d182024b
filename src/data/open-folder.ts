import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { generator } from "../random/generator.ts";
import type { FolderSource } from "./dataset-source.ts";
import { findImages, listFolder, type FoundFile } from "./image-tree.ts";
import { imageEndings } from "./image-file.ts";
import type { Split } from "./split.ts";

export interface FolderOptions {
  readonly seed: number;
  readonly valFraction: number;
  readonly followLinks: boolean;
}

/** Which files of a folder are its samples. */
export interface FileKind {
  /** For messages. */
  readonly what: string;
  /** In lower case. */
  readonly endings: readonly string[];
}

const images: FileKind = { what: "images", endings: imageEndings };

const endsAs = ({ endings }: FileKind, name: string): boolean =>
  endings.some((ending) => name.toLowerCase().endsWith(ending));

const trainNames = ["train", "training"];
const valNames = ["val", "valid", "validation", "test", "testing"];

/** A class and its files. */
interface ClassFiles {
  readonly name: string;
  readonly files: readonly FoundFile[];
}

/**
 * One split of a folder of images: `train/CLASS/…` with `val/CLASS/…` (or valid, validation, test), or `CLASS/…`, which
 * is divided: of each class the same seeded `valFraction` is held out. Images without class folders are one class.
 */
export function openFolder(root: string, split: Split, options: FolderOptions, kind: FileKind = images): FolderSource {
  const folders = splitFolders(root);
  const { classes, classNames } =
    folders === undefined ? divided(root, split, options, kind) : undivided(root, folders, split, options, kind);
  const files = classes.flatMap((one) => one.files);
  if (files.length === 0) throw noImages(root, split, kind);
  const labels = classes.flatMap((one) => one.files.map(() => classNames.indexOf(one.name)));
  return {
    kind: "folder",
    name: `${root} (${split})`,
    root: resolve(root),
    files: files.map(({ path }) => path),
    labels: Int32Array.from(labels),
    classNames,
    fingerprint: folderFingerprint(files, labels),
    followLinks: options.followLinks,
  };
}

/** SHA-256 of paths, sizes and labels: the pixels of a large folder would take minutes. */
export function folderFingerprint(files: readonly FoundFile[], labels: readonly number[]): string {
  const hash = createHash("sha256");
  files.forEach(({ path, bytes }, i) => hash.update(`${JSON.stringify(path)} ${bytes} ${labels[i]}\n`));
  return hash.digest("hex");
}

/** Of a set with train, val and test only the first two are read. */
type SplitFolders = Readonly<Record<Exclude<Split, "test">, string>>;

/** The folders of a divided set, or undefined where the root is not divided. */
export function splitFolders(root: string): SplitFolders | undefined {
  const names = listFolder(root).filter((entry) => !entry.isFile()).map(({ name }) => name); // prettier-ignore
  const train = trainNames.find((name) => names.includes(name));
  const val = valNames.find((name) => names.includes(name));
  return train === undefined || val === undefined ? undefined : { train, val };
}

interface Classes {
  readonly classes: readonly ClassFiles[];
  readonly classNames: readonly string[];
}

function undivided(root: string, folders: SplitFolders, split: Split, options: FolderOptions, kind: FileKind): Classes {
  const classes = classesOf(root, folders[split === "train" ? "train" : "val"], options.followLinks, kind);
  if (split === "train") return { classes, classNames: classes.map(({ name }) => name) };
  const classNames = classesOf(root, folders.train, options.followLinks, kind).map(({ name }) => name);
  const unknown = classes.find(({ name }) => !classNames.includes(name));
  // Images without class folders bear the folder's name: nothing to compare with
  if (classNames.length === 1 && classes.length === 1)
    return { classes: [{ ...classes[0], name: classNames[0] }], classNames };
  if (unknown === undefined) return { classes, classNames };
  throw new FoveaError(
    "data/classes",
    `${root}: ${folders.val} has the class ${unknown.name}, ${folders.train} has not`,
    {
      hint: `both need the same class folders; ${folders.train} has ${classNames.slice(0, 10).join(", ")}`,
    },
  );
}

function divided(root: string, split: Split, options: FolderOptions, kind: FileKind): Classes {
  const classes = classesOf(root, "", options.followLinks, kind);
  return {
    classes: classes.map(({ name, files }) => ({ name, files: seededPart(name, files, split, options) })),
    classNames: classes.map(({ name }) => name),
  };
}

/** Of two and more files at least one is held out and at least one kept; a single one is kept. */
function seededPart(name: string, files: readonly FoundFile[], split: Split, options: FolderOptions): FoundFile[] {
  const wanted = Math.round(files.length * options.valFraction);
  const held = files.length < 2 ? 0 : Math.min(files.length - 1, Math.max(1, wanted));
  const order = generator(options.seed, `data/split/${name}`).permutation(files.length);
  const heldOut = new Set(order.subarray(0, held));
  return files.filter((_, i) => heldOut.has(i) === (split === "val"));
}

/** Folders right below `folder` that hold images are the classes; without any, the images themselves are one class. */
function classesOf(root: string, folder: string, followLinks: boolean, kind: FileKind): ClassFiles[] {
  const { images: found } = findImages(root, folder, followLinks, (name) => endsAs(kind, name));
  const below = folder === "" ? 0 : folder.length + 1;
  const classes = new Map<string, FoundFile[]>();
  const loose: FoundFile[] = [];
  for (const image of found) {
    const slash = image.path.indexOf("/", below);
    if (slash === -1) {
      loose.push(image);
      continue;
    }
    const name = image.path.slice(below, slash);
    const files = classes.get(name);
    if (files === undefined) classes.set(name, [image]);
    else files.push(image);
  }
  if (loose.length > 0 && classes.size > 0) throw looseImage(root, loose[0].path, [...classes.keys()]);
  if (loose.length > 0) return [{ name: basename(resolve(root, folder)), files: loose }];
  return [...classes].map(([name, files]) => ({ name, files }));
}

function looseImage(root: string, path: string, classes: readonly string[]): FoveaError {
  return new FoveaError(
    "data/loose-image",
    `${root}: ${path} lies beside class folders (${classes.slice(0, 5).join(", ")})`,
    {
      hint: "every image belongs into a class folder; move it or take it out",
    },
  );
}

function noImages(root: string, split: Split, kind: FileKind): FoveaError {
  const entries = listFolder(root);
  const seen = entries.length === 0 ? "it is empty" : `it holds ${entries.slice(0, 5).map(({ name }) => name).join(", ")}`; // prettier-ignore
  const some = entries.some(({ name }) => endsAs(kind, name));
  return new FoveaError(
    "data/empty",
    `data.root ${root}: no ${split} ${kind.what} (${kind.endings.join(", ")}) below it; ${seen}`,
    {
      hint: some
        ? "one file cannot be divided into train and val"
        : `give a folder of class folders with ${kind.what} in them`,
      exitCode: 2,
    },
  );
}
