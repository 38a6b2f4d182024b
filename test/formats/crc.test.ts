import { expect, test } from "vitest";
import { crc32, crc32c } from "../../src/formats/crc.ts";

const ascii = (text: string) => new TextEncoder().encode(text);

test("CRC-32 and CRC-32C give the published check values of '123456789'", () => {
  expect(crc32(ascii("123456789"))).toBe(0xcbf43926);
  expect(crc32c(ascii("123456789"))).toBe(0xe3069283);
});

test("CRC-32C gives the values of RFC 3720 appendix B.4", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(255))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
});

test("the checksum of nothing is 0", () => {
  expect([crc32(new Uint8Array(0)), crc32c(new Uint8Array(0))]).toEqual([0, 0]);
});
