/**
 * Every differentiable operator at random shapes: the float32 gradient from ONNX Runtime against central differences of
 * the float64 evaluator (which the golden cases check).
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { grad } from "../../src/graph/autodiff.ts";
import { hostTensor, type HostTensor, type Shape } from "../../src/graph/dtype.ts";
import { input } from "../../src/graph/leaf.ts";
import { program } from "../../src/graph/program.ts";
import { findOperator, operatorTypes } from "../../src/graph/registry.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { compile } from "../../src/runtime/compile.ts";
import type { GradientCase } from "./gradient-arbitraries.ts";
import { differentiable } from "./gradient-cases.ts";
import { evaluate, toFloat64 } from "./reference/evaluate.ts";
import type { NdArray } from "./reference/nd-array.ts";

const runs = 6;

test.each(differentiable)("$type: gradients agree with finite differences at random shapes", async (golden) => {
  await fc.assert(fc.asyncProperty(golden.arbitrary, check), { numRuns: runs });
});

test("every operator with a gradient rule is among them", () => {
  const covered = new Set(differentiable.map(({ type }) => type));
  const ruled = operatorTypes().filter((key) => {
    const [type, ...domain] = key.split(".").reverse();
    return findOperator(type, domain.reverse().join("."))?.gradient !== undefined;
  });
  const bare = ruled.map((key) => key.replace(/^.*\./, ""));
  expect(bare.filter((type) => !covered.has(type))).toEqual([]);
});

async function check({ inputs, build, extra = {} }: GradientCase): Promise<void> {
  const leaves = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, input(name, shape)]));
  const others = Object.fromEntries(
    Object.entries(extra).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]),
  );
  const y = build({ ...leaves, ...others });
  const upstream = input("upstream", y.shape);
  const weights = spread(y.shape, 7);
  const gradients = grad(y, Object.values(leaves), upstream);
  const feeds: Record<string, HostTensor> = { ...inputs, ...extra, upstream: weights };
  const actual = await run(Object.fromEntries(gradients.map((d, i) => [`d ${Object.keys(leaves)[i]}`, d])), feeds);
  const forward = program({ outputs: { y } });
  const exact = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, toFloat64(value)]));
  const loss = (name: string, value: NdArray): number => {
    const result = evaluate(forward, { ...exact, [name]: value }).get("y") as NdArray; // named above
    return result.data.reduce((sum, v, i) => sum + v * exact["upstream"].data[i], 0);
  };
  for (const name of Object.keys(inputs)) {
    const expected = differences((value) => loss(name, value), exact[name]);
    const found = actual.get(`d ${name}`) as HostTensor; // one output for each input
    expect(relativeError(found, expected), `gradient by ${name} ${JSON.stringify(inputs[name].shape)}`).toBeLessThan(
      2e-4,
    );
  }
}

async function run(
  outputs: Record<string, Tensor>,
  feeds: Record<string, HostTensor>,
): Promise<Map<string, HostTensor>> {
  const closed = program({ outputs });
  await using executable = await compile(closed, { device: "cpu", threads: 1 });
  return await executable.run(Object.fromEntries(Object.entries(feeds).filter(([name]) => closed.inputs.has(name))));
}

/** (f(x + h) − f(x − h)) / 2h for each element. */
function differences(f: (x: NdArray) => number, x: NdArray): Float64Array {
  const h = 1e-5;
  return x.data.map((_, i) => {
    const moved = (by: number): NdArray => ({ ...x, data: x.data.map((value, j) => (i === j ? value + by : value)) });
    return (f(moved(h)) - f(moved(-h))) / (2 * h);
  });
}

function relativeError(actual: HostTensor, expected: Float64Array): number {
  let [difference, norm] = [0, 0];
  expected.forEach((value, i) => {
    difference += (Number(actual.data[i]) - value) ** 2;
    norm += value ** 2;
  });
  return Math.sqrt(difference) / Math.max(Math.sqrt(norm), 1e-2);
}

/** Weights that no symmetry of an operator cancels. */
function spread(shape: Shape, seed: number): HostTensor {
  const size = shape.reduce((product, n) => product * n, 1);
  return hostTensor(
    "float32",
    shape,
    Float32Array.from({ length: size }, (_, i) => Math.sin(seed + 1.7 * i) + 0.3),
  );
}
