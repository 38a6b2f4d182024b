/** The number of pairs. Throws `RangeError` where `x` and `y` differ in length or hold a value that is not finite. */
export function checkPairs(measure: string, x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length) throw new RangeError(`${measure}: ${x.length} values of x for ${y.length} of y`);
  for (let i = 0; i < x.length; i++) {
    if (!Number.isFinite(x[i]) || !Number.isFinite(y[i])) {
      throw new RangeError(`${measure}: pair ${i} is (${x[i]}, ${y[i]}); both must be finite`);
    }
  }
  return x.length;
}
