import { expect, test } from "vitest";
import { costOf } from "../../src/graph/cost.ts";
import { input, state } from "../../src/graph/leaf.ts";
import { grad } from "../../src/graph/autodiff.ts";
import { conv } from "../../src/graph/operators/conv.ts";
import { gemm } from "../../src/graph/operators/matmul.ts";
import { program } from "../../src/graph/program.ts";

test("counts two operations for each multiply-add of a product, batch included", () => {
  const product = input("a", [3, 2, 4, 5]).matmul(input("b", [5, 6]));
  expect(costOf(program({ outputs: { product } })).flops).toBe(2 * (3 * 2 * 4) * 5 * 6);
  const transposed = gemm(input("a", [5, 4]), input("b", [6, 5]), undefined, { transA: 1, transB: 1 });
  expect(costOf(program({ outputs: { transposed } })).flops).toBe(2 * 4 * 5 * 6);
});

test("counts the multiply-adds of a convolution, as many again for each of its two gradients", () => {
  const [x, w] = [input("x", [2, 4, 8, 8]), input("w", [8, 4, 3, 3])];
  const y = conv(x, w, { padding: 1 });
  const once = 2 * (2 * 8 * 8 * 8) * 4 * 9;
  expect(costOf(program({ outputs: { y } })).flops).toBe(once);
  const [dx, dw] = grad(y, [x, w], y);
  expect(costOf(program({ outputs: { dx, dw } })).flops).toBe(3 * once);
});

test("counts the bytes of states", () => {
  const outputs = { y: state("w", [3, 4]).add(state("b", [4])) };
  expect(costOf(program({ outputs })).stateBytes).toBe((12 + 4) * 4);
});

test("an intermediate result counts from where it is made to its last use, a reshape not at all", () => {
  const x = input("x", [10]);
  const a = x.add(1); // a alive
  const b = a.mul(2); // a, b
  const c = b.reshape([2, 5]).mul(3); // b, c; a is free
  expect(costOf(program({ outputs: { c } })).peakActivationBytes).toBe(2 * 10 * 4);
  const kept = c.add(a.reshape([2, 5])); // a stays to the end: a, b, c, then a, c, kept
  expect(costOf(program({ outputs: { kept } })).peakActivationBytes).toBe(3 * 10 * 4);
});
