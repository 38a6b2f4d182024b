import { rawImage, type RawImage } from "../image.ts";

/** Each byte through a table of 256 for its channel. */
export function throughTables(image: RawImage, tables: readonly [Uint8Array, Uint8Array, Uint8Array]): RawImage {
  const result = rawImage(image.width, image.height);
  const { data } = image;
  for (let i = 0; i < data.length; i += 3) {
    result.data[i] = tables[0][data[i]];
    result.data[i + 1] = tables[1][data[i + 1]];
    result.data[i + 2] = tables[2][data[i + 2]];
  }
  return result;
}

/** The same `value` of each byte for all channels, cut to 8 bits. */
export function throughFunction(image: RawImage, value: (byte: number) => number): RawImage {
  const table = byteTable(value);
  return throughTables(image, [table, table, table]);
}

/** `value` of 0 to 255, fraction dropped, cut to 8 bits. */
export const byteTable = (value: (byte: number) => number): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) => Math.max(0, Math.min(255, Math.trunc(value(byte)))));
