/**
 * The debiased exponential mean at every point: mₙ = s·mₙ₋₁ + (1 − s)·xₙ with m₀ = 0, shown as mₙ / (1 − sⁿ), so that
 * the start is not pulled to zero and a constant stays constant. `smoothing` s is 0 (the values themselves) up to, but
 * not including, 1. Non-finite values stay as they are and count for nothing. Source: Adam (arXiv 1412.6980) §3.
 */
export function exponentialMean(values: ArrayLike<number>, smoothing: number): Float64Array {
  if (!(smoothing >= 0 && smoothing < 1)) throw new RangeError(`smoothing ${smoothing} is outside 0 to 1`);
  const smooth = new Float64Array(values.length);
  let mean = 0;
  let weight = 0; // 1 − sⁿ, by the mean's own recurrence
  for (let i = 0; i < values.length; i++) {
    smooth[i] = values[i];
    if (!Number.isFinite(values[i])) continue;
    mean = smoothing * mean + (1 - smoothing) * values[i];
    weight = smoothing * weight + (1 - smoothing);
    smooth[i] = mean / weight;
  }
  return smooth;
}
