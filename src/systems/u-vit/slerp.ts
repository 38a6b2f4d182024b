/**
 * Spherical interpolation of two noise vectors: sin((1 − s)θ)/sin θ · a + sin(sθ)/sin θ · b, θ the angle between them, so
 * that what lies between is as long as noise is. Source: DDIM (arXiv 2010.02502), appendix D.5.
 */
export function slerp(a: Float64Array, b: Float64Array, share: number): Float64Array {
  let [product, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i];
    aa += a[i] ** 2;
    bb += b[i] ** 2;
  }
  const angle = Math.acos(Math.min(1, Math.max(-1, product / Math.sqrt(aa * bb))));
  const sine = Math.sin(angle);
  const [left, right] =
    sine < 1e-8 ? [1 - share, share] : [Math.sin((1 - share) * angle) / sine, Math.sin(share * angle) / sine];
  return a.map((value, i) => left * value + right * b[i]);
}
