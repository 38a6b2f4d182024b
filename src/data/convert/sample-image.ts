import { extname } from "node:path";
import { deflateSync } from "node:zlib";
import { openFileSource } from "../../files/byte-source.node.ts";
import { resolveInside } from "../../files/resolve-inside.node.ts";
import { encodePng } from "../../formats/png.ts";
import { recordAt } from "../annotated/packed-records.ts";
import type { Dataset } from "../dataset.ts";
import type { Sample } from "../image.ts";

/** An image as a file. */
export interface EncodedImage {
  /** With its dot, lower case: `.jpg`. */
  readonly ending: string;
  readonly bytes: Uint8Array;
}

/** The bytes that the image lies in, unchanged; a PNG of its pixels where it has no file of its own (CIFAR, IDX, …). */
export function sampleImage({ source }: Dataset, index: number, { image, id }: Sample): EncodedImage {
  if (source.kind === "folder") {
    return { ending: extname(id).toLowerCase(), bytes: readPart(source, source.files[index]) };
  }
  if (source.kind === "annotated") {
    const { image: ref, id: name } = recordAt(source.records, index);
    const ending = extname(typeof ref === "string" ? ref : name).toLowerCase();
    const bytes =
      typeof ref === "string" ? readPart(source, ref) : readPart(source, ref.archive, [ref.start, ref.size]);
    return { ending, bytes };
  }
  return { ending: ".png", bytes: encodePng(image, { deflate: deflateSync }) };
}

function readPart(
  { root, followLinks }: { readonly root: string; readonly followLinks: boolean },
  name: string,
  part?: readonly [start: number, size: number],
): Uint8Array {
  const file = openFileSource(resolveInside(root, name, { followLinks }));
  try {
    const [start, size] = part ?? [0, file.size];
    return file.read(start, size);
  } finally {
    file.close();
  }
}

/** Where the image of a sample goes: a name that sorts as the set does. */
export const numberedName = (index: number): string => String(index).padStart(8, "0");
