import { polygonRle } from "../formats/coco/polygon-rle.ts";
import { decodeRle } from "../formats/coco/rle.ts";
import type { InstanceMask } from "./targets.ts";

/** The bitmap [height, width] of a mask, 0 or 1. @throws FoveaError `coco/polygon` for a polygon far off the image */
export function drawInstanceMask(mask: InstanceMask, width: number, height: number): Uint8Array {
  if (mask.kind === "bitmap") return mask.bitmap;
  if (mask.kind === "rle") return decodeRle(mask.rle);
  const [first, ...others] = mask.polygons.map((polygon) => decodeRle(polygonRle(polygon, width, height)));
  const bitmap = first ?? new Uint8Array(width * height);
  for (const other of others) for (let p = 0; p < bitmap.length; p++) bitmap[p] |= other[p];
  return bitmap;
}
