import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { HostTensor } from "../../../src/graph/dtype.ts";
import { findOperator, operatorTypes } from "../../../src/graph/registry.ts";
import { disagreement } from "../../golden/compare.ts";
import { readGoldenSet } from "../../golden/golden-files.ts";
import { goldenOperators } from "../../golden/operators.ts";
import { buildCase } from "../../golden/run-case.ts";
import { evaluate, kernels, toFloat64 } from "./evaluate.ts";
import { erf } from "./elementwise.ts";

const json = fileURLToPath(new URL("../../../../shared/golden/ops.json", import.meta.url));
const here = existsSync(json);
const set = here ? readGoldenSet(json) : undefined;

test.skipIf(here)("golden cases are skipped: there is no ../shared/golden beside the repository", () => {});

describe.skipIf(!here)("the float64 evaluator", () => {
  const cases = set?.cases.filter(({ op }) => goldenOperators.has(op)) ?? [];
  test.for(cases)("$name: value and gradients match PyTorch", (golden) => {
    if (set === undefined) return;
    const { program, feeds, expected } = buildCase(golden, set);
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, toFloat64(value)]));
    const results = evaluate(program, inputs);
    for (const [name, value] of expected) {
      const { shape, data } = results.get(name)!; // the program has every expected output
      const actual: HostTensor = { dtype: "float64", shape, data };
      expect(disagreement(name, actual, value)).toBeUndefined();
    }
  });
});

test("the evaluator knows every operator with a gradient rule; the others are checked by ONNX's own cases", () => {
  const all = operatorTypes().map((key) => {
    const [type, ...domain] = key.split(".").reverse();
    return findOperator(type, domain.reverse().join("."));
  });
  const ruled = all.filter((operator) => operator?.gradient !== undefined);
  const bare = ruled.map((operator) => operator?.type ?? "");
  expect(bare.filter((type) => !(type in kernels))).toEqual([]);
});

test("erf matches tabulated values", () => {
  // Abramowitz & Stegun, table 7.1
  for (const [x, y] of [
    [0.5, 0.5204998778130465],
    [1, 0.8427007929497149],
    [2, 0.9953222650189527],
    [3, 0.9999779095030014],
  ])
    expect(erf(-x)).toBeCloseTo(-y, 14);
});
