import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FoveaError } from "../../src/errors/fovea-error.ts";
import { memorySource } from "../../src/files/byte-source.ts";
import { decodeIdx, isIdx } from "../../src/formats/idx.ts";

const decode = (bytes: Uint8Array): ReturnType<typeof decodeIdx> => decodeIdx(memorySource(bytes, "images-idx3"));

function encode(shape: number[], data: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length);
  bytes.set([0, 0, 8, shape.length]);
  shape.forEach((length, axis) => new DataView(bytes.buffer).setUint32(4 + 4 * axis, length));
  bytes.set(data, 4 + 4 * shape.length);
  return bytes;
}

test("reads the big-endian shape and the elements", () => {
  const idx = decode(encode([2, 1, 3], [1, 2, 3, 4, 5, 6]));
  expect(idx.shape).toEqual([2, 1, 3]);
  expect([...idx.data]).toEqual([1, 2, 3, 4, 5, 6]);
});

test("undoes writing for any shape", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }), (shape) => {
      const data = Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i % 256);
      const idx = decode(encode(shape, data));
      expect([idx.shape, [...idx.data]]).toEqual([shape, data]);
    }),
  );
});

test("is recognised by its magic", () => {
  expect(isIdx(encode([1], [0]))).toBe(true);
  expect(isIdx(Uint8Array.of(0, 0, 9, 1))).toBe(false);
  expect(isIdx(Uint8Array.of(0, 0, 8))).toBe(false);
});

describe("refuses", () => {
  const whole = encode([2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]);

  test("truncation at every byte, and bytes too many", () => {
    for (let length = 0; length < whole.length; length++) {
      expect(() => decode(whole.slice(0, length)), `${length} bytes`).toThrow(FoveaError);
    }
    expect(() => decode(Uint8Array.of(...whole, 9))).toThrow(
      "images-idx3: [2, 2, 2] needs 8 bytes after the header, there are 9",
    );
  });

  test("a count that the bytes cannot hold, before anything is allocated", () => {
    const huge = whole.slice();
    huge.fill(255, 4, 16);
    expect(() => decode(huge)).toThrow("[4294967295, 4294967295, 4294967295] needs more than the 8 bytes");
  });

  test("another magic, other elements, an empty axis", () => {
    expect(() => decode(Uint8Array.from([0x89, 80, 78, 71, 0, 0, 0, 0]))).toThrow(
      "starts with 89 50 4e 47, which is no IDX magic",
    );
    expect(() => decode(Uint8Array.from([0, 0, 13, 1, 0, 0, 0, 0]))).toThrow(
      "holds float32 elements; images and labels are uint8",
    );
    expect(() => decode(Uint8Array.from([0, 0, 8, 9, 0, 0, 0, 0]))).toThrow("has 9 axes");
    expect(() => decode(Uint8Array.from([0, 0, 8, 1, 0, 0, 0, 0]))).toThrow("axis 0 of [0] is empty");
  });
});
