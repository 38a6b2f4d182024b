/** Σ cᵢ vᵢ over vectors of one length. */
export function linearCombination(...terms: readonly (readonly [number, Float64Array])[]): Float64Array {
  const sum = new Float64Array(terms[0][1].length);
  for (const [factor, values] of terms) for (let i = 0; i < sum.length; i++) sum[i] += factor * values[i];
  return sum;
}
