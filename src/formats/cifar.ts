import { FoveaError } from "../errors/fovea-error.ts";
import type { ByteSource } from "../files/byte-source.ts";

/** Pixels along a side of a CIFAR image. */
export const cifarSide = 32;
const plane = cifarSide * cifarSide;

/** `cifar10`: one label byte a record; `cifar100`: coarse label, then fine label. */
export type CifarVariant = "cifar10" | "cifar100";

interface Layout {
  readonly labelBytes: number;
  readonly classes: number;
}

const layouts: Readonly<Record<CifarVariant, Layout>> = {
  cifar10: { labelBytes: 1, classes: 10 },
  cifar100: { labelBytes: 2, classes: 100 },
};
const coarseClasses = 20;

/** The names of CIFAR-10, for copies without `batches.meta.txt`. */
export const cifar10ClassNames: readonly string[] = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
];

/** Number of images in a CIFAR binary file of `size` bytes, or undefined where it is not a whole number of records. */
export function cifarRecordCount(size: number, variant: CifarVariant): number | undefined {
  const count = size / (layouts[variant].labelBytes + 3 * plane);
  return Number.isInteger(count) && count > 0 ? count : undefined;
}

/**
 * Decodes one CIFAR binary file: records of label byte(s), then 1,024 red, 1,024 green and 1,024 blue bytes, rows first.
 * Writes the images as [count, 32, 32, 3] to `images` and the (fine) labels as [count] to `labels`.
 *
 * @throws FoveaError `formats/cifar` for a file that is not a whole number of records, or a label out of range, with the
 * record and its byte offset.
 */
export function decodeCifar(source: ByteSource, variant: CifarVariant, images: Uint8Array, labels: Int32Array): void {
  const count = cifarRecordCount(source.size, variant);
  const { labelBytes, classes } = layouts[variant];
  const record = labelBytes + 3 * plane;
  if (count === undefined) {
    throw new FoveaError(
      "formats/cifar",
      `${source.name}: ${source.size} bytes are not a whole number of ${variant} records of ${record} bytes`,
      { hint: "the file is truncated or something else: fetch it again (the 'binary version', unpacked)" },
    );
  }
  if (images.length !== count * 3 * plane || labels.length !== count) {
    throw new RangeError(`decodeCifar: ${count} records do not fit images ${images.length}, labels ${labels.length}`);
  }
  for (let n = 0; n < count; n++) {
    const bytes = source.read(n * record, record);
    if (labelBytes === 2) checkLabel(source, n * record, bytes[0], coarseClasses, n);
    checkLabel(source, n * record + labelBytes - 1, bytes[labelBytes - 1], classes, n);
    labels[n] = bytes[labelBytes - 1];
    interleave(bytes, labelBytes, images, n * 3 * plane);
  }
}

function checkLabel(source: ByteSource, offset: number, label: number, classes: number, record: number): void {
  if (label < classes) return;
  throw new FoveaError(
    "formats/cifar",
    `${source.name}: record ${record} (byte ${offset}) has label ${label}; labels are 0 to ${classes - 1}`,
    { hint: "the file is damaged or of the other CIFAR: fetch it again, or name data.format" },
  );
}

/** [3, 32, 32] at `from` of `planar` → [32, 32, 3] at `to` of `images`. */
function interleave(planar: Uint8Array, from: number, images: Uint8Array, to: number): void {
  for (let p = 0; p < plane; p++) {
    images[to + 3 * p] = planar[from + p];
    images[to + 3 * p + 1] = planar[from + plane + p];
    images[to + 3 * p + 2] = planar[from + 2 * plane + p];
  }
}
