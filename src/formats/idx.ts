import { FoveaError } from "../errors/fovea-error.ts";
import type { ByteSource } from "../files/byte-source.ts";

/** Element types by the third magic byte. Only bytes (0x08) carry images and labels; the others are told by name. */
const elementTypes: ReadonlyMap<number, readonly [name: string, bytes: number]> = new Map([
  [0x08, ["uint8", 1]],
  [0x09, ["int8", 1]],
  [0x0b, ["int16", 2]],
  [0x0c, ["int32", 4]],
  [0x0d, ["float32", 4]],
  [0x0e, ["float64", 8]],
]);

/** An IDX file of bytes. */
export interface IdxArray {
  /** From the slowest to the fastest axis: [count] for labels, [count, H, W] for images. */
  readonly shape: readonly number[];
  /** All elements; a view of the source where that gives views. */
  readonly data: Uint8Array;
}

/** Whether `bytes`, the first four of a file, are the magic of an IDX file of bytes with 1 to 4 axes. */
export function isIdx(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0 && bytes[1] === 0 && bytes[2] === 0x08 && bytes[3] >= 1 && bytes[3] <= 4;
}

/**
 * Decodes an unpacked IDX file of unsigned bytes (LeCun's MNIST format): two zero bytes, element type, number of axes,
 * one big-endian uint32 per axis, the elements.
 *
 * @throws FoveaError `formats/idx` for another magic, another element type, an empty axis, or a length that is not
 * exactly what the header says.
 */
export function decodeIdx(source: ByteSource): IdxArray {
  if (source.size < 8) throw refusal(source, `${source.size} bytes are too few for an IDX header`);
  const magic = source.read(0, 4);
  const type = elementTypes.get(magic[2]);
  if (magic[0] !== 0 || magic[1] !== 0 || type === undefined) {
    const shown = Array.from(magic, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw refusal(
      source,
      `starts with ${shown}, which is no IDX magic (00 00 08 01 for labels, 00 00 08 03 for images)`,
    );
  }
  if (type[0] !== "uint8") throw refusal(source, `holds ${type[0]} elements; images and labels are uint8`);
  const rank = magic[3];
  if (rank < 1 || rank > 4) throw refusal(source, `has ${rank} axes at byte 3; 1 to 4 are expected`);
  const shape = readShape(source, rank);
  const start = 4 + 4 * rank;
  return { shape, data: source.read(start, source.size - start) };
}

function readShape(source: ByteSource, rank: number): number[] {
  const start = 4 + 4 * rank;
  if (source.size < start) throw refusal(source, `ends inside its header of ${start} bytes`);
  const header = source.read(4, 4 * rank);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 * axis));
  const room = source.size - start;
  let product = 1;
  for (const [axis, length] of shape.entries()) {
    product *= length;
    if (length === 0) throw refusal(source, `axis ${axis} of [${shape.join(", ")}] is empty`);
    if (product > room)
      throw refusal(source, `[${shape.join(", ")}] needs more than the ${room} bytes after the header`);
  }
  if (product !== room)
    throw refusal(source, `[${shape.join(", ")}] needs ${product} bytes after the header, there are ${room}`);
  return shape;
}

function refusal(source: ByteSource, what: string): FoveaError {
  return new FoveaError("formats/idx", `${source.name}: ${what}`, {
    hint: "the file is truncated, damaged or something else: fetch it again",
  });
}
