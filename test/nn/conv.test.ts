import { expect, test } from "vitest";
import { adaptiveAveragePool, globalAveragePool } from "../../src/graph/functions/adaptive-pool.ts";
import { input } from "../../src/graph/leaf.ts";
import { Conv2d, ConvTranspose2d } from "../../src/nn/conv.ts";
import { initialise, parameters, prepare } from "../../src/nn/module.ts";
import { relu, Sequential } from "../../src/nn/sequential.ts";
import { trace } from "../../src/nn/trace.ts";
import { evaluate, host, wave } from "./evaluate.ts";

test("Conv2d sums each window under its weight, and has no bias where none is asked for", async () => {
  const layer = prepare(new Conv2d(1, 1, 2, { padding: [1, 0], bias: false }));
  expect([...parameters(layer).keys()]).toEqual(["weight"]);
  const state = new Map([["weight", host([1, 1, 2, 2], [1, 2, 3, 4])]]);
  const { y } = await evaluate(
    { y: layer.forward(input("x", [1, 1, 1, 2])) },
    { state, feeds: { x: host([1, 1, 1, 2], [1, 10]) } },
  );
  expect(y).toEqual([43, 21]); // rows: 0 over x under 3 4, then x under 1 2 over 0
});

test("Conv2d with groups, stride and dilation has the sizes and fan-in of PyTorch's", () => {
  const layer = prepare(new Conv2d(8, 16, 3, { groups: 4, stride: 2, padding: 2, dilation: 2 }));
  expect(layer.weight.shape).toEqual([16, 2, 3, 3]);
  expect(layer.forward(input("x", [1, 8, 9, 9])).shape).toEqual([1, 16, 5, 5]);
  const bound = 1 / Math.sqrt(2 * 9);
  for (const [name, { data }] of initialise(layer, 0)) {
    const largest = Math.max(...Array.from(data as Float32Array, Math.abs));
    expect(largest, name).toBeLessThanOrEqual(bound);
    expect(largest, name).toBeGreaterThan(0.7 * bound);
  }
});

test("ConvTranspose2d spreads each value under its weight", async () => {
  const layer = prepare(new ConvTranspose2d(1, 1, 2, { stride: 2, outputPadding: 1 }));
  const state = new Map([
    ["weight", host([1, 1, 2, 2], [1, 2, 3, 4])],
    ["bias", host([1], [5])],
  ]);
  const { y } = await evaluate(
    { y: layer.forward(input("x", [1, 1, 1, 1])) },
    { state, feeds: { x: host([1, 1, 1, 1], [10]) } },
  );
  expect(y).toEqual([15, 25, 5, 35, 45, 5, 5, 5, 5]);
});

test("Sequential counts functions as places, names its layers by them, and can be tapped", () => {
  const stem = prepare(new Sequential([new Conv2d(3, 4, 3, { bias: false }), relu, new Conv2d(4, 2, 1)]), "stem");
  expect([...parameters(stem).keys()]).toEqual(["stem.0.weight", "stem.2.weight", "stem.2.bias"]);
  const { result, features } = trace({}, () => stem.forward(input("x", [1, 3, 5, 5])));
  expect(result.shape).toEqual([1, 2, 3, 3]);
  expect([...features.keys()]).toEqual(["stem.0", "stem.2", "stem"]);
});

test("adaptive pooling takes PyTorch's bounds where sizes do not divide", async () => {
  const x = input("x", [1, 1, 3, 5]);
  const feeds = { x: host([1, 1, 3, 5], [1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 5, 6, 7, 8, 9]) };
  const { y, all } = await evaluate({ y: adaptiveAveragePool(x, [2, 3]), all: globalAveragePool(x) }, { feeds });
  // columns 0-1, 1-3, 3-4; rows 0-1, 1-2
  [0.75, 1.5, 2.25, 2.75, 3.5, 4.25].forEach((value, i) => expect(y[i]).toBeCloseTo(value, 6));
  expect(all[0]).toBeCloseTo(50 / 15, 6);
  expect(adaptiveAveragePool(input("x", [1, 2, 8, 8]), 4).producer).toMatchObject({
    operator: { type: "AveragePool" },
  });
  expect(() => adaptiveAveragePool(input("x", [8, 8]), 4)).toThrow("adaptiveAveragePool: [8, 8] to 4×4");
});

test("Conv2d refuses other channels and names both shapes", () => {
  const layer = prepare(new Conv2d(3, 4, 3));
  expect(() => layer.forward(input("x", wave([1, 2, 8, 8]).shape))).toThrow(
    "Conv: x [1, 2, 8, 8] and weight [4, 3, 3, 3] in 1 group do not fit",
  );
});
