import type { RawImage } from "../image.ts";
import { byteTable, throughFunction, throughTables } from "./pixel-table.ts";

/*
 * Operators on single bytes, bit for bit as Pillow's ImageOps (test/data/transforms/pillow-operators.json).
 */

/** 255 − v */
export const invert = (image: RawImage): RawImage => throughFunction(image, (v) => 255 - v);

/** The upper `bits` (0 to 8) of each byte. */
export const posterise = (image: RawImage, bits: number): RawImage =>
  throughFunction(image, (v) => v & ~(2 ** (8 - bits) - 1));

/** Values from `threshold` on are inverted. */
export const solarise = (image: RawImage, threshold: number): RawImage =>
  throughFunction(image, (v) => (v < threshold ? v : 255 - v));

/** Values below 128 get `amount` more, at most 255. */
export const solariseAdd = (image: RawImage, amount: number): RawImage =>
  throughFunction(image, (v) => (v < 128 ? v + amount : v));

/** Each channel stretched to 0 … 255. */
export function autoContrast(image: RawImage): RawImage {
  return perChannel(image, (counts) => {
    const low = counts.findIndex((count) => count > 0);
    const high = counts.findLastIndex((count) => count > 0);
    if (high <= low) return byteTable((v) => v);
    const scale = 255 / (high - low);
    return byteTable((v) => v * scale - low * scale);
  });
}

/** Each channel with a histogram as even as a table can make it. */
export function equalise(image: RawImage): RawImage {
  return perChannel(image, (counts) => {
    const last = counts.findLastIndex((count) => count > 0);
    const step = Math.floor((image.width * image.height - counts[last]) / 255);
    if (step === 0) return byteTable((v) => v);
    let below = Math.floor(step / 2);
    return byteTable((v) => {
      const value = Math.floor(below / step);
      below += counts[v];
      return value;
    });
  });
}

function perChannel(image: RawImage, table: (counts: Uint32Array) => Uint8Array): RawImage {
  const channel = (c: number): Uint8Array => {
    const counts = new Uint32Array(256);
    for (let i = c; i < image.data.length; i += 3) counts[image.data[i]]++;
    return table(counts);
  };
  return throughTables(image, [channel(0), channel(1), channel(2)]);
}
