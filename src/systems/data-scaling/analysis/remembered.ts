/**
 * The fit of a resample, made once: several statistics of it are asked for, and of few cells the same resample is drawn again
 * and again. The order of the indices does not matter.
 */
export function remembered<T>(fit: (indices: Uint32Array) => T): (indices: Uint32Array) => T {
  const known = new Map<string, T>();
  return (indices) => {
    const sorted = indices.slice().sort();
    const key = sorted.join();
    const result = known.get(key) ?? fit(sorted);
    known.set(key, result);
    return result;
  };
}
