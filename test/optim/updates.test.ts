import { describe, expect, test } from "vitest";
import type { HostTensor } from "../../src/graph/dtype.ts";
import { input } from "../../src/graph/leaf.ts";
import { program } from "../../src/graph/program.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { Linear } from "../../src/nn/linear.ts";
import { initialise, Module, parameters, prepare } from "../../src/nn/module.ts";
import { Parameter } from "../../src/nn/parameter.ts";
import { ones } from "../../src/nn/initialisers.ts";
import { accumulate } from "../../src/optim/accumulate.ts";
import { adamw } from "../../src/optim/adam.ts";
import { ema, shortRunDecay } from "../../src/optim/ema.ts";
import { clipByGlobalNorm, globalNorm, gradientsOf } from "../../src/optim/gradients.ts";
import { lamb } from "../../src/optim/lamb.ts";
import { parameterGroups } from "../../src/optim/parameter-groups.ts";
import { sgd } from "../../src/optim/sgd.ts";
import { compile } from "../../src/runtime/compile.ts";
import { ResidentState } from "../../src/runtime/resident-state.ts";
import { evaluate, host, oneThread, relativeError, wave } from "../nn/evaluate.ts";

class Net extends Module {
  readonly fc1 = new Linear(4, 8);
  readonly fc2 = new Linear(8, 1);
  forward(x: Tensor): Tensor {
    return this.fc2.forward(this.fc1.forward(x).tanh());
  }
}

class Pair extends Module {
  readonly a = new Parameter([2, 2], ones);
  readonly b = new Parameter([3, 1], ones); // flattened inside the update
}

/** LAMB in float64, straight from its definition; decay 0 means no trust ratio. */
function plainLamb(p: number[], gradients: number[][], decay: number, lr: number): number[] {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-6];
  const [m, v] = [p.map(() => 0), p.map(() => 0)];
  gradients.forEach((g, t) => {
    const r = p.map((value, i) => {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i];
      v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2;
      const corrected = Math.sqrt(v[i] / (1 - beta2 ** (t + 1)));
      return m[i] / (1 - beta1 ** (t + 1)) / (corrected + epsilon) + decay * value;
    });
    const norm = (x: number[]) => Math.sqrt(x.reduce((sum, value) => sum + value ** 2, 0));
    const ratio = decay > 0 && norm(p) > 0 && norm(r) > 0 ? norm(p) / norm(r) : 1;
    p = p.map((value, i) => value - lr * ratio * r[i]);
  });
  return p;
}

test("LAMB takes the steps of its definition, with trust ratio where there is decay and without elsewhere", async () => {
  const pair = prepare(new Pair());
  const g = { a: input("ga", [2, 2]), b: input("gb", [3, 1]) };
  const gradients = new Map([
    [pair.a, g.a],
    [pair.b, g.b],
  ]);
  const groups = [
    { parameters: [pair.a], lrScale: 1, weightDecay: 0.1 },
    { parameters: [pair.b], lrScale: 0.5, weightDecay: 0 },
  ];
  const { updates, states, scalars } = lamb().build(groups, gradients);
  const state = new ResidentState(oneThread, new Map([...initialise(pair, 0), ...states]));
  await using step = await compile(program({ updates }), { state });
  const [a, b] = [
    [0.5, -1, 2, 0.1],
    [1, 0.2, -0.3],
  ];
  for (let t = 0; t < 4; t++) {
    const scale = 1 + 0.5 * t;
    await step.run({
      ga: host(
        [2, 2],
        a.map((x) => x * scale),
      ),
      gb: host(
        [3, 1],
        b.map((x) => x * scale),
      ),
      ...scalars(t, 0.01),
    });
  }
  const values = await state.read();
  const along = (g: number[]) => [0, 1, 2, 3].map((t) => g.map((x) => x * (1 + 0.5 * t)));
  expect(
    relativeError(values.get("a")!.data as Float32Array, plainLamb([1, 1, 1, 1], along(a), 0.1, 0.01)),
  ).toBeLessThan(1e-6);
  expect(relativeError(values.get("b")!.data as Float32Array, plainLamb([1, 1, 1], along(b), 0, 0.005))).toBeLessThan(
    1e-6,
  );
});

test("updates stand in the order of the gradients, so the last layer's is last", () => {
  const net = prepare(new Net());
  const gradients = gradientsOf(net.forward(input("x", [3, 4])).mean(), parameters(net).values());
  const { updates, states } = adamw().build(parameterGroups(parameters(net), { weightDecay: 0.1 }), gradients);
  const updated = [...updates.keys()].filter((tensor) => tensor instanceof Parameter);
  expect(updated).toEqual([...parameters(net).values()]);
  expect([...updates.keys()].at(-1)).toBe(net.fc2.bias);
  expect([...states.keys()].slice(0, 2)).toEqual(["optim/m/fc1.weight", "optim/v/fc1.weight"]);
});

test("vectors that are updated in one piece get the bits that each gets alone", async () => {
  const sizes = [3, 1, 5, 2, 4, 8, 1, 2, 3, 6, 7];
  class Vectors extends Module {
    readonly all: Parameter[];
    constructor(shape: (size: number) => number[]) {
      super();
      this.all = sizes.map((size) => new Parameter(shape(size), ones));
    }
  }
  const trained = async (shape: (size: number) => number[]) => {
    const net = prepare(new Vectors(shape));
    const x = input("x", []);
    const gradients = new Map(net.all.map((p, i) => [p, p.mul(x).add(i - 4.25)]));
    const groups = [
      { parameters: net.all.filter((_, i) => i % 4 > 0), lrScale: 1, weightDecay: 0.1 },
      { parameters: net.all.filter((_, i) => i % 4 === 0), lrScale: 0.5, weightDecay: 0 },
    ];
    const { updates, states, scalars } = adamw().build(groups, gradients);
    const averages = ema(net.all, updates, { decay: 0.9 });
    const values = initialise(net, 0);
    const state = new ResidentState(oneThread, new Map([...values, ...states, ...averages.initial(values)]));
    const built = program({ updates: new Map([...updates, ...averages.updates]) });
    await using step = await compile(built, { state });
    for (let t = 0; t < 3; t++) await step.run({ x: host([], [0.3 * t]), ...scalars(t, 0.01) });
    const read = [...(await state.read())].map(([name, { data }]) => [name, Array.from(data, Number)] as const);
    return { nodes: built.nodes.length, values: new Map(read) };
  };
  const joined = await trained((size) => [size]);
  const alone = await trained((size) => [size, 1]); // only vectors are joined
  expect(joined.values).toEqual(alone.values);
  expect(joined.nodes).toBeLessThan(0.5 * alone.nodes);
});

test("a run is fed the scalars that its groups use and no others", () => {
  const pair = prepare(new Pair());
  const gradients = gradientsOf(pair.a.sum().add(pair.b.sum()), [pair.a, pair.b]);
  const groups = [
    { parameters: [pair.a], lrScale: 1, weightDecay: 0.5 },
    { parameters: [pair.b], lrScale: 0.5, weightDecay: 0 },
  ];
  const { scalars } = adamw().build(groups, gradients);
  const values = Object.entries(scalars(0, 0.1)).map(([name, { data }]) => [name, Number(data[0])] as const);
  expect(values.map(([name]) => name)).toEqual([
    "optim/keep/0",
    "optim/epsilon/0",
    "optim/lr/0",
    "optim/epsilon/1",
    "optim/lr/1",
  ]);
  expect(new Map(values).get("optim/keep/0")).toBeCloseTo(0.95, 6);
});

test("groups and gradients that do not fit are refused by name", () => {
  const pair = prepare(new Pair());
  const gradients = gradientsOf(pair.a.sum(), [pair.a]);
  const group = (parameters: Parameter[]) => ({ parameters, lrScale: 1, weightDecay: 0 });
  expect(() => sgd().build([], gradients)).toThrow("parameter a [2, 2] is in no parameter group");
  expect(() => sgd().build([group([pair.a, pair.b])], gradients)).toThrow("b is in a group but has no gradient");
  expect(() => sgd().build([group([pair.a]), group([pair.a])], gradients)).toThrow("a is in two parameter groups");
  const { scalars } = sgd().build([group([pair.a])], gradients);
  expect(() => scalars(0, -1)).toThrow("sgd: update 0, learning rate -1");
});

describe("clipping by global norm", () => {
  const pair = prepare(new Pair());
  const g = new Map([
    [pair.a, input("a", [2, 2])],
    [pair.b, input("b", [3, 1])],
  ]);
  const feeds = { a: host([2, 2], [1, 2, 2, 4]), b: host([3, 1], [4, 4, 8]) }; // ‖g‖ = 11
  test.each([
    [5.5, 0.5],
    [22, 1],
  ])("to %d multiplies by %d", async (maxNorm, factor) => {
    const { gradients, norm } = clipByGlobalNorm(g, maxNorm);
    const values = await evaluate({ norm, da: gradients.get(pair.a)!, db: gradients.get(pair.b)! }, { feeds });
    expect(values.norm[0]).toBeCloseTo(11, 5);
    expect(
      relativeError(
        values.da,
        [1, 2, 2, 4].map((x) => x * factor),
      ),
    ).toBeLessThan(1e-6);
    expect(
      relativeError(
        values.db,
        [4, 4, 8].map((x) => x * factor),
      ),
    ).toBeLessThan(1e-6);
  });

  test("of a million values keeps float32's precision", async () => {
    const large = new Map([[pair.a, input("a", [1000, 1000])]]);
    const data = new Float32Array(1e6).fill(0.1);
    const { norm } = await evaluate({ norm: globalNorm(large) }, { feeds: { a: host([1000, 1000], data) } });
    expect(norm[0] / 100).toBeCloseTo(1, 5);
  });
});

test("the average moves towards the new value and starts from the first one", async () => {
  const pair = prepare(new Pair());
  const updates = new Map<Tensor, Tensor>([[pair.a, pair.a.add(1)]]);
  const average = ema([pair.a], updates, { decay: 0.75 });
  const first = initialise(pair, 0);
  const state = new ResidentState(oneThread, new Map([...first, ...average.initial(first)]));
  await using step = await compile(program({ updates: new Map([...updates, ...average.updates]) }), { state });
  await step.run();
  await step.run();
  const values = average.averaged(await state.read());
  expect([...values.keys()]).toEqual(["a"]);
  expect([...(values.get("a") as HostTensor<"float32">).data]).toEqual(Array(4).fill(1.6875)); // 1 → 1.25 → 1.6875
  expect(() => ema([pair.a], updates, { decay: 1 })).toThrow("ema: decay 1 is not in [0, 1)");
});

test("the average of a short run forgets its first value at once: shares 1/10, 2/11, …, then the rate", async () => {
  const decay = shortRunDecay(0.15);
  const pair = prepare(new Pair());
  const updates = new Map<Tensor, Tensor>([[pair.a, pair.a.add(1)]]);
  const average = ema([pair.a], updates, { decay });
  const first = initialise(pair, 0);
  const state = new ResidentState(oneThread, new Map([...first, ...average.initial(first)]));
  await using step = await compile(program({ updates: new Map([...updates, ...average.updates]) }), { state });
  await step.run(average.scalars(0)); // 0.1 · 1 + 0.9 · 2 = 1.9
  await step.run(average.scalars(1)); // 2/11 is above the rate: 0.15 · 1.9 + 0.85 · 3
  const [value] = (average.averaged(await state.read()).get("a") as HostTensor<"float32">).data;
  expect(value).toBeCloseTo(2.835, 6);
});

test("accumulating over micro-batches gives loss, outputs and gradients of the whole batch", async () => {
  const net = prepare(new Net());
  const inputs = { x: input("x", [6, 4]), y: input("y", [6, 1]) };
  const build = ({ x, y }: Record<string, Tensor>) => {
    const output = net.forward(x);
    return { loss: output.sub(y).pow(2).mean(), outputs: { output, mean: output.mean() } };
  };
  const named = ({ loss, outputs, gradients }: ReturnType<typeof accumulate>) =>
    Object.fromEntries([
      ["loss", loss],
      ...Object.entries(outputs),
      ...[...gradients].map(([p, g]) => [`d ${p.name}`, g]),
    ]) as Record<string, Tensor>;
  const given = { state: initialise(net, 4), feeds: { x: wave([6, 4]), y: wave([6, 1], 2) } };
  const whole = await evaluate(named(accumulate(1, inputs, parameters(net).values(), build)), given);
  const parts = await evaluate(named(accumulate(3, inputs, parameters(net).values(), build)), given);
  expect(Object.keys(parts)).toEqual(Object.keys(whole));
  for (const [name, values] of Object.entries(whole)) expect(relativeError(parts[name], values)).toBeLessThan(1e-6);
});

test("a batch that does not cut into micro-batches is refused", () => {
  const build = ({ x }: Record<string, Tensor>) => ({ loss: x.mean() });
  expect(() => accumulate(4, { x: input("x", [6, 4]) }, [], build)).toThrow(
    "accumulate: input x [6, 4] does not cut into 4",
  );
});
