import { memorySource } from "../files/byte-source.ts";
import type { Limits } from "../files/limits.ts";
import { decodeBmp, isBmp } from "../formats/bmp/bmp.ts";
import { decodeNetpbm, isNetpbm } from "../formats/netpbm/netpbm.ts";
import type { Raster } from "../formats/raster/raster.ts";
import { decodeTiff } from "../formats/tiff/tiff.ts";
import { isTiff } from "../formats/tiff/tiff-fields.ts";
import { type RawImage, rawImage } from "./image.ts";

/** The picture of a BMP, PNM or TIFF file; undefined for bytes that begin otherwise. @throws FoveaError `formats/image` */
export function decodeOwnFormats(bytes: Uint8Array, id: string, limits: Limits): RawImage | undefined {
  const source = memorySource(bytes, id);
  if (isBmp(bytes)) return rasterImage(decodeBmp(source, limits));
  if (isNetpbm(bytes)) return rasterImage(decodeNetpbm(source, limits));
  return isTiff(bytes) ? rasterImage(decodeTiff(source, limits)) : undefined;
}

/** 8-bit RGB: grey is expanded, alpha dropped, more than 8 bits cut. */
function rasterImage({ width, height, channels, most, array }: Raster): RawImage {
  const image = rawImage(width, height);
  const { data } = array;
  const [green, blue] = channels >= 3 ? [1, 2] : [0, 0];
  const toByte = most === 65535 ? (value: number) => value >> 8 : (value: number) => Math.round((value * 255) / most);
  const plain = most === 255 && data instanceof Uint8Array ? data : bytesOf(data, toByte);
  for (let to = 0, from = 0; to < image.data.length; to += 3, from += channels) {
    image.data[to] = plain[from];
    image.data[to + 1] = plain[from + green];
    image.data[to + 2] = plain[from + blue];
  }
  return image;
}

function bytesOf(data: Raster["array"]["data"], toByte: (value: number) => number): Uint8Array {
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.max(0, Math.min(255, toByte(Number(data[i]))));
  return bytes;
}
