import sharp from "sharp";
import { decodeJpeg } from "../../../src/data/pixels/decode-jpeg.ts";
import { FoveaError } from "../../../src/errors/fovea-error.ts";
import type { Field, Target } from "./target.ts";

/** Small plain JPEGs of several sizes, qualities and samplings. */
const seeds = await Promise.all(
  Array.from({ length: 30 }, async (_, i) => {
    const [width, height] = [5 + 3 * (i % 9), 4 + 5 * (i % 7)];
    const pixels = Uint8Array.from({ length: 3 * width * height }, (_, p) => (p * (17 + i) + (p >> 3) * 5) % 256);
    const image = sharp(pixels, { raw: { width, height, channels: 3 } });
    const coloured = i % 5 === 4 ? image.toColourspace("b-w") : image;
    const chromaSubsampling = i % 2 === 0 ? "4:2:0" : "4:4:4";
    return new Uint8Array(await coloured.jpeg({ quality: 20 + 2 * i, chromaSubsampling }).toBuffer()); // a Buffer's slice is no copy
  }),
);

/** Lengths of segments, sizes of the frame. */
function segmentFields(file: Uint8Array): Field[] {
  const fields: Field[] = [];
  for (let at = 2; at + 9 < file.length && file[at] === 0xff; at += 2 + 256 * file[at + 2] + file[at + 3]) {
    fields.push({ at: at + 2, bytes: 2 });
    if (file[at + 1] === 0xc0) fields.push({ at: at + 5, bytes: 2 }, { at: at + 7, bytes: 2 });
    if (file[at + 1] === 0xda) break;
  }
  return fields;
}

/** The decoder of plain JPEGs alone; what it declines goes to libjpeg, which is not ours. */
export const jpegTargets: readonly Target[] = [
  {
    name: "plain JPEG",
    seeds,
    fields: segmentFields,
    read(file) {
      const image = decodeJpeg(file);
      if (image === undefined) throw new FoveaError("data/unreadable-image", "no plain JPEG");
      return image;
    },
  },
];
