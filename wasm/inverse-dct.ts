// The inverse transform of 8 × 8 coefficients: libjpeg's `jidctint` (accurate integers), to the bit.

/** The factors of the transform in 13-bit fixed point, two for each product of a pair. */
function pair(a: i16, b: i16): v128 {
  return i16x8(a, b, a, b, a, b, a, b);
}

/** a·even places + b·odd places of x and y interleaved, lower or upper four lanes. */
function low(x: v128, y: v128, factors: v128): v128 {
  return i32x4.dot_i16x8_s(low16(x, y), factors);
}
function high(x: v128, y: v128, factors: v128): v128 {
  return i32x4.dot_i16x8_s(high16(x, y), factors);
}

/** Rounded to `shift` bits less, to 16 bits. */
function narrow(lower: v128, upper: v128, half: v128, shift: i32): v128 {
  return i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(lower, half), shift), i32x4.shr_s(i32x4.add(upper, half), shift));
}

/** One pass over the eight vectors at `at`, in place: lane by lane a transform of eight values. */
function pass(at: usize, shift: i32): void {
  const half = i32x4.splat(1 << (shift - 1));
  const in0 = v128.load(at);
  const in1 = v128.load(at, 16);
  const in2 = v128.load(at, 32);
  const in3 = v128.load(at, 48);
  const in4 = v128.load(at, 64);
  const in5 = v128.load(at, 80);
  const in6 = v128.load(at, 96);
  const in7 = v128.load(at, 112);

  // even part: 0.541196100 = 4433, 0.765366865 = 6270, 1.847759065 = 15137
  const toThird = pair(4433 + 6270, 4433);
  const toSecond = pair(4433, 4433 - 15137);
  const third0 = low(in2, in6, toThird);
  const third1 = high(in2, in6, toThird);
  const second0 = low(in2, in6, toSecond);
  const second1 = high(in2, in6, toSecond);
  const plus = pair(8192, 8192);
  const minus = pair(8192, -8192);
  const sum0 = low(in0, in4, plus);
  const sum1 = high(in0, in4, plus);
  const difference0 = low(in0, in4, minus);
  const difference1 = high(in0, in4, minus);
  const t10a = i32x4.add(sum0, third0);
  const t10b = i32x4.add(sum1, third1);
  const t13a = i32x4.sub(sum0, third0);
  const t13b = i32x4.sub(sum1, third1);
  const t11a = i32x4.add(difference0, second0);
  const t11b = i32x4.add(difference1, second1);
  const t12a = i32x4.sub(difference0, second0);
  const t12b = i32x4.sub(difference1, second1);

  // odd part: 1.175875602 = 9633, 1.961570560 = 16069, 0.390180644 = 3196
  const z3 = i16x8.add(in7, in3);
  const z4 = i16x8.add(in5, in1);
  const toZ3 = pair(9633 - 16069, 9633);
  const toZ4 = pair(9633, 9633 - 3196);
  const z3a = low(z3, z4, toZ3);
  const z3b = high(z3, z4, toZ3);
  const z4a = low(z3, z4, toZ4);
  const z4b = high(z3, z4, toZ4);
  // 0.298631336 = 2446, 0.899976223 = 7373, 1.501321110 = 12299
  const to0 = pair(2446 - 7373, -7373);
  const to3 = pair(-7373, 12299 - 7373);
  const odd0a = i32x4.add(low(in7, in1, to0), z3a);
  const odd0b = i32x4.add(high(in7, in1, to0), z3b);
  const odd3a = i32x4.add(low(in7, in1, to3), z4a);
  const odd3b = i32x4.add(high(in7, in1, to3), z4b);
  // 2.053119869 = 16819, 2.562915447 = 20995, 3.072711026 = 25172
  const to1 = pair(16819 - 20995, -20995);
  const to2 = pair(-20995, 25172 - 20995);
  const odd1a = i32x4.add(low(in5, in3, to1), z4a);
  const odd1b = i32x4.add(high(in5, in3, to1), z4b);
  const odd2a = i32x4.add(low(in5, in3, to2), z3a);
  const odd2b = i32x4.add(high(in5, in3, to2), z3b);

  v128.store(at, narrow(i32x4.add(t10a, odd3a), i32x4.add(t10b, odd3b), half, shift));
  v128.store(at, narrow(i32x4.add(t11a, odd2a), i32x4.add(t11b, odd2b), half, shift), 16);
  v128.store(at, narrow(i32x4.add(t12a, odd1a), i32x4.add(t12b, odd1b), half, shift), 32);
  v128.store(at, narrow(i32x4.add(t13a, odd0a), i32x4.add(t13b, odd0b), half, shift), 48);
  v128.store(at, narrow(i32x4.sub(t13a, odd0a), i32x4.sub(t13b, odd0b), half, shift), 64);
  v128.store(at, narrow(i32x4.sub(t12a, odd1a), i32x4.sub(t12b, odd1b), half, shift), 80);
  v128.store(at, narrow(i32x4.sub(t11a, odd2a), i32x4.sub(t11b, odd2b), half, shift), 96);
  v128.store(at, narrow(i32x4.sub(t10a, odd3a), i32x4.sub(t10b, odd3b), half, shift), 112);
}

/** The lower (upper) four 16-bit lanes of x and y in turn. */
export function low16(x: v128, y: v128): v128 {
  return i8x16.shuffle(x, y, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}
export function high16(x: v128, y: v128): v128 {
  return i8x16.shuffle(x, y, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}

/** Rows and columns of the 8 × 8 values at `at` changed. */
function transpose(at: usize): void {
  // three rounds of interleaving row i with row i + 4
  const a0 = v128.load(at);
  const b0 = v128.load(at, 16);
  const c0 = v128.load(at, 32);
  const d0 = v128.load(at, 48);
  const e0 = v128.load(at, 64);
  const f0 = v128.load(at, 80);
  const g0 = v128.load(at, 96);
  const h0 = v128.load(at, 112);
  const a1 = low16(a0, e0);
  const b1 = high16(a0, e0);
  const c1 = low16(b0, f0);
  const d1 = high16(b0, f0);
  const e1 = low16(c0, g0);
  const f1 = high16(c0, g0);
  const g1 = low16(d0, h0);
  const h1 = high16(d0, h0);
  const a2 = low16(a1, e1);
  const b2 = high16(a1, e1);
  const c2 = low16(b1, f1);
  const d2 = high16(b1, f1);
  const e2 = low16(c1, g1);
  const f2 = high16(c1, g1);
  const g2 = low16(d1, h1);
  const h2 = high16(d1, h1);
  v128.store(at, low16(a2, e2));
  v128.store(at, high16(a2, e2), 16);
  v128.store(at, low16(b2, f2), 32);
  v128.store(at, high16(b2, f2), 48);
  v128.store(at, low16(c2, g2), 64);
  v128.store(at, high16(c2, g2), 80);
  v128.store(at, low16(d2, h2), 96);
  v128.store(at, high16(d2, h2), 112);
}

/** Pixels of the coefficients [8, 8] at `block` (overwritten) to `out`, rows `stride` bytes apart. */
export function inverseTransform(block: usize, out: usize, stride: usize): void {
  pass(block, 11); // 13 − 2 fraction bits are kept between the passes
  transpose(block);
  pass(block, 18);
  transpose(block);
  const middle = i8x16.splat(-128);
  for (let row = 0; row < 8; row += 2) {
    const bytes = v128.xor(i8x16.narrow_i16x8_s(v128.load(block), v128.load(block, 16)), middle);
    v128.store64_lane(out, bytes, 0);
    v128.store64_lane(out + stride, bytes, 1);
    block += 32;
    out += 2 * stride;
  }
}

/** The same where only the first coefficient is not 0. */
export function fillConstant(first: i16, out: usize, stride: usize): void {
  const value = min(255, max(0, ((<i32>first + 4) >> 3) + 128));
  const bytes = <u64>value * 0x0101010101010101;
  for (let row = 0; row < 8; row++) {
    store<u64>(out, bytes);
    out += stride;
  }
}
