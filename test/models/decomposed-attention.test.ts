import fc from "fast-check";
import { expect, test } from "vitest";
import type { HostTensor } from "../../src/graph/dtype.ts";
import { grad } from "../../src/graph/autodiff.ts";
import { input } from "../../src/graph/leaf.ts";
import { DecomposedAttention, type DecomposedContext } from "../../src/models/decomposed-attention.ts";
import { cutPadded, joinPadded } from "../../src/models/padded-windows.ts";
import { normal } from "../../src/nn/initialisers.ts";
import { initialise, parameters, prepare } from "../../src/nn/module.ts";
import { evaluate, host, relativeError, wave } from "../nn/evaluate.ts";

const grid = [3, 2] as const;
const attention = () => prepare(new DecomposedAttention(8, 2, grid, { tables: normal(0, 1) }));

async function outputOf(
  states: ReadonlyMap<string, HostTensor>,
  context: DecomposedContext = {},
  map: readonly [number, number] = grid,
): Promise<number[]> {
  const x = wave([2, map[0] * map[1], 8]);
  const y = attention().forward(input("x", x.shape), { ...context, grid: map });
  return (await evaluate({ y }, { state: states, feeds: { x } }))["y"];
}

test("scores are scale·q·k + q·Rh[i − i' + h − 1] + q·Rw[j − j' + w − 1], q unscaled", async () => {
  // one head of width 2, identity matrices: q = k = v = x
  const network = prepare(new DecomposedAttention(2, 1, [2, 2], { qkvBias: false }));
  const x = [1, 0, 0, 1, 2, 1, -1, 1];
  const [high, wide] = [[0.5, 0, -1, 1, 0, 2], [1, 1, 0, 0.5, -0.5, 0]]; // prettier-ignore
  const state = new Map<string, HostTensor>([
    ["qkv.weight", host([6, 2], [1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1])],
    ["proj.weight", host([2, 2], [1, 0, 0, 1])],
    ["proj.bias", host([2], [0, 0])],
    ["rel_pos_h", host([3, 2], high)],
    ["rel_pos_w", host([3, 2], wide)],
  ]);
  const y = network.forward(input("x", [1, 4, 2]));
  const found = (await evaluate({ y }, { state, feeds: { x: host([1, 4, 2], x) } }))["y"];
  const at = (values: readonly number[], i: number) => values.slice(2 * i, 2 * i + 2);
  const dot = (a: readonly number[], b: readonly number[]) => a[0] * b[0] + a[1] * b[1];
  for (let query = 0; query < 4; query++) {
    const q = at(x, query);
    const weights = [0, 1, 2, 3].map((key) => {
      const [down, right] = [(query >> 1) - (key >> 1) + 1, (query & 1) - (key & 1) + 1];
      return Math.exp(dot(q, at(x, key)) / Math.SQRT2 + dot(q, at(high, down)) + dot(q, at(wide, right)));
    });
    const total = weights.reduce((sum, w) => sum + w, 0);
    for (let c = 0; c < 2; c++)
      expect(found[2 * query + c]).toBeCloseTo(weights.reduce((sum, w, key) => sum + (w / total) * x[2 * key + c], 0), 5); // prettier-ignore
  }
});

test("tables of zeros are as none, and a vector added to all rows of one changes nothing", async () => {
  const states = initialise(attention(), 1);
  const shifted = new Map(states);
  const table = states.get("rel_pos_h")!; // the attention has it
  shifted.set(
    "rel_pos_h",
    host(
      table.shape,
      Array.from(table.data as Float32Array, (v, i) => v + [3, -1, 2, 5][i % 4]),
    ),
  );
  const y = await outputOf(states);
  expect(relativeError(await outputOf(shifted), y)).toBeLessThan(1e-5);
  const zeroed = new Map(states);
  for (const [name, { shape }] of states)
    if (name.startsWith("rel")) zeroed.set(name, host(shape, new Float32Array(shape[0] * shape[1])));
  const plain = prepare(new DecomposedAttention(8, 2, grid, { tables: false }));
  expect([...parameters(plain).keys()].filter((name) => name.startsWith("rel"))).toEqual([]);
  const x = wave([2, 6, 8]);
  const without = await evaluate({ y: plain.forward(input("x", x.shape)) }, { state: states, feeds: { x } });
  expect(relativeError(await outputOf(zeroed), without["y"])).toBeLessThan(1e-6);
  expect(relativeError(y, without["y"])).toBeGreaterThan(0.01);
});

test("on another map the tables are resampled linearly between half-pixel centres", async () => {
  const states = initialise(attention(), 2);
  // the tables of a map of 5 × 4 by hand
  const resample = ({ shape, data }: HostTensor, length: number): HostTensor => {
    const values = Float64Array.from(data as Float32Array);
    const out = Array.from({ length: length * shape[1] }, (_, at) => {
      const [row, c] = [Math.floor(at / shape[1]), at % shape[1]];
      const place = Math.max(((row + 0.5) * shape[0]) / length - 0.5, 0);
      const [low, t] = [Math.floor(place), place - Math.floor(place)];
      const high = Math.min(low + 1, shape[0] - 1);
      return (1 - t) * values[low * shape[1] + c] + t * values[high * shape[1] + c];
    });
    return host([length, shape[1]], out);
  };
  const large = prepare(new DecomposedAttention(8, 2, [5, 4]));
  const own = new Map(states);
  own.set("rel_pos_h", resample(states.get("rel_pos_h")!, 9));
  own.set("rel_pos_w", resample(states.get("rel_pos_w")!, 7));
  const x = wave([2, 20, 8]);
  const expected = await evaluate({ y: large.forward(input("x", x.shape)) }, { state: own, feeds: { x } });
  expect(relativeError(await outputOf(states, {}, [5, 4]), expected["y"])).toBeLessThan(1e-5);
});

test("rows of queries in parts give what all at once give, and the same gradients", async () => {
  const states = initialise(attention(), 3);
  const network = attention();
  const x = wave([2, 6, 8]);
  const of = (context: DecomposedContext) => {
    const bias = input("bias", [1, 1, 6, 6]);
    const y = network.forward(input("x", x.shape), { ...context, bias });
    const wanted = ["rel_pos_h", "rel_pos_w", "qkv.weight"].map((name) => parameters(network).get(name)!);
    return { y, ...Object.fromEntries(grad(y.mul(y).sum(), wanted).map((slope, i) => [`slope${i}`, slope])) };
  };
  const feeds = { x, bias: wave([1, 1, 6, 6], 2) };
  const whole = await evaluate(of({}), { state: states, feeds });
  const parts = await evaluate(of({ rowsAtOnce: 2 }), { state: states, feeds });
  for (const name of Object.keys(whole)) expect(relativeError(parts[name], whole[name])).toBeLessThan(1e-5);
  expect(() => of({ rowsAtOnce: 0 })).toThrow("rowsAtOnce is 0; it must be a whole number from 1");
});

test("a map of another size than the tokens is refused with both", () => {
  expect(() => attention().forward(input("x", [2, 7, 8]))).toThrow(/x \[2, 7, 8\] is not \[B, 3·2, 8\]/);
});

test("padded windows put back are the map, with zeros where it ended", async () => {
  const size = fc.integer({ min: 1, max: 5 });
  await fc.assert(
    fc.asyncProperty(size, size, size, async (rows, columns, window) => {
      const x = wave([2, rows * columns, 3]);
      const cut = cutPadded(input("x", x.shape), [rows, columns], window);
      const found = await evaluate({ cut, back: joinPadded(cut, [rows, columns], window) }, { feeds: { x } });
      expect(found["back"]).toEqual(Array.from(x.data));
      const count = Math.ceil(rows / window) * Math.ceil(columns / window);
      expect(cut.shape).toEqual([2 * count, window ** 2, 3]);
      const sum = (values: readonly number[]) => values.reduce((total, v) => total + v, 0);
      expect(sum(found["cut"])).toBeCloseTo(sum(Array.from(x.data)), 4);
    }),
    { numRuns: 8 },
  );
});
