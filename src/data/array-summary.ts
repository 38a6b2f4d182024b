import { createHash } from "node:crypto";
import { widenFloat16 } from "../formats/safetensors-dtypes.ts";
import { concatenate } from "../formats/protobuf-wire.ts";
import { decodeValues, type ValueArray, type ValueData, type ValueType, valueTypes } from "../formats/value-array.ts";

/** An array in figures that another program can compute too. */
export interface ArraySummary {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  /** Of the finite elements, real and imaginary parts alike; absent where there is none. */
  readonly min?: number;
  readonly max?: number;
  /** Of the finite elements, with the rounding errors of float64 compensated. */
  readonly sum?: number;
  /** Elements that are NaN or infinite; absent where there is none. */
  readonly notFinite?: number;
  /** SHA-256 of the elements, row-major and little endian. */
  readonly sha256?: string;
  /** What a format says of this array beyond that. */
  readonly [detail: string]: unknown;
}

export function summariseArray(name: string, { type, shape, data }: ValueArray): ArraySummary {
  const values = type === "float16" ? widenFloat16(data as Uint16Array) : data; // float16 is kept as its bits
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { name, type, shape, ...statistics(values), sha256 };
}

function statistics(values: ValueData): Pick<ArraySummary, "min" | "max" | "sum" | "notFinite"> {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return wholeStatistics(values);
  let [min, max, sum, error, finite] = [Infinity, -Infinity, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]; // an iterator takes three times as long
    if (!Number.isFinite(value)) continue;
    finite++;
    if (value < min) min = value;
    if (value > max) max = value;
    const next = sum + value; // Neumaier's sum
    error += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum;
    sum = next;
  }
  const notFinite = values.length - finite;
  return { ...(finite > 0 ? { min, max, sum: sum + error } : {}), ...(notFinite > 0 ? { notFinite } : {}) };
}

function wholeStatistics(values: BigInt64Array | BigUint64Array): Pick<ArraySummary, "min" | "max" | "sum"> {
  if (values.length === 0) return {};
  let [min, max, sum] = [values[0], values[0], 0n];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  return { min: Number(min), max: Number(max), sum: Number(sum) };
}

/** Texts: SHA-256 of them in UTF-8, each followed by a line break. */
export function summariseTexts(name: string, shape: readonly number[], texts: readonly string[]): ArraySummary {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text}\n`);
  return { name, type: "text", shape, sha256: hash.digest("hex") };
}

/** Arrays of different lengths: shape [rows], the figures of all their elements in turn, and how many there are. */
export function summariseLists(name: string, type: ValueType, rows: readonly ValueArray[]): ArraySummary {
  const parts = rows.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  const data = decodeValues(concatenate(parts), type, false);
  const elements = data.byteLength / valueTypes[type].bytes;
  return {
    ...summariseArray(name, { type, shape: [elements], data }),
    type: `lists of ${type}`,
    shape: [rows.length],
    elements,
  };
}
