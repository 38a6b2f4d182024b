import { expect, test } from "vitest";
import { hostTensor } from "../../src/graph/dtype.ts";
import { cosineSimilarity } from "../../src/graph/functions/direction.ts";
import { input } from "../../src/graph/leaf.ts";
import { program } from "../../src/graph/program.ts";
import { evaluate, toFloat64 } from "./reference/evaluate.ts";

test("the cosine of a vector and one number is that of the number repeated, and axes are those of the joint shape", () => {
  const [x, y] = [input("x", [1, 2]), input("y", [1])];
  const closed = program({ outputs: { last: cosineSimilarity(x, y), named: cosineSimilarity(x, y, { axis: 1 }) } });
  const found = evaluate(closed, {
    x: toFloat64(hostTensor("float32", [1, 2], Float32Array.of(3, 4))),
    y: toFloat64(hostTensor("float32", [1], Float32Array.of(2))),
  });
  const expected = (3 * 2 + 4 * 2) / (5 * Math.hypot(2, 2));
  for (const name of ["last", "named"]) expect(found.get(name)?.data[0]).toBeCloseTo(expected, 6);
});
