import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { costOf } from "../../../src/graph/cost.ts";
import { input } from "../../../src/graph/leaf.ts";
import { program } from "../../../src/graph/program.ts";
import type { SkipMode } from "../../../src/models/u-vit/u-vit-block.ts";
import { timeFeatures } from "../../../src/models/u-vit/time-features.ts";
import { uVitSize, uVitSizes } from "../../../src/models/u-vit/u-vit-sizes.ts";
import { UVit, type UVitInputs, type UVitOptions } from "../../../src/models/u-vit/u-vit.ts";
import { trace } from "../../../src/nn/trace.ts";
import { initialise, parameterCount, parameters, prepare } from "../../../src/nn/module.ts";
import { evaluate, host } from "../../nn/evaluate.ts";

/** File, parameters, 10⁹ multiply-adds of a forward pass: u-vit section 3.6. */
const published = [
  ["cifar10_uvit_small", 44_255_328, 12.2],
  ["celeba64_uvit_small", 44_292_228, 12.21],
  ["imagenet64_uvit_mid", 130_940_292, 35.24],
  ["imagenet64_uvit_large", 286_827_652, 76.47],
  ["imagenet256_uvit_large", 286_763_172, 76.46],
  ["imagenet256_uvit_huge", 500_832_016, 133.2],
  ["imagenet512_uvit_large", 286_861_524, 76.48],
  ["imagenet512_uvit_huge", 500_942_656, 133.23],
  ["mscoco_uvit_small", 44_692_644, 16.2],
  ["mscoco_uvit_small_deep", 58_345_636, 21.21],
] as const satisfies [string, number, number][];

function inputsOf({ condition }: UVitOptions, batch: number): UVitInputs {
  const time = input("time", [batch]);
  if (condition === undefined) return { time };
  if (condition.kind === "class") return { time, label: input("label", [batch], "int64") };
  return { time, context: input("context", [batch, condition.tokens, condition.dim]) };
}

function forward(network: UVit, batch = 1) {
  const { channels, imageSize } = network.options;
  return network.forward(input("x", [batch, channels, imageSize, imageSize]), inputsOf(network.options, batch));
}

describe("the released U-ViTs", () => {
  test("are all among the cases", () => {
    expect(Object.keys(uVitSizes).sort()).toEqual(published.map(([name]) => name).sort());
  });

  test.each(published)("%s has its published number of parameters and multiply-adds", (name, count, gmacs) => {
    const network = prepare(new UVit(uVitSize(name)));
    expect(parameterCount(network)).toBe(count);
    const { flops } = costOf(program({ outputs: { eps: forward(network) } }));
    expect(Math.abs(flops / 2e9 - gmacs)).toBeLessThan(0.006 * gmacs);
  });

  test("an unknown name is refused with the nearest one", () => {
    expect(() => uVitSize("cifar10_uvit_smal")).toThrow(/no U-ViT called cifar10_uvit_smal/);
  });
});

const tiny: UVitOptions = { imageSize: 8, patchSize: 2, channels: 3, width: 24, depth: 4, heads: 3 };

describe("the ablations' switches", () => {
  const count = (options: Partial<UVitOptions>): number => parameterCount(new UVit({ ...tiny, ...options }));
  const linear = (inputs: number, outputs = 24): number => inputs * outputs + outputs;

  test("skips cost what they map: two linears of 2D, of D, or nothing", () => {
    const none = count({ skip: "none" });
    const costs = (["concat", "add", "addLinear", "linearAdd"] satisfies SkipMode[]).map(
      (skip) => count({ skip }) - none,
    );
    expect(costs).toEqual([2 * linear(48), 0, 2 * linear(24), 2 * linear(24)]);
  });

  test("adaptive norms take the time token's place", () => {
    expect(count({ time: "adaLN" }) - count({})).toBe(5 * linear(24, 96) - 24); // a position less
  });

  test("an odd depth acts as one less", () => {
    expect(count({ depth: 5 })).toBe(count({}));
  });

  const switches = fc.record({
    skip: fc.constantFrom<SkipMode>("concat", "add", "addLinear", "linearAdd", "none"),
    time: fc.constantFrom<"token" | "adaLN">("token", "adaLN"),
    timeMlp: fc.boolean(),
    outputConv: fc.constantFrom<"last" | "before" | "none">("last", "before", "none"),
    patchEmbed: fc.constantFrom<"linear" | "convolutions">("linear", "convolutions"),
    positions: fc.constantFrom<"learned" | "sincos" | "none">("learned", "sincos", "none"),
    condition: fc.constantFrom(undefined, { kind: "class", classes: 3 } as const),
  });

  test("every combination gives an image that depends on every parameter that is trained", () => {
    fc.assert(
      fc.property(switches, ({ condition, ...rest }) => {
        const network = prepare(new UVit({ ...tiny, ...rest, ...(condition === undefined ? {} : { condition }) }));
        const eps = forward(network, 2);
        expect(eps.shape).toEqual([2, 3, 8, 8]);
        const used = program({ outputs: { eps } }).states;
        const unused = [...parameters(network).keys()].filter((name) => !used.has(name));
        expect(unused).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test("a missing condition is named", () => {
    const network = prepare(new UVit({ ...tiny, condition: { kind: "text", tokens: 5, dim: 7 } }));
    const x = input("x", [2, 3, 8, 8]);
    expect(() => network.forward(x, { time: input("t", [2]) })).toThrow(/context is missing.*\[2, 5, 7\]/);
  });
});

test("the sinusoid of the time has squared norm D/2, cosines first, and a zero column for an odd D", async () => {
  const t = input("t", [3]);
  const found = await evaluate(
    { even: timeFeatures(t, 8), odd: timeFeatures(t, 5) },
    { feeds: { t: host([3], [0, 1.5, 999]) } },
  );
  const rows = [0, 1, 2].map((i) => found["even"].slice(8 * i, 8 * i + 8));
  for (const row of rows) expect(row.reduce((sum, v) => sum + v * v, 0)).toBeCloseTo(4, 5);
  [1, 1, 1, 1, 0, 0, 0, 0].forEach((value, i) => expect(rows[0][i]).toBeCloseTo(value, 6));
  expect(rows[1][0]).toBeCloseTo(Math.cos(1.5), 6);
  expect(rows[1][5]).toBeCloseTo(Math.sin(0.15), 6);
  expect([4, 9, 14].map((i) => found["odd"][i])).toEqual([0, 0, 0]);
});

test("out-blocks take the in-blocks' results in reverse order", async () => {
  // blocks whose branches end in zeros hand x on, so that sums of skips are all that is left
  const network = prepare(new UVit({ ...tiny, depth: 4, skip: "add", outputConv: "none", positions: "none" }));
  const state = new Map(initialise(network, 0));
  for (const [name, value] of state) if (/block.*(attn\.proj|fc2)\./.test(name)) (value.data as Float32Array).fill(0);
  const { features } = trace({}, () => forward(network));
  const outputs = Object.fromEntries([...features].filter(([path]) => /^\w+_blocks?(\.\d)?$/.test(path)));
  const found = await evaluate(outputs, {
    state,
    feeds: {
      x: host(
        [1, 3, 8, 8],
        Float32Array.from({ length: 192 }, (_, i) => Math.sin(i)),
      ),
      time: host([1], [3]),
    },
  });
  const times = (n: number): number[] => found["in_blocks.0"].map((v) => n * v);
  expect(found["mid_block"]).toEqual(times(1));
  for (const [path, n] of [
    ["out_blocks.0", 2],
    ["out_blocks.1", 3],
  ] as const)
    found[path].forEach((v, i) => expect(v).toBeCloseTo(times(n)[i], 4));
});
