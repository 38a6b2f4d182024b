import { expect, test } from "vitest";
import { hostTensor, type HostTensor } from "../../src/graph/dtype.ts";
import { input, state } from "../../src/graph/leaf.ts";
import { standardForm } from "../../src/graph/onnx/standard-form.ts";
import { fusedMatMul } from "../../src/graph/operators/matmul.ts";
import { program } from "../../src/graph/program.ts";
import { rewriteProgram } from "../../src/graph/rewrite.ts";
import { compile } from "../../src/runtime/compile.ts";
import { resolveDevice } from "../../src/runtime/device.ts";
import { ResidentState } from "../../src/runtime/resident-state.ts";

const wave = (...shape: number[]): HostTensor =>
  hostTensor(
    "float32",
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)),
  );

test("the standard form holds no operator of ONNX Runtime's own and computes the same", async () => {
  const [a, b] = [input("a", [2, 5, 3]), input("b", [2, 5, 4])];
  const fused = program({ outputs: { y: fusedMatMul(a, b, { transA: 1, alpha: 0.5 }).relu() } });
  const standard = standardForm(fused);
  expect(standard.nodes.map(({ operator }) => operator.type)).toEqual(["Transpose", "MatMul", "Mul", "Relu"]);
  const feeds = { a: wave(2, 5, 3), b: wave(2, 5, 4) };
  const [one, two] = [await compile(fused, { threads: 1 }), await compile(standard, { threads: 1 })];
  const [x, y] = [await one.run(feeds), await two.run(feeds)];
  x.get("y")?.data.forEach((value, i) => expect(Number(y.get("y")?.data[i])).toBeCloseTo(Number(value), 6));
  await Promise.all([one.dispose(), two.dispose()]);
});

test("rewriting nothing keeps every node; rewriting one changes what follows, updates included", async () => {
  const w = state("w", [3]);
  const x = input("x", [3]);
  const old = program({ outputs: { y: w.mul(x).sum() }, updates: new Map([[w, w.add(x)]]) });
  expect(rewriteProgram(old, () => undefined).nodes).toEqual(old.nodes);
  const changed = rewriteProgram(old, (node, [p, q]) =>
    node.operator.type === "Add" && p && q ? [p.sub(q)] : undefined,
  );
  const resident = new ResidentState(
    resolveDevice({ threads: 1 }),
    new Map([["w", hostTensor("float32", [3], Float32Array.of(1, 2, 3))]]),
  );
  await using step = await compile(changed, { state: resident });
  await step.run({ x: hostTensor("float32", [3], Float32Array.of(1, 1, 1)) });
  expect([...((await resident.read()).get("w")?.data ?? [])]).toEqual([0, 1, 2]);
});

test("names of the program are kept from the names that the encoder gives", async () => {
  const x = input("v1", [2]);
  await using doubled = await compile(program({ outputs: { c0: x.mul(2), again: x.mul(2).add(1) } }), { threads: 1 });
  const outputs = await doubled.run({ v1: hostTensor("float32", [2], Float32Array.of(1, 2)) });
  expect([...(outputs.get("c0")?.data ?? [])]).toEqual([2, 4]);
  expect([...(outputs.get("again")?.data ?? [])]).toEqual([3, 5]);
});
