import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { FoveaError } from "../../errors/fovea-error.ts";
import { readFileBytes } from "../../files/byte-source.node.ts";
import { defaultLimits } from "../../files/limits.ts";
import { commitFile, makeDirectory } from "../../files/durable-writer.node.ts";
import { fileCalls } from "../../files/file-calls.node.ts";
import type { Dataset } from "../dataset.ts";
import { rawImage, type RawImage, type Sample } from "../image.ts";
import { resample } from "../transforms/resample.ts";
import { resizedTo } from "../transforms/resize.ts";

/** Where decoded images are kept between epochs and runs, as plain data. */
export const cacheSchema = z.strictObject({
  /** A folder of its own; made when it is missing. */
  directory: z.string().min(1),
  /** No more is written once so many bytes lie there. What is there stays: in random order old images are asked for as often as new ones. */
  bytes: z.int().min(1),
  /** Length that the shorter side is cut down to before an image is kept (bicubic); whole images when absent. */
  shorterSide: z.int().min(1).max(32_768).optional(),
});
export type CacheSpec = z.infer<typeof cacheSchema>;

/** Files written between two looks at how full the folder is. */
const writesBetweenLooks = 16;
const magic = "fovea image 1\n";

/**
 * `dataset` with its decoded images (and only these: samples lose their targets) on disk. Files appear whole or not at
 * all, under a name made of the set's fingerprint, the index and the size, so that processes may share the folder: two
 * that write the same file write the same bytes. The bound may be passed by the few files that others write meanwhile.
 * A file that is not as it should be is read from the set again. Pixels are not hashed: an image that is changed without
 * changing its length keeps its old pixels until the folder is removed.
 */
export function cachedDataset(dataset: Dataset, spec: CacheSpec): Dataset {
  makeDirectory(fileCalls, spec.directory);
  const room = new Room(spec);
  const { readPart: _notKept, ...whole } = dataset;
  return {
    ...whole,
    async read(index) {
      const path = join(spec.directory, fileName(dataset, index, spec));
      const kept = readKept(path);
      if (kept !== undefined) return { ...kept, label: dataset.label(index) };
      const { image, label, id } = await dataset.read(index);
      const sample = { image: fitted(image, spec.shorterSide), label, id };
      const chunks = [headOf(sample), sample.image.data];
      if (room.has(chunks[0].length + chunks[1].length)) keep(path, chunks);
      return sample;
    },
  };
}

function fileName({ fingerprint }: Dataset, index: number, { shorterSide = 0 }: CacheSpec): string {
  return `${createHash("sha256").update(`${fingerprint} ${index} ${shorterSide}`).digest("hex")}.image`;
}

function fitted(image: RawImage, shorterSide: number | undefined): RawImage {
  if (shorterSide === undefined || Math.min(image.width, image.height) <= shorterSide) return image;
  return resample(image, ...resizedTo(image, shorterSide), "bicubic");
}

/** How much may still be written. */
class Room {
  readonly #spec: CacheSpec;
  #left = 0;
  #untilLook = 0;

  constructor(spec: CacheSpec) {
    this.#spec = spec;
  }

  /** Whether `bytes` more fit; they count as written then. */
  has(bytes: number): boolean {
    if (this.#untilLook-- <= 0) {
      this.#left = this.#spec.bytes - bytesIn(this.#spec.directory);
      this.#untilLook = writesBetweenLooks;
    }
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
}

function bytesIn(directory: string): number {
  let sum = 0;
  for (const name of readdirSync(directory)) {
    sum += statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0; // another process may take it away
  }
  return sum;
}

/** magic, JSON of { width, height, id }, newline; the pixels follow. */
const headOf = ({ image: { width, height }, id }: Sample): Uint8Array =>
  new TextEncoder().encode(`${magic}${JSON.stringify({ width, height, id })}\n`);

function keep(path: string, chunks: readonly Uint8Array[]): void {
  try {
    commitFile(fileCalls, path, chunks, { overwrite: true });
  } catch (error) {
    if (!(error instanceof FoveaError)) throw error; // a full disk costs time, not the run
  }
}

const head = z.strictObject({ width: z.int().min(1), height: z.int().min(1), id: z.string() });

function readKept(path: string): Omit<Sample, "label"> | undefined {
  if (!existsSync(path)) return undefined;
  const bytes = readFileBytes(path, 4 * defaultLimits.imagePixels);
  const newline = bytes.indexOf(10, magic.length);
  if (newline === -1 || Buffer.from(bytes.buffer, bytes.byteOffset, magic.length).toString("latin1") !== magic) return;
  const { data: known } = head.safeParse(parsed(bytes.subarray(magic.length, newline)));
  const pixels = bytes.subarray(newline + 1);
  if (known === undefined || pixels.length !== 3 * known.width * known.height) return undefined;
  return { image: rawImage(known.width, known.height, pixels), id: known.id };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
