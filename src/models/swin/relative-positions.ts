/** Offsets between the tokens of a window: their rows in a table, and as numbers on a logarithmic scale. */
import { hostTensor, type HostTensor } from "../../graph/dtype.ts";
import type { Grid } from "./windows.ts";

/** Number of different offsets in a window: (2·Mh − 1)·(2·Mw − 1). */
export const offsetCount = ([high, wide]: Grid): number => (2 * high - 1) * (2 * wide - 1);

/**
 * Row of the table of offsets for each (query, key), flat [N·N]: (Δy + Mh − 1)·(2·Mw − 1) + Δx + Mw − 1, the offset being
 * query − key (swin-backbone section 3.5).
 */
export function offsetIndex([high, wide]: Grid): HostTensor<"int64"> {
  const tokens = high * wide;
  const index = new BigInt64Array(tokens * tokens);
  for (let query = 0; query < tokens; query++)
    for (let key = 0; key < tokens; key++) {
      const down = Math.floor(query / wide) - Math.floor(key / wide);
      const right = (query % wide) - (key % wide);
      index[query * tokens + key] = BigInt((down + high - 1) * (2 * wide - 1) + right + wide - 1);
    }
  return hostTensor("int64", [tokens * tokens], index);
}

/**
 * An offset of `t` tokens on V2's scale: sign(u)·log₂(|u| + 1)/3 with u = 8·t/(P − 1), P the window of pre-training. In
 * ±log₂(9)/3 within that window, beyond it outside. A window of one token knows only 0.
 */
export function logOffset(t: number, reference: number): number {
  if (t === 0) return 0;
  const u = (8 * t) / (reference - 1);
  return (Math.sign(u) * Math.log2(Math.abs(u) + 1)) / 3;
}

/** All offsets of a window by `logOffset`, (rows, columns) in the order of `offsetIndex`: [(2·Mh − 1)·(2·Mw − 1), 2]. */
export function logOffsets([high, wide]: Grid, reference: number): HostTensor<"float32"> {
  const data: number[] = [];
  for (let down = 1 - high; down < high; down++)
    for (let right = 1 - wide; right < wide; right++)
      data.push(logOffset(down, reference), logOffset(right, reference));
  return hostTensor("float32", [offsetCount([high, wide]), 2], Float32Array.from(data));
}
