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
  const colours = channels >= 3 ? 3 : 1;
  const toByte = most === 255 ? Number : most === 65535 ? (value: number) => value >> 8 : (value: number) => Math.round((value * 255) / most); // prettier-ignore
  const { data } = array;
  for (let p = 0; p < width * height; p++)
    for (let c = 0; c < 3; c++) {
      const value = Number(data[p * channels + (colours === 3 ? c : 0)]);
      image.data[3 * p + c] = Math.max(0, Math.min(255, toByte(value)));
    }
  return image;
}
