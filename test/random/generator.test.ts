import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { generator } from "../../src/random/generator.ts";

const many = 200_000;

describe("the stream", () => {
  test("never changes: the first words of some named streams are frozen", () => {
    const first = (...name: Parameters<typeof generator>): number[] => {
      const random = generator(...name);
      return [random.uint32(), random.uint32(), random.uint32()];
    };
    expect(first(0, "order", 0)).toEqual([1245336387, 1646046627, 3117604864]);
    expect(first(2 ** 40 + 1, "mask", 7, 11)).toEqual([573071804, 192539163, 3241120719]);
    expect(first(0, "")).toEqual([3568036438, 3714396419, 81935143]);
  });

  test("depends on seed, purpose, each counter and the number of counters", () => {
    const names: Parameters<typeof generator>[] = [
      [0, "a"],
      [1, "a"],
      [2 ** 32, "a"],
      [0, "b"],
      [0, "a\0"],
      [0, "0123456789abcdef"],
      [0, "0123456789abcdef!"],
      [0, "a", 0],
      [0, "a", 1],
      [0, "a", 0, 0],
      [0, "a", 0, 1],
      [0, "a", 0, 0, 0],
      [0, "a", 0, 0, 1],
    ];
    expect(new Set(names.map((name) => generator(...name).uint32())).size).toBe(names.length);
  });

  test("is the same for the same name", () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), fc.array(fc.nat(), { maxLength: 3 }), (seed, purpose, counters) => {
        const [a, b] = [generator(seed, purpose, ...counters), generator(seed, purpose, ...counters)];
        for (let i = 0; i < 9; i++) expect(a.uint32()).toBe(b.uint32());
      }),
    );
  });

  test("refuses what is no seed, and says which are", () => {
    expect(() => generator(-1, "a")).toThrow("seed: -1 is no seed; give an integer from 0 to 9007199254740991");
    expect(() => generator(0.5, "a")).toThrow("0.5 is no seed");
    expect(() => generator(0, "a", 1, 2, 3, 4)).toThrow(RangeError);
    expect(() => generator(0, "a", 2 ** 32)).toThrow(RangeError);
  });
});

describe("distributions", () => {
  const moments = (values: ArrayLike<number>): [number, number] => {
    const list = Array.from(values);
    const mean = list.reduce((a, b) => a + b, 0) / list.length;
    return [mean, Math.sqrt(list.reduce((a, b) => a + (b - mean) ** 2, 0) / list.length)];
  };

  test("uniform lies in [0, 1) with mean 1/2 and deviation 1/√12", () => {
    const values = generator(0, "uniform").fillUniform(new Float64Array(many));
    expect(values.every((x) => x >= 0 && x < 1)).toBe(true);
    const [mean, std] = moments(values);
    expect(mean).toBeCloseTo(0.5, 2);
    expect(std).toBeCloseTo(1 / Math.sqrt(12), 2);
  });

  test("normal has the moments and tails of the normal", () => {
    const values = generator(0, "normal").fillNormal(new Float64Array(many), 3, 2);
    const [mean, std] = moments(values);
    expect(Math.abs(mean - 3)).toBeLessThan(0.02);
    expect(Math.abs(std - 2)).toBeLessThan(0.02);
    const beyond = values.filter((x) => Math.abs(x - 3) > 4).length / many;
    expect(Math.abs(beyond - 0.0455)).toBeLessThan(0.002);
  });

  test("truncated normal stays inside absolute bounds and has PyTorch's deviation", () => {
    const values = generator(0, "trunc").fillTruncatedNormal(new Float64Array(many), 0, 1, -2, 2);
    expect(values.every((x) => x >= -2 && x <= 2)).toBe(true);
    // variance of N(0,1) cut at ±2: 1 − 2·2·φ(2) / (2Φ(2) − 1) = 0.7737
    expect(Math.abs(moments(values)[1] - Math.sqrt(0.77374))).toBeLessThan(0.005);
    const narrow = generator(0, "trunc").fillTruncatedNormal(new Float32Array(1000), 0, 0.02, -2, 2);
    expect(Math.abs(moments(narrow)[1] - 0.02)).toBeLessThan(0.002);
  });

  test("Bernoulli keeps the stated share; 0 keeps none, 1 all", () => {
    const share = (p: number): number =>
      generator(0, "keep", 1)
        .fillBernoulli(new Float32Array(many), p)
        .reduce((a, b) => a + b) / many;
    expect(Math.abs(share(0.9) - 0.9)).toBeLessThan(0.003);
    expect(share(0)).toBe(0);
    expect(share(1)).toBe(1);
  });

  test("integers are even over their range (chi-square)", () => {
    const counts = new Float64Array(7);
    const random = generator(0, "integer");
    for (let i = 0; i < many; i++) counts[random.integer(7)]++;
    const chi = counts.reduce((sum, n) => sum + (n - many / 7) ** 2 / (many / 7), 0);
    expect(chi).toBeLessThan(22.5); // 6 degrees of freedom, p = 0.001
    expect(() => random.integer(0)).toThrow("n = 0 is not in [1, 2^32]");
  });

  test("a permutation holds every number once, and its first place is even", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(300), (seed, n) => {
        expect([...generator(seed, "p").permutation(n)].sort((a, b) => a - b)).toEqual(
          Array.from({ length: n }, (_, i) => i),
        );
      }),
    );
    const firsts = new Float64Array(5);
    for (let i = 0; i < 20_000; i++) firsts[generator(1, "p", i).permutation(5)[0]]++;
    for (const count of firsts) expect(Math.abs(count - 4000)).toBeLessThan(250);
  });
});
