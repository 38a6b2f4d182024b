import { deflateSync } from "node:zlib";
import { encodePng } from "../../../formats/png.ts";
import type { RawImage } from "../../image.ts";

/** A file below the root of a set that is written. */
export interface MadeFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export const pngFile = (path: string, image: RawImage): MadeFile => ({
  path,
  bytes: encodePng(image, { deflate: deflateSync }),
});

/** A map of bytes, [height, width]. */
export const greyFile = (path: string, width: number, height: number, data: Uint8Array): MadeFile => ({
  path,
  bytes: encodePng({ width, height, channels: 1, data }, { deflate: deflateSync }),
});

export const textFile = (path: string, text: string): MadeFile => ({ path, bytes: new TextEncoder().encode(text) });

export const numbered = (index: number, digits = 6): string => String(index).padStart(digits, "0");
