/** Seeded damage to files: what the mutation harness of reliability.md asks for, the same for all readers. */
export interface Chance {
  /** A whole number from 0 to `below` - 1. */
  (below: number): number;
}

/** Mulberry32: repeatable, and enough to place damage. */
export function chance(seed: number): Chance {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const values = [0n, 1n, -1n, 2n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 0x7fffffffn, 0x80000000n, 0xffffffffn];
const wide = [2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 60n, 2n ** 62n, 2n ** 63n - 1n, 2n ** 63n];

/** `bytes` with one to four mistakes: flipped bits, fields of extreme values, cuts, repeats, swapped parts. */
export function mutate(bytes: Uint8Array, pick: Chance, other: Uint8Array): Uint8Array {
  let damaged: Uint8Array = bytes.slice();
  for (let times = 1 + pick(3); times > 0; times--) damaged = once(damaged, pick, other);
  return damaged;
}

function once(bytes: Uint8Array, pick: Chance, other: Uint8Array): Uint8Array {
  if (bytes.length < 8) return other.slice();
  const at = pick(bytes.length);
  switch (pick(8)) {
    case 0:
      bytes[at] ^= 1 << pick(8);
      return bytes;
    case 1:
      bytes[at] = pick(256);
      return bytes;
    case 2:
    case 3:
      return setField(bytes, pick);
    case 4:
      return bytes.subarray(0, at);
    case 5: {
      const length = 1 + pick(16);
      return splice(bytes, at, length, new Uint8Array());
    }
    case 6: {
      const from = pick(bytes.length);
      return splice(bytes, at, 0, bytes.subarray(from, from + 1 + pick(64)));
    }
    default: {
      const from = pick(other.length);
      return splice(bytes, at, pick(32), other.subarray(from, from + 1 + pick(64)));
    }
  }
}

/** A number of 1, 2, 4 or 8 bytes set to a limit of its type, to the file's size, or one beside. */
function setField(bytes: Uint8Array, pick: Chance): Uint8Array {
  const size = [1, 2, 4, 8][pick(4)];
  const at = pick(bytes.length - size + 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const old =
    size === 8 ? view.getBigUint64(at, true) : size === 4 ? BigInt(view.getUint32(at, true)) : BigInt(bytes[at]);
  const all = [
    ...values,
    ...wide,
    BigInt(bytes.length),
    BigInt(bytes.length) + 1n,
    BigInt(bytes.length) - 1n,
    old + 1n,
    old - 1n,
  ];
  const value = all[pick(all.length)];
  for (let i = 0; i < size; i++) bytes[at + i] = Number(BigInt.asUintN(8, value >> BigInt(8 * i)));
  return bytes;
}

function splice(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]));
}
