import { expect, test } from "vitest";
import { input, state } from "../../src/graph/leaf.ts";
import { program } from "../../src/graph/program.ts";

test("holds only what outputs and updates need, in topological order", () => {
  const [x, w] = [input("x", [2]), state("w", [2])];
  x.exp(); // nothing needs it
  const y = x.mul(w);
  const closed = program({ outputs: { y }, updates: new Map([[w, w.sub(y)]]) });
  expect(closed.nodes.map(({ operator }) => operator.type)).toEqual(["Mul", "Sub"]);
  expect([...closed.inputs.keys(), ...closed.states.keys()]).toEqual(["x", "w"]);
});

test("refuses two meanings of one name", () => {
  const x = input("x", [2]);
  expect(() => program({ outputs: { y: x.add(input("x", [2])) } })).toThrow("two inputs are named x: [2] and [2]");
  expect(() => program({ outputs: { x: x.add(1) } })).toThrow("program: an input and an output are both named x");
  expect(() => program({ outputs: { y: x.add(state("x", [2])) } })).toThrow("an input and a state are both named x");
  const w = state("w", [2]);
  expect(() => program({ outputs: { w: w.add(1) } })).toThrow("program: a state and an output are both named w");
});

test("refuses an update of another shape, of no state, and an empty program", () => {
  const w = state("w", [2]);
  expect(() => program({ updates: new Map([[w, w.sum()]]) })).toThrow("state w [2] is updated with []");
  const x = input("x", [2]);
  expect(() => program({ updates: new Map([[x, x.add(1)]]) })).toThrow("[2] is updated but is not a state");
  expect(() => program({})).toThrow("nothing to compute");
});
