// From planes of luma and chroma to RGB: libjpeg's "fancy" triangle filter and its fixed-point conversion, to the bit.
import { low16, high16 } from "./inverse-dct";

/** Weighted sums of the two nearest rows of chroma: 3 · near + far, as 16 bits, `count` of them. */
function sumRows(near: usize, far: usize, to: usize, count: i32): void {
  const three = i16x8.splat(3);
  for (let i = 0; i < count; i += 8) {
    const a = v128.load8x8_u(near + i);
    const b = v128.load8x8_u(far + i);
    v128.store(to + 2 * i, i16x8.add(i16x8.mul(a, three), b));
  }
}

/** A row as 16 bits. */
function widen(from: usize, to: usize, count: i32): void {
  for (let i = 0; i < count; i += 8) v128.store(to + 2 * i, v128.load8x8_u(from + i));
}

/**
 * Twice as many values as `count` sums at `from`: (3 · own + neighbour + rounding) >> shift, the left neighbour for even
 * places and the right one for odd ones.
 */
function spread(from: usize, to: usize, count: i32, even: i32, odd: i32, shift: i32): void {
  const three = i16x8.splat(3);
  const roundEven = i16x8.splat(<i16>even);
  const roundOdd = i16x8.splat(<i16>odd);
  for (let i = 0; i < count; i += 8) {
    const own = i16x8.mul(v128.load(from + 2 * i), three);
    const left = i16x8.shr_u(i16x8.add(i16x8.add(own, v128.load(from + 2 * i - 2)), roundEven), shift);
    const right = i16x8.shr_u(i16x8.add(i16x8.add(own, v128.load(from + 2 * i + 2)), roundOdd), shift);
    v128.store(to + 2 * i, v128.or(left, i16x8.shl(right, 8)));
  }
}

/**
 * One row of chroma at full width to `to`, from the plane's rows `near` and `far` (the same where the plane has all rows).
 * `count` values from the plane's column `first` on are used; `last` is the plane's last real column, whose neighbour it is
 * itself, as the first one's is.
 *
 * @param sums room for count + 24 values of 16 bits
 */
export function spreadChroma(
  near: usize,
  far: usize,
  first: i32,
  count: i32,
  last: i32,
  vertical: bool,
  sums: usize,
  to: usize,
): void {
  const start = first - 1; // one more on either side
  const values = sums + 16;
  const from = max(0, start);
  const length = min(last, first + count) - from + 1;
  const place = values + 2 * (from - start);
  if (vertical) sumRows(near + from, far + from, place, length);
  else widen(near + from, place, length);
  if (start < 0) store<i16>(values, load<i16>(values + 2));
  if (first + count > last) store<i16>(values + 2 * (last + 1 - start), load<i16>(values + 2 * (last - start)));
  if (vertical) spread(values + 2, to, count, 8, 7, 4);
  else spread(values + 2, to, count, 1, 2, 2);
}

/** (a · x + b · y + 32768) >> 16 for 16-bit lanes, `factors` a and b in turn; y is 2 and b 16384 where only x counts. */
function weighted(x: v128, y: v128, factors: v128, half: v128): v128 {
  const lower = i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(low16(x, y), factors), half), 16);
  const upper = i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(high16(x, y), factors), half), 16);
  return i16x8.narrow_i32x4_s(lower, upper);
}

/** What is added to luma for each colour; factors in fractions of 65536. */
function red(cr: v128): v128 {
  const factors = i16x8(26345, 16384, 26345, 16384, 26345, 16384, 26345, 16384); // 1.402 = 1 + 26345/65536
  return i16x8.add(cr, weighted(cr, i16x8.splat(2), factors, i32x4.splat(0)));
}

function blue(cb: v128): v128 {
  const factors = i16x8(-14942, 16384, -14942, 16384, -14942, 16384, -14942, 16384); // 1.772 = 2 − 14942/65536
  return i16x8.add(i16x8.add(cb, cb), weighted(cb, i16x8.splat(2), factors, i32x4.splat(0)));
}

function green(cb: v128, cr: v128): v128 {
  // −0.34414 = −22554/65536, −0.71414 = −1 + 18734/65536
  const factors = i16x8(-22554, 18734, -22554, 18734, -22554, 18734, -22554, 18734);
  return i16x8.sub(weighted(cb, cr, factors, i32x4.splat(32768)), cr);
}

/** 16 pixels [16, 3] to `to` of three vectors of 16 bytes. */
function storeRgb(r: v128, g: v128, b: v128, to: usize): void {
  // first red and green with holes, then blue into them
  const rg0 = i8x16.shuffle(r, g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
  const rg1 = i8x16.shuffle(r, g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
  const rg2 = i8x16.shuffle(r, g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
  v128.store(to, i8x16.shuffle(rg0, b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15));
  v128.store(to, i8x16.shuffle(rg1, b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15), 16);
  v128.store(to, i8x16.shuffle(rg2, b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31), 32);
}

/** `count` pixels of luma and full rows of chroma to RGB; writes whole groups of 16 pixels. */
export function colourRow(luma: usize, cbRow: usize, crRow: usize, to: usize, count: i32): void {
  const middle = i16x8.splat(128);
  for (let x = 0; x < count; x += 16) {
    const y0 = v128.load8x8_u(luma + x);
    const y1 = v128.load8x8_u(luma + x + 8);
    const cb0 = i16x8.sub(v128.load8x8_u(cbRow + x), middle);
    const cb1 = i16x8.sub(v128.load8x8_u(cbRow + x + 8), middle);
    const cr0 = i16x8.sub(v128.load8x8_u(crRow + x), middle);
    const cr1 = i16x8.sub(v128.load8x8_u(crRow + x + 8), middle);
    storeRgb(
      i8x16.narrow_i16x8_u(i16x8.add(y0, red(cr0)), i16x8.add(y1, red(cr1))),
      i8x16.narrow_i16x8_u(i16x8.add(y0, green(cb0, cr0)), i16x8.add(y1, green(cb1, cr1))),
      i8x16.narrow_i16x8_u(i16x8.add(y0, blue(cb0)), i16x8.add(y1, blue(cb1))),
      to + 3 * x,
    );
  }
}

/** `count` grey pixels to RGB; writes whole groups of 16. */
export function greyRow(luma: usize, to: usize, count: i32): void {
  for (let x = 0; x < count; x += 16) {
    const bytes = v128.load(luma + x);
    storeRgb(bytes, bytes, bytes, to + 3 * x);
  }
}
