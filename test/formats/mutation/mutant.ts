import { type Chance, chance, mutate } from "../mutations.ts";
import type { Field, Target } from "./target.ts";

const hostile = [0n, 1n, -1n, 0x7fn, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n]; // prettier-ignore

const digits = ["0", "1", "-1", "7", "255", "65535", "65536", "2147483647", "2147483648", "4294967295", "9007199254740993", "9223372036854775808", "1E308", "NaN", "0.5"]; // prettier-ignore

/** The damaged file of a number: the same on every machine. */
export function mutant(target: Target, seed: number): Uint8Array {
  const pick = chance(seed);
  const { seeds, fields, repair } = target;
  const base = seeds[pick(seeds.length)];
  const ways = [
    () => mutate(base, pick, seeds[pick(seeds.length)]),
    ...(fields === undefined ? [] : [() => setFields(base, fields(base), pick)]),
    ...(target.digits === true ? [() => setDigits(base, pick)] : []),
    () => base.subarray(0, pick(Math.min(base.length, 4096))), // cut within the header
  ];
  const damaged = ways[pick(ways.length)]();
  return repair !== undefined && pick(2) === 0 ? repair(damaged) : damaged;
}

function setFields(base: Uint8Array, fields: readonly Field[], pick: Chance): Uint8Array {
  const out = base.slice();
  for (let times = 1 + pick(2); times > 0; times--) {
    const { at, bytes } = fields[pick(fields.length)];
    const all = [...hostile, BigInt(base.length), BigInt(base.length) + 1n, BigInt(base.length) - 1n, BigInt(at)];
    const value = all[pick(all.length)];
    const little = pick(2) === 0;
    for (let i = 0; i < bytes && at + i < out.length; i++)
      out[at + (little ? i : bytes - 1 - i)] = Number(BigInt.asUintN(8, value >> BigInt(8 * i)));
  }
  return out;
}

/** Another number in the place of one, with the blanks before it, so that columns stay. */
function setDigits(base: Uint8Array, pick: Chance): Uint8Array {
  const text = Buffer.from(base.buffer, base.byteOffset, Math.min(base.length, 65_536)).toString("latin1");
  const places = [...text.matchAll(/ *\d+/g)];
  if (places.length === 0) return base;
  const place = places[pick(places.length)];
  const value = digits[pick(digits.length)];
  const room = place[0].length;
  const out = base.slice();
  const shown = value.length <= room ? value.padStart(room) : value;
  for (let i = 0; i < shown.length && place.index + i < out.length; i++) out[place.index + i] = shown.charCodeAt(i);
  return out;
}
