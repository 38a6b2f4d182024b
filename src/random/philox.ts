const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;
const ROUNDS = 10;

const M0_LOW = MULTIPLIER_0 & 0xffff;
const M0_HIGH = MULTIPLIER_0 >>> 16;
const M1_LOW = MULTIPLIER_1 & 0xffff;
const M1_HIGH = MULTIPLIER_1 >>> 16;

/**
 * One block of Philox 4x32-10: four 32-bit words out of a 128-bit counter and a 64-bit key, written to
 * `out[offset .. offset + 3]` as unsigned. A bijection of the counter for each key; every argument is read modulo 2^32.
 *
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011 (Random123).
 */
export function philox4x32(
  out: Uint32Array,
  offset: number,
  counter0: number,
  counter1: number,
  counter2: number,
  counter3: number,
  key0: number,
  key1: number,
): void {
  let c0 = counter0 | 0;
  let c1 = counter1 | 0;
  let c2 = counter2 | 0;
  let c3 = counter3 | 0;
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  for (let round = 0; round < ROUNDS; round++) {
    // The high words by 16-bit halves: every partial sum stays below 2^32, so 32-bit integers suffice (no BigInt).
    const a = c0 & 0xffff;
    const b = c0 >>> 16;
    const t0 = (Math.imul(b, M0_LOW) + (Math.imul(a, M0_LOW) >>> 16)) | 0;
    const w0 = (Math.imul(a, M0_HIGH) + (t0 & 0xffff)) | 0;
    const high0 = (Math.imul(b, M0_HIGH) + (t0 >>> 16) + (w0 >>> 16)) | 0;
    const low0 = Math.imul(c0, MULTIPLIER_0);
    const c = c2 & 0xffff;
    const d = c2 >>> 16;
    const t1 = (Math.imul(d, M1_LOW) + (Math.imul(c, M1_LOW) >>> 16)) | 0;
    const w1 = (Math.imul(c, M1_HIGH) + (t1 & 0xffff)) | 0;
    const high1 = (Math.imul(d, M1_HIGH) + (t1 >>> 16) + (w1 >>> 16)) | 0;
    const low1 = Math.imul(c2, MULTIPLIER_1);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  out[offset] = c0;
  out[offset + 1] = c1;
  out[offset + 2] = c2;
  out[offset + 3] = c3;
}
