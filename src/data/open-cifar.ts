import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { openFileSource, readFileBytes, type FileSource } from "../files/byte-source.node.ts";
import { cifar10ClassNames, cifarRecordCount, cifarSide, decodeCifar, type CifarVariant } from "../formats/cifar.ts";
import type { MemorySource } from "./dataset-source.ts";
import { listFolder } from "./image-tree.ts";
import { sharedBytes } from "./memory-dataset.ts";
import type { Split } from "./split.ts";

const imageBytes = 3 * cifarSide * cifarSide;

/** One split of a folder of CIFAR binary files, in memory: 150 MB for the 50,000 images of the official sets. */
export function openCifar(folder: string, variant: CifarVariant, split: Split): MemorySource {
  const files = splitFiles(folder, variant, split).map((name) => openFileSource(join(folder, name)));
  try {
    return readFiles(folder, files, variant, split);
  } finally {
    for (const file of files) file.close();
  }
}

function splitFiles(folder: string, variant: CifarVariant, split: Split): string[] {
  if (variant === "cifar100") return [split === "train" ? "train.bin" : "test.bin"];
  return split === "train" ? cifar10Batches(folder) : ["test_batch.bin"];
}

/** Names of the training files of a CIFAR-10 folder, in order. */
export function cifar10Batches(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return listFolder(folder)
    .map(({ name }) => name)
    .filter((name) => /^data_batch_\d+\.bin$/.test(name));
}

function readFiles(folder: string, files: readonly FileSource[], variant: CifarVariant, split: Split): MemorySource {
  // A size that fits no record counts as 0 here and is refused, with its figures, by decodeCifar.
  const counts = files.map((file) => cifarRecordCount(file.size, variant) ?? 0);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const images = sharedBytes(total * imageBytes);
  const labels = new Int32Array(new SharedArrayBuffer(4 * total));
  const hash = createHash("sha256");
  const origins = [];
  let start = 0;
  for (const [i, file] of files.entries()) {
    const end = start + counts[i];
    decodeCifar(file, variant, images.subarray(start * imageBytes, end * imageBytes), labels.subarray(start, end));
    origins.push({ name: file.name.slice(folder.length + 1), start });
    start = end;
  }
  hash.update(images).update(new Uint8Array(labels.buffer));
  const common = { kind: "memory", width: cifarSide, height: cifarSide, channels: 3 } as const;
  const classNames = classNamesOf(folder, variant);
  return {
    ...common,
    name: `${folder} (${split})`,
    images,
    labels,
    classNames,
    origins,
    fingerprint: hash.digest("hex"),
  };
}

/** From the list beside the data, where it is there and whole. */
function classNamesOf(folder: string, variant: CifarVariant): readonly string[] {
  const path = join(folder, variant === "cifar10" ? "batches.meta.txt" : "fine_label_names.txt");
  const count = variant === "cifar10" ? 10 : 100;
  if (!existsSync(path)) {
    return variant === "cifar10" ? cifar10ClassNames : Array.from({ length: count }, (_, label) => `class ${label}`);
  }
  const text = new TextDecoder().decode(readFileBytes(path, 2 ** 16));
  const names = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== ""); // prettier-ignore
  if (names.length === count && new Set(names).size === count) return names;
  throw new FoveaError(
    "data/class-names",
    `${path}: ${names.length} names are listed, ${count} different ones are needed`,
    {
      hint: "fetch the file again, or remove it",
    },
  );
}
