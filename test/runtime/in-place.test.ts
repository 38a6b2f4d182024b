import { expect, test } from "vitest";
import { input, state } from "../../src/graph/leaf.ts";
import { program } from "../../src/graph/program.ts";
import { inPlaceStates } from "../../src/runtime/in-place.ts";

test("a moment is overwritten, a parameter that a later node may still read is not", () => {
  const [m, g] = [state("m", [4]), input("g", [4])];
  const w = state("w", [4]);
  const updates = new Map([
    [m, m.mul(0.9).add(g)],
    [w, w.sub(g)],
  ]);
  expect([...inPlaceStates(program({ outputs: { y: w.mul(g) }, updates }))]).toEqual(["m"]);
});

test("who reads a reshaped state reads its memory", () => {
  const [w, x] = [state("w", [4]), input("x", [3, 4, 1])];
  const view = w.reshape([4, 1]);
  const gradient = view.exp().reshape([4]); // an ancestor of the new value, as the view is
  const updates = new Map([[w, w.sub(gradient)]]);
  expect([...inPlaceStates(program({ outputs: { y: gradient }, updates }))]).toEqual(["w"]);
  expect([...inPlaceStates(program({ outputs: { y: x.mul(view) }, updates }))]).toEqual([]);
});
