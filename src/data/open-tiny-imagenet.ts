import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { readFileBytes } from "../files/byte-source.node.ts";
import type { FolderSource } from "./dataset-source.ts";
import { findImages, type FoundFile } from "./image-tree.ts";
import { folderFingerprint } from "./open-folder.ts";
import type { Split } from "./split.ts";

/** One split of Tiny ImageNet: `wnids.txt`, `words.txt`, `train/WNID/images/*`, `val/images/*` with `val_annotations.txt`. */
export function openTinyImagenet(root: string, split: Split, followLinks: boolean): FolderSource {
  const ids = lines(join(root, "wnids.txt")).map((line) => line.trim());
  const found = split === "train" ? trainImages(root, ids, followLinks) : valImages(root, ids, followLinks);
  if (found.length === 0) {
    throw new FoveaError(
      "data/empty",
      `data.root ${root}: no ${split} images of the ${ids.length} classes in wnids.txt`,
    );
  }
  const labels = found.map(({ label }) => label);
  return {
    kind: "folder",
    name: `${root} (${split})`,
    root: resolve(root),
    files: found.map(({ path }) => path),
    labels: Int32Array.from(labels),
    classNames: classNames(root, ids),
    fingerprint: folderFingerprint(found, labels),
    followLinks,
  };
}

interface Labelled extends FoundFile {
  readonly label: number;
}

function trainImages(root: string, ids: readonly string[], followLinks: boolean): Labelled[] {
  const labels = new Map(ids.map((id, label) => [id, label]));
  return findImages(root, "train", followLinks).images.flatMap((file) => {
    const label = labels.get(file.path.split("/")[1]);
    return label === undefined ? [] : [{ ...file, label }];
  });
}

function valImages(root: string, ids: readonly string[], followLinks: boolean): Labelled[] {
  const labels = new Map(ids.map((id, label) => [id, label]));
  const classOf = new Map(
    lines(join(root, "val", "val_annotations.txt")).map((line) => line.split("\t", 2) as [string, string]),
  );
  return findImages(root, "val", followLinks).images.flatMap((file) => {
    const id = classOf.get(file.path.slice(file.path.lastIndexOf("/") + 1));
    const label = id === undefined ? undefined : labels.get(id);
    return label === undefined ? [] : [{ ...file, label }];
  });
}

/** The first word for each class where `words.txt` has one that no other class has, else its id. */
function classNames(root: string, ids: readonly string[]): string[] {
  const path = join(root, "words.txt");
  if (!existsSync(path)) return [...ids];
  const words = new Map(lines(path).map((line) => line.split("\t", 2) as [string, string]));
  const names = ids.map((id) => words.get(id)?.split(",")[0].trim() ?? id);
  return names.map((name, label) => (names.indexOf(name) === names.lastIndexOf(name) ? name : ids[label]));
}

function lines(path: string): string[] {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(readFileBytes(path, 2 ** 26));
  return text.split(/\r?\n/).filter((line) => line.trim() !== "");
}
