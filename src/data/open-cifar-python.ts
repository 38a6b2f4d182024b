import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { openFileSource } from "../files/byte-source.node.ts";
import { cifar10ClassNames, cifarSide } from "../formats/cifar.ts";
import { readDataPickle } from "../formats/pickle/data-pickle.ts";
import {
  nodeOf,
  type PickleDict,
  type PickleTensor,
  type PickleValue,
  textOf,
} from "../formats/pickle/pickle-value.ts";
import { noSplit } from "./annotated/divide.ts";
import type { DataFormat } from "./data-format.ts";
import type { MemorySource } from "./dataset-source.ts";
import { listFolder } from "./image-tree.ts";
import { sharedBytes } from "./memory-dataset.ts";
import type { Split } from "./split.ts";

const plane = cifarSide * cifarSide;

interface Variant {
  readonly folder: string;
  readonly labels: string;
  readonly meta: string;
  readonly names: string;
  files(folder: string, split: Split): string[];
}

const cifar10: Variant = {
  folder: "cifar-10-batches-py",
  labels: "labels",
  meta: "batches.meta",
  names: "label_names",
  files: (folder, split) =>
    split === "train" ? listFolder(folder).map(({ name }) => name).filter((name) => /^data_batch_\d+$/.test(name)) : ["test_batch"], // prettier-ignore
};

const cifar100: Variant = {
  folder: "cifar-100-python",
  labels: "fine_labels",
  meta: "meta",
  names: "fine_label_names",
  files: (_folder, split) => [split === "train" ? "train" : "test"],
};

/** CIFAR-10 as Python pickles, `cifar-10-batches-py`; nothing of them is run. */
export const cifar10Python = pythonFormat(cifar10, "data_batch_1", "data_batch_N and test_batch, Python pickles");
/** CIFAR-100 as Python pickles, `cifar-100-python`, with the fine labels. */
export const cifar100Python = pythonFormat(cifar100, "train", "train, test and meta, Python pickles");

function pythonFormat(variant: Variant, first: string, expected: string): DataFormat {
  return {
    expected,
    locate: (root) =>
      [root, join(root, variant.folder)].find(
        (folder) =>
          existsSync(join(folder, first)) &&
          existsSync(join(folder, variant.meta)) &&
          isPickle(join(folder, variant.meta)),
      ),
    open(folder, split) {
      if (split === "test") throw noSplit(split);
      return openBatches(folder, variant, split);
    },
  };
}

/** Whether a file begins with the opcode PROTO: `train` and `meta` are plain names. */
function isPickle(path: string): boolean {
  try {
    return withPickle(path, (source) => source.read(0, 1)[0] === 0x80);
  } catch {
    return false; // a folder of that name
  }
}

function openBatches(folder: string, variant: Variant, split: Split): MemorySource {
  const batches = variant
    .files(folder, split)
    .map((name) => ({ name, ...readBatch(join(folder, name), variant.labels) }));
  const total = batches.reduce((sum, { labels }) => sum + labels.length, 0);
  const images = sharedBytes(total * 3 * plane);
  const labels = new Int32Array(new SharedArrayBuffer(4 * total));
  const origins = [];
  let start = 0;
  for (const batch of batches) {
    origins.push({ name: batch.name, start });
    labels.set(batch.labels, start);
    interleave(batch.pixels, images, start * 3 * plane);
    start += batch.labels.length;
  }
  const classNames = namesOf(join(folder, variant.meta), variant);
  const wrong = labels.findIndex((label) => label < 0 || label >= classNames.length);
  if (wrong >= 0) throw refusal(folder, `image ${wrong} has label ${labels[wrong]} of ${classNames.length} classes`);
  const fingerprint = createHash("sha256").update(images).update(new Uint8Array(labels.buffer)).digest("hex");
  const size = { width: cifarSide, height: cifarSide, channels: 3 } as const;
  return { kind: "memory", name: `${folder} (${split})`, ...size, images, labels, classNames, origins, fingerprint };
}

/** `data`: uint8 [N, 3072], planes of red, green and blue; labels: a list of N numbers. */
function readBatch(path: string, labelKey: string): { pixels: Uint8Array; labels: number[] } {
  const batch = readDict(path);
  const data = nodeOf(batch.entries.get("data"));
  const labels = listOf(batch.entries.get(labelKey))?.map(Number);
  if (data?.kind !== "tensor" || labels === undefined) throw refusal(path, `it holds no data array and ${labelKey}`);
  const pixels = pixelsOf(data, path);
  if (pixels.length !== labels.length * 3 * plane || !labels.every(Number.isInteger))
    throw refusal(path, `${labels.length} labels for ${pixels.length} bytes of pixels`);
  return { pixels, labels };
}

function pixelsOf(data: PickleTensor, path: string): Uint8Array {
  const tensor = data.load();
  if (tensor.dtype === "uint8" && tensor.shape.length === 2 && tensor.shape[1] === 3 * plane)
    return tensor.data as Uint8Array; // of that dtype
  throw refusal(path, `data is ${tensor.dtype} [${tensor.shape.join(", ")}], expected uint8 [N, ${3 * plane}]`);
}

function namesOf(path: string, { names: key }: Variant): readonly string[] {
  const names = listOf(readDict(path).entries.get(key))?.map((name) => textOf(name) ?? "");
  if (names === undefined || names.length === 0) {
    if (key === cifar10.names) return cifar10ClassNames;
    throw refusal(path, `it holds no ${key}`);
  }
  return names;
}

function listOf(value: PickleValue | undefined): readonly PickleValue[] | undefined {
  const node = nodeOf(value);
  return node?.kind === "list" || node?.kind === "tuple" ? node.items : undefined;
}

function readDict(path: string): PickleDict {
  const node = nodeOf(withPickle(path, readDataPickle));
  if (node?.kind === "dict") return node;
  throw refusal(path, "it holds no dict");
}

function withPickle<T>(path: string, work: (source: ReturnType<typeof openFileSource>) => T): T {
  const file = openFileSource(path);
  try {
    return work(file);
  } finally {
    file.close();
  }
}

/** [N, 3, 32, 32] → [N, 32, 32, 3] at `to`. */
function interleave(planar: Uint8Array, images: Uint8Array, to: number): void {
  for (let from = 0; from < planar.length; from += 3 * plane, to += 3 * plane)
    for (let p = 0; p < plane; p++) for (let c = 0; c < 3; c++) images[to + 3 * p + c] = planar[from + c * plane + p];
}

const refusal = (path: string, message: string): FoveaError =>
  new FoveaError("data/cifar-python", `${path}: ${message}`, { hint: "fetch the 'python version' of the set again" });
