import { dtypes, type HostTensor } from "../graph/dtype.ts";
import { widenFloat16 } from "./safetensors-dtypes.ts";

/** Figures of a tensor's finite values. */
export interface TensorStatistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** √(mean of the squared distance from the mean) */
  readonly std: number;
  /** Values that are NaN or infinite. */
  readonly notFinite: number;
}

/** Numbers of a tensor, float16 as what its bits mean. */
export function numbersOf({ dtype, data }: HostTensor): ArrayLike<number> {
  if (dtype === "float16") return widenFloat16(data as Uint16Array); // the array of that dtype
  return data instanceof BigInt64Array ? Float64Array.from(data, Number) : data;
}

/** In two passes, in double precision. Without a finite value everything but `notFinite` is NaN. */
export function tensorStatistics(tensor: HostTensor): TensorStatistics {
  const values = numbersOf(tensor);
  let [min, max, sum, count] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    [min, max] = [Math.min(min, value), Math.max(max, value)];
    sum += value;
    count++;
  }
  const notFinite = values.length - count;
  if (count === 0) return { min: NaN, max: NaN, mean: NaN, std: NaN, notFinite };
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) squares += (values[i] - mean) ** 2;
  return { min, max, mean, std: Math.sqrt(squares / count), notFinite };
}

/** How two tensors of one shape differ. */
export interface TensorDifference {
  /** max |a − b|; NaN where only one of two elements is finite. */
  readonly largest: number;
  /** ‖a − b‖ / ‖b‖; absent where ‖b‖ is 0. */
  readonly relative?: number;
}

/** @throws RangeError when the sizes differ */
export function tensorDifference(a: HostTensor, b: HostTensor): TensorDifference {
  if (a.shape.join() !== b.shape.join() || dtypes[a.dtype].array !== dtypes[b.dtype].array)
    throw new RangeError(
      `${a.dtype} [${a.shape.join(", ")}] and ${b.dtype} [${b.shape.join(", ")}] have no difference`,
    );
  const [first, second] = [numbersOf(a), numbersOf(b)];
  let [largest, squares, norm] = [0, 0, 0];
  for (let i = 0; i < first.length; i++) {
    const [x, y] = [first[i], second[i]];
    if (Object.is(x, y) || x === y) continue;
    const distance = Math.abs(x - y);
    largest = distance > largest || Number.isNaN(distance) ? distance : largest;
    squares += distance ** 2;
  }
  for (let i = 0; i < second.length; i++) norm += second[i] ** 2;
  return { largest, ...(norm > 0 ? { relative: Math.sqrt(squares / norm) } : {}) };
}
