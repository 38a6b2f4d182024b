import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { halfPrecision } from "../../src/graph/half-precision.ts";
import { input, state } from "../../src/graph/leaf.ts";
import { linear } from "../../src/graph/functions/linear.ts";
import { program, type Program } from "../../src/graph/program.ts";
import { filled } from "../../src/graph/tensor.ts";
import { compile } from "../../src/runtime/compile.ts";
import { disagreement } from "../golden/compare.ts";
import { readGoldenSet } from "../golden/golden-files.ts";
import { buildCase } from "../golden/run-case.ts";
import { evaluate, toFloat64 } from "./reference/evaluate.ts";

const json = fileURLToPath(new URL("../../../shared/golden/ops.json", import.meta.url));
const here = existsSync(json);
const set = here ? readGoldenSet(json) : undefined;
/** Operators that are products or made of them. */
const inHalf = /^(matmul|linear|einsum|scaled_dot_product_attention|conv\d?d?|conv_transpose\dd)$/;
const cases = set?.cases.filter(({ op }) => inHalf.test(op.replace("conv_transpose", "conv"))) ?? [];
/** Operands are rounded to 11 bits, sums and results once more; a gradient passes two products. */
const ofFloat16 = { relative: 3e-3, absolute: 0 };

test.skipIf(here)("golden cases are skipped: there is no ../shared/golden beside the repository", () => {});

describe.skipIf(!here)("golden products and convolutions in float16", () => {
  test.for(cases)("$name: value and gradients match PyTorch in float16's accuracy", async (golden) => {
    if (set === undefined) throw new Error("the cases come from the set");
    const { program: full, feeds, expected } = buildCase(golden, set);
    const half = halfPrecision(full);
    expect(typesIn(half, "float16").some((type) => !["Cast", "Reshape"].includes(type))).toBe(true);
    const needed = Object.fromEntries(Object.entries(feeds).filter(([name]) => half.inputs.has(name)));
    // ONNX Runtime's CPU provider computes in float32 and drops roundings between; the evaluator rounds after each node
    await using executable = await compile(half, { device: "cpu", threads: 1 });
    const computed = await executable.run(needed);
    const roundedFeeds = Object.fromEntries(Object.entries(needed).map(([name, value]) => [name, toFloat64(value)]));
    const rounded = evaluate(half, roundedFeeds);
    for (const [name, value] of expected) {
      const found = rounded.get(name);
      const data = Float64Array.from(found?.data ?? []);
      expect(disagreement(name, computed.get(name) ?? value, value, ofFloat16)).toBeUndefined();
      expect(
        disagreement(name, { dtype: "float64", shape: found?.shape ?? [], data }, value, ofFloat16),
      ).toBeUndefined();
    }
  });
});

const typesIn = ({ nodes }: Program, dtype: string): string[] =>
  nodes.filter(({ outputs }) => outputs[0]?.dtype === dtype).map(({ operator }) => operator.type);

test("operands are cast once, moved results stay in float16, everything else stays in float32", () => {
  const x = input("x", [4, 8]);
  const weight = state("w", [8, 8]);
  const hidden = linear(x, weight).reshape([4, 2, 4]).permute([1, 0, 2]); // [2, 4, 4]
  const scores = hidden.matmul(hidden.transpose()).softmax();
  const half = halfPrecision(program({ outputs: { y: scores.matmul(hidden), z: linear(x, weight).exp() } }));
  expect(typesIn(half, "float16").sort()).toEqual(
    ["Cast", "Cast", "Cast", "Gemm", "Gemm", "MatMul", "MatMul", "Reshape", "Transpose", "Transpose"].sort(),
  );
  expect(typesIn(half, "float32").sort()).toEqual(["Cast", "Cast", "Cast", "Exp", "Softmax"].sort());
  expect([...half.outputs.values()].map(({ dtype }) => dtype)).toEqual(["float32", "float32"]);
});

test("a product with a constant is a sum and stays in float32, as other types stay what they are", () => {
  const x = input("x", [6000, 3]);
  const sum = filled([1, 6000], 1).matmul(x);
  const precise = input("p", [2, 2], "float64");
  const old = program({ outputs: { sum, product: precise.matmul(precise) } });
  expect(halfPrecision(old).nodes).toEqual(old.nodes);
});
