import sharp from "sharp";
import { FoveaError } from "../errors/fovea-error.ts";
import { openFileSource } from "../files/byte-source.node.ts";
import { defaultLimits, type Limits } from "../files/limits.ts";
import { rawImage, type RawImage } from "./image.ts";
import { cutPart, type Part } from "./image-part.ts";
import { expandGrey } from "./memory-dataset.ts";
import { decodeJpeg } from "./pixels/decode-jpeg.ts";
import { decodeOwnFormats } from "./raster-image.ts";

// Nothing but JPEG, PNG and WebP is decoded by libvips, whatever a file is called: libvips also knows SVG, PDF and more.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({
  operation: ["VipsForeignLoadJpegBuffer", "VipsForeignLoadPngBuffer", "VipsForeignLoadWebpBuffer"],
});
sharp.cache(false); // every image is read once an epoch, so libvips' cache of operations only takes memory
sharp.concurrency(1); // the loader's workers are the parallelism

/** Endings of image files that are read, lower case. */
export const imageEndings: readonly string[] = [
  ".jpg",
  ".jpeg",
  ".png",
  ".webp",
  ".bmp",
  ".tif",
  ".tiff",
  ".ppm",
  ".pgm",
  ".pbm",
  ".pam",
];

/** Bytes of one image file. */
const mostFileBytes = 2 ** 28;

/** How much of an image. */
export interface DecodeOptions {
  /** The whole image when absent. */
  readonly part?: Part | undefined;
  readonly limits?: Limits;
}

/**
 * Decodes a JPEG, PNG, WebP, BMP, TIFF or PNM image to 8-bit RGB: grey is expanded, transparency dropped, 16 bits cut
 * to 8, the camera's orientation applied; colour profiles are ignored, as Pillow does and so the published weights expect.
 *
 * @throws FoveaError `data/unreadable-image`, naming `id`, for anything that is damaged, of another kind or too large.
 */
export async function decodeImage(
  bytes: Uint8Array,
  id: string,
  { part, limits = defaultLimits }: DecodeOptions = {},
): Promise<RawImage> {
  try {
    return await decode(bytes, limits, part);
  } catch (error) {
    throw unreadable(id, error);
  }
}

/** The image of a file, as `decodeImage` reads it; the path's last part may be a link only with `followLinks`. */
export async function readImageFile(
  path: string,
  id: string,
  { followLinks = true, part }: { followLinks?: boolean; part?: Part | undefined } = {},
): Promise<RawImage> {
  let bytes: Uint8Array;
  try {
    bytes = readWhole(path, followLinks);
  } catch (error) {
    throw unreadable(id, error);
  }
  return decodeImage(bytes, id, { part });
}

function readWhole(path: string, followLinks: boolean): Uint8Array {
  const file = openFileSource(path, { followLinks });
  try {
    if (file.size === 0) throw new Error("the file is empty");
    if (file.size > mostFileBytes)
      throw new Error(`the file has ${file.size} bytes, at most ${mostFileBytes} are read`);
    return file.read(0, file.size);
  } finally {
    file.close();
  }
}

async function decode(bytes: Uint8Array, limits: Limits, part: Part | undefined): Promise<RawImage> {
  const plain = decodeJpeg(bytes, part, limits);
  if (plain !== undefined) return plain;
  const whole = decodeOwnFormats(bytes, "image", limits) ?? (await decodeBySharp(bytes, limits));
  return part === undefined ? whole : cutPart(whole, part(whole));
}

async function decodeBySharp(bytes: Uint8Array, limits: Limits): Promise<RawImage> {
  const decoder = sharp(bytes, { limitInputPixels: limits.imagePixels, sequentialRead: true, ignoreIcc: true });
  const { width, height, channels } = await decoder.metadata();
  if (Math.max(width, height) > limits.imageSide || channels > limits.imageChannels) {
    throw new Error(`${width}×${height} pixels with ${channels} channels are more than is read`);
  }
  const { data, info } = await decoder
    .timeout({ seconds: Math.ceil(limits.imageDecodeMs / 1000) })
    .autoOrient()
    .toColourspace("srgb")
    .removeAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return rawImage(info.width, info.height, info.channels === 1 ? expandGrey(pixels) : pixels);
}

function unreadable(id: string, cause: unknown): FoveaError {
  const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
  return new FoveaError("data/unreadable-image", `${id}: ${reason}`, {
    cause,
    hint: "JPEG, PNG, WebP, BMP, TIFF and PNM are read; fetch the image again or take it out (fovea data inspect DIR lists all)",
  });
}
