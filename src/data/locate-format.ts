import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { cifarRecordCount } from "../formats/cifar.ts";
import type { Format } from "./dataset-spec.ts";
import { idxFiles } from "./idx-files.ts";
import { listFolder } from "./image-tree.ts";

/** A recognised layout: the folder that its files lie in. */
export interface Located {
  readonly format: Format;
  readonly folder: string;
}

/**
 * The layout of the images below `root`, by what lies there: CIFAR binary files, IDX files, Tiny ImageNet's lists, else
 * an image folder. With `format` only that one is looked for.
 *
 * @throws FoveaError `data/root` where there is no such folder, `data/ambiguous` where several layouts are there,
 * `data/format` where `format` is not.
 */
export function locateFormat(root: string, format?: Format): Located {
  const stat = statSync(root, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isDirectory()) {
    const what = stat === undefined ? "there is no such folder" : "it is a file, not a folder";
    throw new FoveaError("data/root", `data.root ${root}: ${what}`, {
      hint: "give the folder that holds the images",
      exitCode: 2,
    });
  }
  const found = [...cifar(root), ...idx(root), ...tinyImagenet(root)];
  if (format === undefined) return unambiguous(root, found) ?? { format: "folder", folder: root };
  const located = format === "folder" ? { format, folder: root } : found.find((one) => one.format === format);
  if (located !== undefined) return located;
  throw new FoveaError("data/format", `data.root ${root}: no ${format} files are there (${expected[format]})`, {
    hint: "leave data.format out to have the layout recognised",
    exitCode: 2,
  });
}

const expected: Readonly<Record<Format, string>> = {
  cifar10: "data_batch_N.bin and test_batch.bin, records of 3,073 bytes",
  cifar100: "train.bin and test.bin, records of 3,074 bytes",
  idx: "train-images-idx3-ubyte and its labels, plain or .gz",
  "tiny-imagenet": "wnids.txt, train/WNID/images and val/val_annotations.txt",
  folder: "one folder of images for each class",
};

function unambiguous(root: string, found: readonly Located[]): Located | undefined {
  if (found.length <= 1) return found[0];
  const names = found.map(({ format }) => format).join(" and ");
  throw new FoveaError("data/ambiguous", `data.root ${root}: ${names} are both there`, {
    hint: `say which with data.format=${found[0].format}, or give a folder that holds one of them`,
    exitCode: 2,
  });
}

function cifar(root: string): Located[] {
  const cifar10 = [root, join(root, "cifar-10-batches-bin")].find((folder) => cifar10Batches(folder).length > 0);
  const cifar100 = [root, join(root, "cifar-100-binary")].find((folder) => holdsCifar100(folder));
  return [
    ...(cifar10 === undefined ? [] : [{ format: "cifar10" as const, folder: cifar10 }]),
    ...(cifar100 === undefined ? [] : [{ format: "cifar100" as const, folder: cifar100 }]),
  ];
}

/** Names of the training files of a CIFAR-10 folder, in order. */
export function cifar10Batches(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return listFolder(folder)
    .map(({ name }) => name)
    .filter((name) => /^data_batch_\d+\.bin$/.test(name));
}

/** train.bin is a plain name, so its size has to fit as well. */
function holdsCifar100(folder: string): boolean {
  const stat = statSync(join(folder, "train.bin"), { throwIfNoEntry: false });
  return stat !== undefined && cifarRecordCount(stat.size, "cifar100") !== undefined;
}

const idx = (root: string): Located[] => (idxFiles(root).length > 0 ? [{ format: "idx", folder: root }] : []);

const tinyImagenet = (root: string): Located[] =>
  existsSync(join(root, "wnids.txt")) && existsSync(join(root, "val", "val_annotations.txt"))
    ? [{ format: "tiny-imagenet", folder: root }]
    : [];
