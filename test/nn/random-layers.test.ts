import { expect, test } from "vitest";
import { input } from "../../src/graph/leaf.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { Dropout, DropPath } from "../../src/nn/drop-path.ts";
import { Module, prepare } from "../../src/nn/module.ts";
import { fillRandom } from "../../src/nn/random-input.ts";
import { trace } from "../../src/nn/trace.ts";
import { evaluate, host } from "./evaluate.ts";

class Two extends Module {
  readonly first = new DropPath(0.25);
  readonly second = new Dropout(0.5);
  forward(x: Tensor): Tensor {
    return this.second.forward(this.first.forward(x));
  }
}

test("in evaluation and outside a trace drop path and dropout do nothing", () => {
  const net = prepare(new Two());
  const x = input("x", [4, 3]);
  expect(net.forward(x)).toBe(x);
  expect(trace({ training: false }, () => net.forward(x)).result).toBe(x);
});

test("each random layer asks for an input named after itself, once for each call", () => {
  const net = prepare(new Two(), "student");
  const x = input("x", [4, 3, 2]);
  const { random } = trace({ training: true }, () => net.forward(net.forward(x)));
  expect(random).toEqual([
    { kind: "bernoulli", name: "random/student.first", shape: [4, 1, 1], keep: 0.75 },
    { kind: "bernoulli", name: "random/student.second", shape: [4, 3, 2], keep: 0.5 },
    { kind: "bernoulli", name: "random/student.first#2", shape: [4, 1, 1], keep: 0.75 },
    { kind: "bernoulli", name: "random/student.second#2", shape: [4, 3, 2], keep: 0.5 },
  ]);
  const named = trace({ training: true, name: "view2" }, () => net.first.forward(x));
  expect(named.random[0].name).toBe("random/view2/student.first");
});

test("drop path drops whole samples and keeps the expectation", async () => {
  const layer = prepare(new DropPath(0.25), "path");
  const batch = 4096;
  const { result, random } = trace({ training: true }, () => layer.forward(input("x", [batch, 3])));
  const feeds = { x: host([batch, 3], new Float32Array(3 * batch).fill(1)), ...fillRandom(random, 1, 0) };
  const { y } = await evaluate({ y: result }, { feeds });
  const kept = Math.fround(1 / 0.75);
  expect(y.every((value, i) => (value === 0 || Math.abs(value - kept) < 1e-6) && value === y[i - (i % 3)])).toBe(true);
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
  const deviation = Math.sqrt(0.25 / 0.75 / batch); // of the mean of 4,096 independent samples
  expect(Math.abs(mean - 1)).toBeLessThan(4 * deviation);
});

test("random inputs are the same for a seed and step, and others for another step", () => {
  const random = [{ kind: "bernoulli", name: "random/a", shape: [64], keep: 0.5 } as const];
  expect(fillRandom(random, 3, 9)).toEqual(fillRandom(random, 3, 9));
  expect(fillRandom(random, 3, 10)).not.toEqual(fillRandom(random, 3, 9));
});

test("a rate outside [0, 1) is refused", () => {
  expect(() => new DropPath(1)).toThrow("drop path rate is 1; it must be at least 0 and below 1");
  expect(() => new Dropout(-0.1)).toThrow("dropout rate is -0.1");
});
