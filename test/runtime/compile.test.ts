import { expect, test } from "vitest";
import { hostTensor } from "../../src/graph/dtype.ts";
import { grad } from "../../src/graph/autodiff.ts";
import { scaledDotProductAttention } from "../../src/graph/functions/attention.ts";
import { input, state } from "../../src/graph/leaf.ts";
import { gelu } from "../../src/graph/operators/gelu.ts";
import { layerNorm } from "../../src/graph/operators/layer-norm.ts";
import { gemm } from "../../src/graph/operators/matmul.ts";
import { program } from "../../src/graph/program.ts";
import { compile } from "../../src/runtime/compile.ts";
import { resolveDevice } from "../../src/runtime/device.ts";
import { ResidentState } from "../../src/runtime/resident-state.ts";

const vector = (...values: number[]) => hostTensor("float32", [values.length], Float32Array.from(values));

test("gradient descent on a quadratic takes the closed-form steps", async () => {
  const w = state("w", [3]);
  const target = input("target", [3]);
  const loss = w.sub(target).pow(2).sum();
  const [dw] = grad(loss, [w]);
  const resident = new ResidentState(resolveDevice({ device: "cpu", threads: 1 }), new Map([["w", vector(0, 0, 0)]]));
  await using step = await compile(program({ outputs: { loss }, updates: new Map([[w, w.sub(dw!.mul(0.25))]]) }), {
    state: resident,
  });
  const losses: number[] = [];
  for (let i = 0; i < 3; i++) losses.push(Number((await step.run({ target: vector(1, 2, 4) })).get("loss")!.data[0]));
  expect(losses).toEqual([21, 21 / 4, 21 / 16]); // each step halves w − target
  expect([...(await resident.read()).get("w")!.data]).toEqual([0.875, 1.75, 3.5]);
});

test("a two-layer network with layer norm and gelu descends", async () => {
  const x = input("x", [8, 4]);
  const [w1, w2] = [state("w1", [16, 4]), state("w2", [1, 16])];
  const y = gemm(gelu(layerNorm(gemm(x, w1, undefined, { transB: 1 }))), w2, undefined, { transB: 1 });
  const loss = y.sub(1).pow(2).mean();
  const [d1, d2] = grad(loss, [w1, w2]);
  const wave = (shape: number[]) =>
    hostTensor(
      "float32",
      shape,
      Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)),
    );
  const resident = new ResidentState(
    resolveDevice({ device: "cpu", threads: 1 }),
    new Map([
      ["w1", wave([16, 4])],
      ["w2", wave([1, 16])],
    ]),
  );
  const step = await compile(
    program({
      outputs: { loss },
      updates: new Map([
        [w1, w1.sub(d1!.mul(0.05))],
        [w2, w2.sub(d2!.mul(0.05))],
      ]),
    }),
    { state: resident },
  );
  const first = Number((await step.run({ x: wave([8, 4]) })).get("loss")!.data[0]);
  let last = first;
  for (let i = 0; i < 30; i++) last = Number((await step.run({ x: wave([8, 4]) })).get("loss")!.data[0]);
  expect(last).toBeLessThan(first / 20);
  await step.dispose();
});

test("a feed of the wrong shape is refused with both shapes", async () => {
  const x = input("x", [2]);
  await using twice = await compile(program({ outputs: { y: x.mul(2) } }), { device: "cpu" });
  await expect(twice.run({ x: vector(1, 2, 3) })).rejects.toThrow("run: input x is float32 [2], got float32 [3]");
  expect([...(await twice.run({ x: vector(1, 2) })).get("y")!.data]).toEqual([2, 4]);
});

test("attention among scaled tokens, with its gradient, is a model that the runtime takes", async () => {
  const x = input("x", [1, 2, 2]);
  const y = x.mul(0.5);
  const loss = scaledDotProductAttention(y, y, y.mul(0.5), { scale: 1 }).sum();
  const [dx] = grad(loss, [x]);
  await using executable = await compile(program({ outputs: { loss, dx: dx! } }), { device: "cpu", threads: 1 });
  const outputs = await executable.run({ x: hostTensor("float32", [1, 2, 2], Float32Array.of(1, 1, 1, 1)) });
  expect(outputs.get("loss")!.data[0]).toBeCloseTo(1, 6); // equal tokens mix to themselves, times 0.25
  expect([...outputs.get("dx")!.data]).toEqual([0.25, 0.25, 0.25, 0.25]);
});
