import { expect, test } from "vitest";
import { hostTensor } from "../../src/graph/dtype.ts";
import { input } from "../../src/graph/leaf.ts";
import { DecoupledPositionBias } from "../../src/models/decoupled-position-bias.ts";
import { keepPatches } from "../../src/models/kept-patches.ts";
import { relativePositionIndex } from "../../src/models/relative-position-bias.ts";
import { RotaryPositions } from "../../src/models/rotary-positions.ts";
import type { VitOptions } from "../../src/models/vit-options.ts";
import { Vit } from "../../src/models/vit.ts";
import { grad } from "../../src/graph/autodiff.ts";
import { initialise, parameters, prepare } from "../../src/nn/module.ts";
import { evaluate, host, relativeError, wave } from "../nn/evaluate.ts";

const small = { width: 16, depth: 2, heads: 2, imageSize: 12, patchSize: 4, classes: 3 } as const;
const image = input("image", [2, 3, 12, 12]);
const feeds = { image: wave([2, 3, 12, 12]) };
const vit = (options: Partial<VitOptions>): Vit => prepare(new Vit({ ...small, ...options }));

test("without a class token the table of relative biases has no extra rows", () => {
  const shape = (classToken: boolean) =>
    parameters(
      vit({ classToken, pool: "mean", positions: "none", relativePositions: { table: "full", of: "model" } }),
    ).get("rel_pos_bias.relative_position_bias_table")?.shape;
  expect([shape(true), shape(false)]).toEqual([
    [28, 2],
    [25, 2],
  ]);
  expect([...relativePositionIndex(2, false).data].map(Number)).toEqual([
    ...[4, 3, 1, 0],
    ...[5, 4, 2, 1],
    ...[7, 6, 4, 3],
    ...[8, 7, 5, 4],
  ]);
});

test("decoupled tables count key minus query, the class token last", async () => {
  const bias = prepare(new DecoupledPositionBias(2, 1));
  const state = new Map([
    ["relative_position_bias_for_high", host([6, 1], [10, 20, 30, 40, 50, 60])],
    ["relative_position_bias_for_width", host([6, 1], [1, 2, 3, 4, 5, 6])],
  ]);
  const { y } = await evaluate({ y: bias.forward() }, { state });
  expect(y).toEqual([
    ...[66, 44, 44, 44, 44], // class to class, class to patch
    ...[55, 22, 23, 32, 33],
    ...[55, 21, 22, 31, 32],
    ...[55, 12, 13, 22, 23],
    ...[55, 11, 12, 21, 22],
  ]);
});

test("rotary positions keep lengths, leave class token and first patch as they are, and scores depend on distance", async () => {
  const rotary = prepare(new RotaryPositions(3, 8));
  const x = input("x", [1, 1, 10, 8]);
  const same = hostTensor(
    "float32",
    [1, 1, 10, 8],
    Float32Array.from({ length: 80 }, (_, i) => Math.sin(1 + (i % 8))),
  );
  const { turned } = await evaluate(
    { turned: rotary.rotation()(x) },
    { state: initialise(rotary, 0), feeds: { x: same } },
  );
  const token = (i: number): number[] => turned.slice(8 * i, 8 * i + 8);
  const dot = (a: number, b: number): number => token(a).reduce((sum, value, c) => sum + value * token(b)[c], 0);
  expect(relativeError(token(0), same.data.subarray(0, 8))).toBe(0);
  expect(relativeError(token(1), same.data.subarray(0, 8))).toBeLessThan(1e-6);
  expect(dot(9, 9)).toBeCloseTo(dot(0, 0), 5);
  expect(dot(1, 2)).toBeCloseTo(dot(5, 6), 5); // one column to the right, wherever
  expect(dot(1, 5)).toBeCloseTo(dot(5, 9), 5); // one down, one to the right
  expect(Math.abs(dot(1, 2) - dot(1, 3))).toBeGreaterThan(1e-3);
});

test("keeping all patches, in another order, changes nothing but rounding, rotary positions included", async () => {
  for (const options of [{}, { rotary: {}, feedForward: "swiglu", subNorm: true }] satisfies Partial<VitOptions>[]) {
    const network = vit(options);
    const kept = input("kept", [2, 9], "int64");
    const order = BigInt64Array.from([8, 7, 6, 5, 4, 3, 2, 1, 0, 1, 0, 3, 2, 5, 4, 7, 6, 8].map(BigInt));
    const { all, some } = await evaluate(
      { all: network.forward(image), some: network.forward(image, { kept }) },
      { state: initialise(network, 0), feeds: { ...feeds, kept: hostTensor("int64", [2, 9], order) } },
    );
    expect(relativeError(some, all)).toBeLessThan(1e-5);
  }
});

test("a detached patch embedding gets no gradient, a tenth of it where a tenth is asked for", async () => {
  const norms = await Promise.all(
    [1, 0.1, 0].map(async (patchGradient) => {
      const network = vit({ patchGradient });
      const weight = parameters(network).get("patch_embed.proj.bias");
      if (weight === undefined) throw new Error("no patch embedding");
      const logits = network.forward(image);
      const [g] = grad(logits.sum(), [weight]);
      return evaluate({ g, logits }, { state: initialise(network, 0), feeds });
    }),
  );
  const [whole, tenth, none] = norms.map(({ g }) => g);
  expect(
    relativeError(
      tenth,
      whole.map((value) => value / 10),
    ),
  ).toBeLessThan(1e-5);
  expect(none.every((value) => value === 0)).toBe(true);
  expect(whole.some((value) => value !== 0)).toBe(true);
});

test("residual post-norm with norms of zero weight is the identity", async () => {
  const network = vit({ normPlacement: "result" });
  const state = new Map(initialise(network, 0));
  for (const [name, { shape }] of parameters(network))
    if (/blocks\.\d\.norm\d\.weight/.test(name)) state.set(name, host(shape, new Float32Array(shape[0])));
  const tokens = network.embed(network.patches(image));
  const { before, after } = await evaluate({ before: tokens, after: network.runBlocks(tokens) }, { state, feeds });
  expect(after).toEqual(before);
});

test("the smallest or the largest draws stay, and there is a way back", () => {
  const noise = host([1, 4], [0.3, 0.1, 0.9, 0.5]);
  const { kept, restore, mask } = keepPatches(noise, 2, "smallest");
  expect([kept, restore, mask].map(({ data }) => Array.from(data, Number))).toEqual([
    [1, 0],
    [1, 0, 3, 2],
    [0, 0, 1, 1],
  ]);
  expect([...keepPatches(noise, 1, "largest").kept.data]).toEqual([2n]);
  expect(() => keepPatches(noise, 5, "largest")).toThrow("keepPatches: 5 patches cannot stay of noise [1, 4]");
});

test("options that do not fit each other are refused", () => {
  const decoupled = { table: "decoupled", of: "model" } as const;
  expect(() => vit({ classToken: false, pool: "mean", relativePositions: decoupled })).toThrow("need a class token");
  expect(() => vit({ subNorm: true, relativePositions: { table: "full", of: "block" } })).toThrow("share them");
  expect(() => vit({ rotary: {}, width: 12 })).toThrow("rotary positions need heads of 4·n channels, got 6");
});
