import { sharedBytes } from "../memory-dataset.ts";
import type { SampleRecord } from "./sample-record.ts";

/**
 * Records as JSON text in shared memory: the threads of a loader share one copy of the annotations of a million objects,
 * and only what is read is parsed.
 */
export interface PackedRecords {
  /** UTF-8. */
  readonly text: Uint8Array;
  /** [count]: where each record ends. */
  readonly ends: Float64Array;
}

export function packRecords(records: readonly object[]): PackedRecords {
  const texts = records.map((record) => Buffer.from(JSON.stringify(record)));
  const text = sharedBytes(texts.reduce((sum, { length }) => sum + length, 0));
  const ends = new Float64Array(new SharedArrayBuffer(8 * records.length));
  let end = 0;
  texts.forEach((one, i) => {
    text.set(one, end);
    ends[i] = end += one.length;
  });
  return { text, ends };
}

export function recordAt<T = SampleRecord>({ text, ends }: PackedRecords, index: number): T {
  const bytes = text.slice(index === 0 ? 0 : ends[index - 1], ends[index]); // a copy: shared memory is not decoded
  return JSON.parse(new TextDecoder().decode(bytes)) as T; // packRecords wrote it
}
