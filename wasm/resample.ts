// Pillow's resampling of 8-bit RGB in 22-bit fixed point: see src/data/transforms/resample.ts.

const fractionBits: i32 = 22;
const half: i32 = 1 << 21;

/**
 * Each of `rows` rows of `width` pixels to `outWidth` ones. `starts`, `lengths` [outWidth] and `coefficients`
 * [outWidth, longest] are 32-bit. One byte behind the last row is read.
 */
export function resampleRows(
  from: usize,
  width: i32,
  rows: i32,
  to: usize,
  outWidth: i32,
  starts: usize,
  lengths: usize,
  coefficients: usize,
  longest: i32,
): void {
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < outWidth; x++) {
      let at = from + 3 * load<i32>(starts + 4 * x);
      let weight = coefficients + 4 * longest * x;
      const end = weight + 4 * load<i32>(lengths + 4 * x);
      let sum = i32x4.splat(half);
      while (weight < end) {
        const pixel = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)));
        sum = i32x4.add(sum, i32x4.mul(pixel, v128.load_splat<i32>(weight)));
        at += 3;
        weight += 4;
      }
      const words = i16x8.narrow_i32x4_s(i32x4.shr_s(sum, fractionBits), sum);
      const bytes = i32x4.extract_lane(i8x16.narrow_i16x8_u(words, words), 0);
      store<u16>(to, <u16>bytes);
      store<u8>(to + 2, <u8>(bytes >> 16));
      to += 3;
    }
    from += 3 * width;
  }
}

/**
 * Rows `first` to `last` − 1 of the result, from rows of `stride` bytes of which `from` is row `origin` of the image. Whole
 * groups of 16 bytes are written, ascending.
 */
export function resampleColumns(
  from: usize,
  origin: i32,
  stride: i32,
  to: usize,
  first: i32,
  last: i32,
  starts: usize,
  lengths: usize,
  coefficients: usize,
  longest: i32,
): void {
  for (let y = first; y < last; y++) {
    const source = from + stride * (load<i32>(starts + 4 * y) - origin);
    const weights = coefficients + 4 * longest * y;
    const length = load<i32>(lengths + 4 * y);
    for (let x = 0; x < stride; x += 16) {
      let a = i32x4.splat(half);
      let b = a;
      let c = a;
      let d = a;
      let at = source + x;
      for (let i = 0; i < length; i++) {
        const bytes = v128.load(at);
        const weight = v128.load_splat<i32>(weights + 4 * i);
        const lower = i16x8.extend_low_i8x16_u(bytes);
        const upper = i16x8.extend_high_i8x16_u(bytes);
        a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(lower), weight));
        b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(lower), weight));
        c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(upper), weight));
        d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(upper), weight));
        at += stride;
      }
      const lower = i16x8.narrow_i32x4_s(i32x4.shr_s(a, fractionBits), i32x4.shr_s(b, fractionBits));
      const upper = i16x8.narrow_i32x4_s(i32x4.shr_s(c, fractionBits), i32x4.shr_s(d, fractionBits));
      v128.store(to + x, i8x16.narrow_i16x8_u(lower, upper));
    }
    to += stride;
  }
}
