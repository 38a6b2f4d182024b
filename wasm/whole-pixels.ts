// Loops over the pixels of a finished image.

/** Rows of `width` pixels [3], each read backwards. */
export function mirrorRows(from: usize, width: i32, rows: i32, to: usize): void {
  for (let y = 0; y < rows; y++) {
    let source = from + 3 * (y + 1) * width;
    const end = from + 3 * y * width;
    while (source > end) {
      source -= 3;
      store<u16>(to, load<u16>(source));
      store<u8>(to, load<u8>(source, 2), 2);
      to += 3;
    }
  }
}

/** [pixels, 3] bytes to three planes of floats, through `tables` [3, 256] of floats. */
export function lookUp(from: usize, pixels: i32, tables: usize, to: usize): void {
  const plane = 4 * <usize>pixels;
  for (const end = to + plane; to < end; to += 4) {
    store<f32>(to, load<f32>(tables + 4 * <usize>load<u8>(from)));
    store<f32>(to + plane, load<f32>(tables + 4 * <usize>load<u8>(from, 1), 1024));
    store<f32>(to + 2 * plane, load<f32>(tables + 4 * <usize>load<u8>(from, 2), 2048));
    from += 3;
  }
}
