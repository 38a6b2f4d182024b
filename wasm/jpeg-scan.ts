// Entropy decoding of one baseline scan, and the inverse transform of those of its blocks that are wanted.
// All addresses are offsets in linear memory; src/data/pixels/jpeg-memory.ts says what stands where.
import { inverseTransform, fillConstant } from "./inverse-dct";

/** Bits that one look at a table of codes covers. */
const lookBits: u32 = 10;
const directFlag: u32 = 0x1000;

// Offsets in a component's record, and its size.
const DC_TABLE: usize = 0;
const AC_TABLE: usize = 4;
const QUANTISERS: usize = 8;
const PLANE: usize = 12;
const STRIDE: usize = 16;
const FIRST_COLUMN: usize = 20;
const COLUMNS: usize = 24;
const FIRST_ROW: usize = 28;
const ROWS: usize = 32;
const BLOCKS_ACROSS: usize = 36;
const BLOCKS_DOWN: usize = 40;
const PREDICTION: usize = 44;
const COEFFICIENTS: usize = 48;
const RECORD: usize = 64;

// Offsets in a table of codes.
const LARGEST: usize = 4096; // [17] by length, then offsets [17], then symbols [256]
const OFFSETS: usize = 4096 + 72;
const SYMBOLS: usize = 4096 + 144;

/**
 * Copies a scan to `to` without its stuffed zeros, up to the first marker; returns how many bytes that makes. Where the
 * marker (or `end`) is stands in the 32 bits at `stop`.
 */
export function unstuff(from: usize, end: usize, to: usize, stop: usize): usize {
  const start = to;
  const ones = i8x16.splat(-1);
  while (from < end) {
    if (from + 16 <= end) {
      const bytes = v128.load(from);
      if (!v128.any_true(i8x16.eq(bytes, ones))) {
        v128.store(to, bytes);
        from += 16;
        to += 16;
        continue;
      }
    }
    const byte = load<u8>(from);
    if (byte == 0xff) {
      if (from + 1 >= end || load<u8>(from + 1) != 0) break;
      from++;
    }
    store<u8>(to, byte);
    from++;
    to++;
  }
  store<u32>(stop, <u32>from);
  return to - start;
}

/** Length and symbol (length | symbol << 16) of a code that is longer than `lookBits`; 0: there is no such code. */
function longCode(table: usize, bits: u64): u32 {
  for (let length: u32 = lookBits + 1; length <= 16; length++) {
    const code = <i32>(bits >> (64 - length));
    if (code <= load<i32>(table + LARGEST + 4 * length)) {
      const place = code + load<i32>(table + OFFSETS + 4 * length);
      return length | ((<u32>load<u8>(table + SYMBOLS + (place & 255))) << 16);
    }
  }
  return 0;
}

/** The signed value whose `size` bits these are. */
function extended(bits: u32, size: u32): i32 {
  return bits < 1 << (size - 1) ? <i32>bits - (1 << size) + 1 : <i32>bits;
}

/** Transforms the wanted blocks of a row of MCUs, and clears their coefficients for the next row. */
function transformRow(my: i32, components: usize, count: i32): void {
  const zero = i64x2.splat(0);
  const rest = i16x8(0, -1, -1, -1, -1, -1, -1, -1); // all but the first coefficient
  for (let c = 0; c < count; c++) {
    const component = components + RECORD * c;
    const columns = load<i32>(component, COLUMNS);
    const stride = <usize>load<u32>(component, STRIDE);
    const down = load<i32>(component, BLOCKS_DOWN);
    let block = <usize>load<u32>(component, COEFFICIENTS);
    for (let dy = 0; dy < down; dy++) {
      const row = my * down + dy - load<i32>(component, FIRST_ROW);
      if (<u32>row >= load<u32>(component, ROWS)) {
        block += 128 * columns;
        continue;
      }
      let out = <usize>load<u32>(component, PLANE) + <usize>row * 8 * stride;
      for (let column = 0; column < columns; column++) {
        let others = v128.and(v128.load(block), rest);
        for (let i: usize = 16; i < 128; i += 16) others = v128.or(others, v128.load(block + i));
        if (v128.any_true(others)) inverseTransform(block, out, stride);
        else fillConstant(load<i16>(block), out, stride);
        for (let i: usize = 0; i < 128; i += 16) v128.store(block + i, zero);
        block += 128;
        out += 8;
      }
    }
  }
}

/**
 * Decodes the scan whose unstuffed bytes are at `data`, `length` of them with 4096 zeros behind. `plan` lists the blocks of
 * an MCU: record of the component, column and row within the MCU. Returns 0, or what is wrong: 1 an unknown code, 2 a run
 * beyond the block, 3 the data end early, 4 data are left, 5 a value that a baseline file cannot have.
 */
export function decodeScan(
  data: usize,
  length: u32,
  mcusAcross: i32,
  mcusDown: i32,
  plan: usize,
  planLength: i32,
  components: usize,
  count: i32,
  zigzag: usize,
): i32 {
  for (let c = 0; c < count; c++) {
    const component = components + RECORD * c;
    const bytes = 128 * load<u32>(component, COLUMNS) * load<u32>(component, BLOCKS_DOWN);
    memory.fill(<usize>load<u32>(component, COEFFICIENTS), 0, bytes);
  }
  // The next bits stand at the top of `bits`, `left` of them or more; a refill makes that 56 at least and leaves what is
  // there as it is, for bytes are or-ed into their own places again. Source: F. Giesen, "Reading bits in far too many
  // ways", variant 4.
  let next = data;
  let bits: u64 = 0;
  let left: u64 = 0;
  for (let my = 0; my < mcusDown; my++) {
    for (let mx = 0; mx < mcusAcross; mx++) {
      for (let part = 0; part < planLength; part++) {
        const entry = plan + 12 * part;
        const component = <usize>load<u32>(entry);
        const inRow = load<i32>(entry, 8);
        const column =
          mx * load<i32>(component, BLOCKS_ACROSS) + load<i32>(entry, 4) - load<i32>(component, FIRST_COLUMN);
        const row = my * load<i32>(component, BLOCKS_DOWN) + inRow - load<i32>(component, FIRST_ROW);
        const wanted = <u32>column < load<u32>(component, COLUMNS) && <u32>row < load<u32>(component, ROWS);
        const quantisers = <usize>load<u32>(component, QUANTISERS);

        let table = <usize>load<u32>(component, DC_TABLE);
        bits |= bswap<u64>(load<u64>(next)) >> left;
        next += <usize>((63 - left) >> 3);
        left |= 56;
        let code = load<u32>(table + ((<usize>(bits >> (64 - lookBits))) << 2));
        if (code == 0) code = longCode(table, bits);
        if (code == 0) return 1;
        const size = (code >> 16) & 255;
        if (size > 11) return 5;
        bits <<= code & 255;
        let prediction = load<i32>(component, PREDICTION);
        if (size != 0) prediction += extended(<u32>(bits >> (64 - size)), size);
        bits <<= size;
        left -= (code & 255) + size;
        store<i32>(component, prediction, PREDICTION);

        const block =
          <usize>load<u32>(component, COEFFICIENTS) + 128 * (inRow * load<i32>(component, COLUMNS) + column);
        if (wanted) store<i16>(block, <i16>(prediction * <i32>load<i16>(quantisers)));
        table = <usize>load<u32>(component, AC_TABLE);
        let k: u32 = 1;
        while (k < 64) {
          bits |= bswap<u64>(load<u64>(next)) >> left;
          next += <usize>((63 - left) >> 3);
          left |= 56;
          code = load<u32>(table + ((<usize>(bits >> (64 - lookBits))) << 2));
          let value: i32;
          if (code & directFlag) {
            bits <<= code & 255;
            left -= code & 255;
            k += (code >> 8) & 15;
            value = (<i32>code) >> 16;
          } else {
            if (code == 0) code = longCode(table, bits);
            if (code == 0) return 1;
            const symbol = (code >> 16) & 255;
            bits <<= code & 255;
            left -= code & 255;
            const run = symbol >> 4;
            const bitsOfValue = symbol & 15;
            if (bitsOfValue == 0) {
              if (run != 15) {
                if (run != 0) return 5;
                break;
              }
              k += 16;
              if (k > 63) return 2;
              continue;
            }
            if (bitsOfValue > 10) return 5;
            k += run;
            value = extended(<u32>(bits >> (64 - bitsOfValue)), bitsOfValue);
            bits <<= bitsOfValue;
            left -= bitsOfValue;
          }
          if (k > 63) return 2;
          if (wanted) {
            const place = (<usize>load<u8>(zigzag + k)) << 1;
            store<i16>(block + place, <i16>(value * <i32>load<i16>(quantisers + place)));
          }
          k++;
        }
      }
      if (next - ((<usize>left) >> 3) > data + length) return 3;
    }
    transformRow(my, components, count);
  }
  return <i32>length == <i32>(next - data) - ((<i32>left) >> 3) ? 0 : 4;
}
