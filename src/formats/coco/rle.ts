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
