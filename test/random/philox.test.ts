import { expect, test } from "vitest";
import { philox4x32 } from "../../src/random/philox.ts";

// Random123's file kat_vectors, lines "philox4x32 10": counter, key, expected.
const knownAnswers = [
  ["00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
  ["ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"],
  ["243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"],
];

const words = (text: string): number[] => text.split(" ").map((word) => parseInt(word, 16));

test.each(knownAnswers)("Philox 4x32-10 of counter %s and key %s is the published answer", (counter, key, expected) => {
  const out = new Uint32Array(4);
  const [c0, c1, c2, c3] = words(counter);
  const [k0, k1] = words(key);
  philox4x32(out, 0, c0, c1, c2, c3, k0, k1);
  expect([...out]).toEqual(words(expected));
});

test("agrees with the definition in 64-bit integers on other counters", () => {
  const out = new Uint32Array(4);
  for (let i = 1; i < 200; i++) {
    const input = [i * 2654435761, i * 40503, i * 97, i * 12345677, i * 715225739, i * 3].map((x) => x % 2 ** 32);
    philox4x32(out, 0, input[0], input[1], input[2], input[3], input[4], input[5]);
    expect([...out]).toEqual(bigPhilox(input));
  }
});

function bigPhilox(input: number[]): number[] {
  let [c0, c1, c2, c3, k0, k1] = input.map(BigInt);
  const mask = 0xffffffffn;
  for (let round = 0; round < 10; round++) {
    const p0 = c0 * 0xd2511f53n;
    const p1 = c2 * 0xcd9e8d57n;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & mask, (p0 >> 32n) ^ c3 ^ k1, p0 & mask];
    k0 = (k0 + 0x9e3779b9n) & mask;
    k1 = (k1 + 0xbb67ae85n) & mask;
  }
  return [c0, c1, c2, c3].map(Number);
}
