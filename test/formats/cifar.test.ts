import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FoveaError } from "../../src/errors/fovea-error.ts";
import { memorySource } from "../../src/files/byte-source.ts";
import { cifarRecordCount, decodeCifar, type CifarVariant } from "../../src/formats/cifar.ts";

interface Decoded {
  readonly images: Uint8Array;
  readonly labels: Int32Array;
}

function decode(bytes: Uint8Array, variant: CifarVariant = "cifar10"): Decoded {
  const count = cifarRecordCount(bytes.length, variant) ?? 0;
  const images = new Uint8Array(count * 3072);
  const labels = new Int32Array(count);
  decodeCifar(memorySource(bytes, "data_batch_1.bin"), variant, images, labels);
  return { images, labels };
}

/** Two records whose value at pixel p of channel c is (p + 50 c + record) mod 256. */
function twoRecords(labels: number[][]): Uint8Array {
  return Uint8Array.from(
    labels.flatMap((label, n) => [
      ...label,
      ...Array.from({ length: 3072 }, (_, i) => (i % 1024) + 50 * (i >> 10) + n),
    ]),
  );
}

test("red, green and blue planes become interleaved pixels, rows first", () => {
  const { images, labels } = decode(twoRecords([[3], [9]]));
  expect([...labels]).toEqual([3, 9]);
  expect([...images.subarray(0, 6)]).toEqual([0, 50, 100, 1, 51, 101]);
  expect([...images.subarray(3072 + 3 * 33, 3072 + 3 * 34)]).toEqual([34, 84, 134]);
});

test("CIFAR-100 records carry a coarse and a fine label; the fine one counts", () => {
  expect([...decode(twoRecords([[19, 99], [0, 7]]), "cifar100").labels]).toEqual([99, 7]); // prettier-ignore
});

describe("refuses", () => {
  test("a truncated file, with its size and the record's", () => {
    expect(() => decode(twoRecords([[3], [9]]).subarray(0, 6000))).toThrow(
      "data_batch_1.bin: 6000 bytes are not a whole number of cifar10 records of 3073 bytes",
    );
    expect(() => decode(new Uint8Array(0))).toThrow("0 bytes are not a whole number");
  });

  test("a label out of range, with record and offset", () => {
    expect(() => decode(twoRecords([[3], [10]]))).toThrow("record 1 (byte 3073) has label 10; labels are 0 to 9");
    expect(() => decode(twoRecords([[20, 1]]), "cifar100")).toThrow(
      "record 0 (byte 0) has label 20; labels are 0 to 19",
    );
    expect(() => decode(twoRecords([[1, 100]]), "cifar100")).toThrow("record 0 (byte 1) has label 100");
  });

  test("arbitrary bytes with a FoveaError or decodes them, nothing else", () => {
    const bytes = fc
      .tuple(fc.nat(255), fc.constantFrom(3072, 3073, 3074, 6146))
      .map(([b, n]) => new Uint8Array(n).fill(b));
    fc.assert(
      fc.property(bytes, fc.constantFrom<CifarVariant>("cifar10", "cifar100"), (input, variant) => {
        try {
          expect(decode(input, variant).labels.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(FoveaError);
        }
      }),
      { numRuns: 50 },
    );
  });
});
