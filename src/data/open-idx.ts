import { createHash } from "node:crypto";
import { join } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { memorySource } from "../files/byte-source.ts";
import { readFileBytes } from "../files/byte-source.node.ts";
import { decodeIdx, type IdxArray } from "../formats/idx.ts";
import { isGzip } from "../formats/gzip.ts";
import { gunzip } from "./gunzip.ts";
import { idxFiles } from "./idx-files.ts";
import type { MemorySource } from "./dataset-source.ts";
import { sharedBytes } from "./memory-dataset.ts";
import type { Split } from "./split.ts";

/** Bytes of one IDX file, before and after inflation: all of it is held in memory. */
const mostBytes = 2 ** 31;

/** One split of a folder of IDX files (MNIST and its kin), plain or gzipped, in memory. */
export function openIdx(folder: string, split: Split, classNames?: readonly string[]): MemorySource {
  const imagesName = onlyFile(folder, split, "images");
  const labelsName = onlyFile(folder, split, "labels");
  const { shape, data } = readIdx(folder, imagesName);
  const labels = readIdx(folder, labelsName);
  if (shape.length !== 3)
    throw mismatch(folder, imagesName, `has shape [${shape.join(", ")}], not [count, height, width]`);
  if (labels.shape.length !== 1 || labels.shape[0] !== shape[0]) {
    throw mismatch(folder, labelsName, `has shape [${labels.shape.join(", ")}], but there are ${shape[0]} images`);
  }
  const images = sharedBytes(data.length);
  images.set(data);
  return {
    kind: "memory",
    name: `${folder} (${split})`,
    width: shape[2],
    height: shape[1],
    channels: 1,
    images,
    labels: Int32Array.from(labels.data),
    classNames: namesFor(folder, labelsName, labels.data, split, classNames),
    origins: [{ name: imagesName, start: 0 }],
    fingerprint: createHash("sha256").update(data).update(labels.data).digest("hex"),
  };
}

function onlyFile(folder: string, split: Split, content: "images" | "labels"): string {
  const found = idxFiles(folder).filter((file) => file.split === split && file.content === content);
  if (found.length === 1) return found[0].name;
  const example = `${split === "train" ? "train" : "t10k"}-${content}-idx${content === "images" ? 3 : 1}-ubyte.gz`;
  const what = found.length === 0 ? `no file like ${example}` : `both ${found.map(({ name }) => name).join(" and ")}`;
  throw new FoveaError("data/idx", `${folder}: ${what}`, {
    hint: `have exactly one file of ${split} ${content} there`,
  });
}

function readIdx(folder: string, name: string): IdxArray {
  const path = join(folder, name);
  const bytes = readFileBytes(path, mostBytes);
  return decodeIdx(memorySource(isGzip(bytes) ? gunzip(bytes, path, mostBytes) : bytes, path));
}

/** Names by label; both splits must give the same, so without names a held-out set asks the training labels. */
function namesFor(
  folder: string,
  file: string,
  labels: Uint8Array,
  split: Split,
  given?: readonly string[],
): readonly string[] {
  const highest = labels.reduce((most, label) => Math.max(most, label), 0);
  const names = given ?? unnamed(split === "train" ? highest : highestTrainLabel(folder));
  if (highest < names.length) return names;
  throw mismatch(folder, file, `holds label ${highest}, but there are ${names.length} classes`);
}

const unnamed = (highest: number): string[] => Array.from({ length: highest + 1 }, (_, label) => `class ${label}`);

const highestTrainLabel = (folder: string): number =>
  readIdx(folder, onlyFile(folder, "train", "labels")).data.reduce((most, label) => Math.max(most, label), 0);

function mismatch(folder: string, name: string, what: string): FoveaError {
  return new FoveaError("data/idx", `${join(folder, name)}: ${what}`, {
    hint: "images and labels must belong together",
  });
}
