import { FoveaError } from "../../errors/fovea-error.ts";

/**
 * A bitmap as run lengths down its columns, from the top left: COCO's order. Zeros first, so that `counts[0]` is 0 where
 * the first pixel is set. The runs fill the mask exactly.
 */
export interface Rle {
  readonly width: number;
  readonly height: number;
  /** Lengths of runs of 0, 1, 0, 1, …; their sum is width · height. */
  readonly counts: Uint32Array;
}

/** Pixels of the largest mask. */
export const mostMaskPixels = 2 ** 26;

/**
 * An RLE from numbers of a file.
 *
 * @throws FoveaError `coco/rle` for a size that is none, or counts that do not fill it exactly
 */
export function checkedRle(width: number, height: number, counts: readonly unknown[]): Rle {
  if (!isSide(width) || !isSide(height) || width * height > mostMaskPixels) {
    throw badRle(`the size ${height} × ${width} (height × width) is no mask's`);
  }
  if (counts.length > width * height + 1) throw badRle(`${counts.length} runs for ${width * height} pixels`);
  const wrong = counts.find((count) => !Number.isInteger(count) || (count as number) < 0); // an integer is a number
  if (wrong !== undefined) throw badRle(`a run of ${String(JSON.stringify(wrong)).slice(0, 40)} pixels`);
  const checked = counts as readonly number[]; // each was looked at
  const sum = checked.reduce((total, count) => total + count, 0);
  if (sum !== width * height) throw badRle(`runs of ${sum} pixels in all, but the mask has ${width * height}`);
  return { width, height, counts: Uint32Array.from(checked) };
}

const isSide = (side: number): boolean => Number.isInteger(side) && side >= 1;

export const badRle = (what: string): FoveaError =>
  new FoveaError("coco/rle", `RLE: ${what}`, { hint: "the runs must fill the mask exactly" });

/** The bitmap of an RLE: [height, width], rows first, 0 or 1. */
export function decodeRle({ width, height, counts }: Rle): Uint8Array {
  const bitmap = new Uint8Array(width * height);
  let at = 0; // down the columns
  for (let run = 0; run < counts.length; run++) {
    const end = at + counts[run];
    if (run % 2 === 0) {
      at = end;
      continue;
    }
    let column = Math.floor(at / height);
    let row = at - column * height;
    for (; at < end; at++) {
      bitmap[row * width + column] = 1;
      if (++row === height) [row, column] = [0, column + 1];
    }
  }
  return bitmap;
}

/** The RLE of a bitmap [height, width], rows first; every value but 0 counts as set. */
export function encodeRle(bitmap: Uint8Array, width: number, height: number): Rle {
  if (bitmap.length !== width * height) {
    throw new RangeError(`encodeRle: ${bitmap.length} values are not [${height}, ${width}]`);
  }
  const counts: number[] = [];
  let run = 0;
  let value = 0;
  for (let column = 0; column < width; column++) {
    for (let at = column; at < bitmap.length; at += width) {
      const set = bitmap[at] === 0 ? 0 : 1;
      if (set !== value) {
        counts.push(run);
        run = 0;
        value = set;
      }
      run++;
    }
  }
  counts.push(run);
  return { width, height, counts: Uint32Array.from(counts) };
}

/** Pixels that are set. */
export function rleArea({ counts }: Rle): number {
  let area = 0;
  for (let run = 1; run < counts.length; run += 2) area += counts[run];
  return area;
}
