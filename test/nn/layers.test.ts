import fc from "fast-check";
import { expect, test } from "vitest";
import { hostTensor } from "../../src/graph/dtype.ts";
import { grad } from "../../src/graph/autodiff.ts";
import { input } from "../../src/graph/leaf.ts";
import { gelu } from "../../src/graph/operators/gelu.ts";
import { Attention } from "../../src/nn/attention.ts";
import { Block } from "../../src/nn/block.ts";
import { Embedding } from "../../src/nn/embedding.ts";
import { LayerNorm } from "../../src/nn/layer-norm.ts";
import { Linear } from "../../src/nn/linear.ts";
import { Mlp } from "../../src/nn/mlp.ts";
import { initialise, parameters, prepare } from "../../src/nn/module.ts";
import { evaluate, host, relativeError, wave } from "./evaluate.ts";

test("Linear is x·Wᵀ + b on the last axis", async () => {
  const layer = prepare(new Linear(2, 3));
  const state = new Map([
    ["weight", host([3, 2], [1, 2, 3, 4, 5, 6])],
    ["bias", host([3], [10, 20, 30])],
  ]);
  const { y } = await evaluate(
    { y: layer.forward(input("x", [2, 1, 2])) },
    { state, feeds: { x: host([2, 1, 2], [1, 1, 0, -1]) } },
  );
  expect(y).toEqual([13, 27, 41, 8, 16, 24]);
});

test("Linear refuses another width and names both shapes and the module", () => {
  const { fc1 } = prepare(new Mlp(4, 8), "mlp");
  expect(() => fc1.forward(input("x", [2, 5]))).toThrow(/linear: x \[2, 5\] and weight \[8, 4\] do not fit/);
  expect(() => fc1.forward(input("x", [2, 5]))).toThrow(
    expect.objectContaining({ where: expect.stringMatching(/^mlp\.fc1, /) }),
  );
});

test("LayerNorm without bias has none, and normalises the last axis", async () => {
  const layer = prepare(new LayerNorm(4, { eps: 0, bias: false }));
  expect([...parameters(layer).keys()]).toEqual(["weight"]);
  const feeds = { x: host([1, 4], [1, 2, 3, 4]) };
  const { y } = await evaluate({ y: layer.forward(input("x", [1, 4])) }, { state: initialise(layer, 0), feeds });
  const root = Math.sqrt(1.25);
  expect(relativeError(y, [-1.5 / root, -0.5 / root, 0.5 / root, 1.5 / root])).toBeLessThan(1e-6);
});

test("Embedding reads rows by index", async () => {
  const table = prepare(new Embedding(3, 2));
  const { y } = await evaluate(
    { y: table.forward(input("i", [2], "int64")) },
    {
      state: new Map([["weight", host([3, 2], [0, 1, 2, 3, 4, 5])]]),
      feeds: { i: hostTensor("int64", [2], BigInt64Array.of(2n, 0n)) },
    },
  );
  expect(y).toEqual([4, 5, 0, 1]);
});

test("Mlp on scaled GELU gives the values and gradients of fc2(GELU(fc1(x)))", async () => {
  const mlp = prepare(new Mlp(6, 24));
  const state = new Map(
    [...initialise(mlp, 3)].map(([name, value]) => [name, wave(value.shape, name.includes("fc1") ? 2 : 0.5)]),
  );
  const x = input("x", [2, 5, 6]);
  const plain = mlp.fc2.forward(gelu(mlp.fc1.forward(x)));
  const made = mlp.forward(x);
  const wrt = [x, ...parameters(mlp).values()];
  const names = ["x", ...parameters(mlp).keys()];
  const gradients = (y: typeof made, prefix: string) =>
    Object.fromEntries(grad(y.mul(y).sum(), wrt).map((g, i) => [`${prefix} ${names[i]}`, g]));
  const values = await evaluate(
    { "made y": made, "plain y": plain, ...gradients(made, "made"), ...gradients(plain, "plain") },
    { state, feeds: { x: wave([2, 5, 6], 3) } },
  );
  for (const name of ["y", ...names])
    expect(relativeError(values[`made ${name}`], values[`plain ${name}`])).toBeLessThan(1e-6);
});

/** Attention of one image, straight from its definition. */
function plainAttention(
  x: number[][],
  weight: ArrayLike<number>,
  dim: number,
  heads: number,
  bias: number,
): number[][] {
  const row = (token: number[], r: number) => token.reduce((sum, value, i) => sum + value * weight[r * dim + i], 0);
  const size = dim / heads;
  return x.map((token) =>
    Array.from({ length: dim }, (_, column) => {
      const first = Math.floor(column / size) * size;
      const scores = x.map((key, j) => {
        let dot = 0;
        for (let i = first; i < first + size; i++) dot += row(token, i) * row(key, dim + i);
        return dot / Math.sqrt(size) + bias * j;
      });
      const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
      return scores.reduce((sum, score, j) => sum + (Math.exp(score) / total) * row(x[j], 2 * dim + column), 0);
    }),
  );
}

test("Attention is softmax(q·kᵀ/√d + bias)·v for each head, qkv laid out as in timm", async () => {
  const attention = prepare(new Attention(4, 2, { qkvBias: false }));
  const identity = host([4, 4], [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  const weight = wave([12, 4]);
  const state = new Map([
    ["qkv.weight", weight],
    ["proj.weight", identity],
    ["proj.bias", host([4], [0, 0, 0, 0])],
  ]);
  const x = wave([1, 3, 4]);
  const feeds = { x, bias: host([1, 1, 1, 3], [0, 0.5, 1]) };
  const { y } = await evaluate(
    { y: attention.forward(input("x", [1, 3, 4]), { bias: input("bias", [1, 1, 1, 3]) }) },
    { state, feeds },
  );
  const rows = [0, 1, 2].map((i) => [...x.data.slice(4 * i, 4 * i + 4)]);
  expect(relativeError(y, plainAttention(rows, weight.data, 4, 2, 0.5).flat())).toBeLessThan(1e-6);
});

test("queryAndValue bias equals a qkv bias whose key part is zero", async () => {
  const [split, whole] = [
    prepare(new Attention(4, 2, { qkvBias: "queryAndValue" })),
    prepare(new Attention(4, 2), "whole"),
  ];
  expect([...parameters(split).keys()]).toEqual(["qkv.weight", "q_bias", "v_bias", "proj.weight", "proj.bias"]);
  const [q, v] = [wave([4]), wave([4], 2)];
  const shared = initialise(split, 5);
  const state = new Map([
    ...shared,
    ["q_bias", q] as const,
    ["v_bias", v] as const,
    ...[...shared].map(([name, value]) => [`whole.${name}`, value] as const),
    ["whole.qkv.bias", host([12], [...q.data, 0, 0, 0, 0, ...v.data])] as const,
  ]);
  const x = input("x", [2, 3, 4]);
  const { a, b } = await evaluate(
    { a: split.forward(x), b: whole.forward(x) },
    { state, feeds: { x: wave([2, 3, 4]) } },
  );
  expect(relativeError(a, b)).toBeLessThan(1e-6);
});

test("Attention refuses a width that its heads do not divide, and an input of another width", () => {
  expect(() => new Attention(10, 4)).toThrow("Attention: width 10 is not divisible by 4 heads");
  expect(() => prepare(new Attention(8, 2)).forward(input("x", [2, 3, 6]))).toThrow(
    "Attention: x [2, 3, 6] is not [B, N, 8]",
  );
});

test("a Block whose layer scale is 0 passes its input through", async () => {
  const block = prepare(new Block(6, 2, { layerScale: 0 }));
  expect([...parameters(block).keys()]).toContain("gamma_1");
  const x = wave([2, 3, 6]);
  const { y } = await evaluate(
    { y: block.forward(input("x", [2, 3, 6])) },
    { state: initialise(block, 1), feeds: { x } },
  );
  expect(y).toEqual([...x.data]);
});

test("layers keep the shape of what they get, whatever the batch and the number of tokens", () => {
  const block = prepare(new Block(8, 2));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 9 }), (batch, tokens) => {
      expect(block.forward(input("x", [batch, tokens, 8])).shape).toEqual([batch, tokens, 8]);
    }),
  );
});
