import { FITS_BLOCK } from "./fits-header.ts";
import type { FitsUnit } from "./open-fits.ts";

/** What the checksums of a unit say: undefined where it has none. */
export interface FitsChecksums {
  /** DATASUM against the data. */
  readonly data: boolean | undefined;
  /** CHECKSUM against header and data. */
  readonly unit: boolean | undefined;
}

/** Verifies DATASUM and CHECKSUM (standard 4.0, 4.4.2.7 and appendix J): sums of 32-bit words with the carry added. */
export function verifyFitsChecksums({ header, source, headerStart, dataStart, dataBytes }: FitsUnit): FitsChecksums {
  const padded = Math.min(Math.ceil(dataBytes / FITS_BLOCK) * FITS_BLOCK, source.size - dataStart);
  const sumOf = (start: number, length: number, before: number): number => {
    let sum = before;
    for (let done = 0; done < length; done += FITS_BLOCK * 256)
      sum = onesComplementSum(source.read(start + done, Math.min(FITS_BLOCK * 256, length - done)), sum);
    return sum;
  };
  const dataSum = header.get("DATASUM");
  const data = sumOf(dataStart, padded, 0);
  const whole = sumOf(headerStart, dataStart - headerStart, data);
  return {
    data: dataSum === undefined ? undefined : Number(dataSum) === data,
    unit: header.has("CHECKSUM") ? whole === 0xffffffff || whole === 0 : undefined,
  };
}

function onesComplementSum(bytes: Uint8Array, before: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let sum = before;
  for (let at = 0; at + 4 <= bytes.length; at += 4) sum += view.getUint32(at); // below 2^53 for 2^21 words
  while (sum > 0xffffffff) sum = (sum % 2 ** 32) + Math.floor(sum / 2 ** 32);
  return sum;
}
