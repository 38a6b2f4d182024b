import { expect, test } from "vitest";
import { input } from "../../../src/graph/leaf.ts";
import { grad } from "../../../src/graph/autodiff.ts";
import { logOffset, logOffsets, offsetIndex } from "../../../src/models/swin/relative-positions.ts";
import { inverseOf, permuteTokens } from "../../../src/models/swin/token-order.ts";
import { effectiveWindow, regions, shiftMask, windowOrder } from "../../../src/models/swin/windows.ts";
import { evaluate, wave } from "../../nn/evaluate.ts";

test("offsets of V2 on their logarithmic scale, as the specification prints them", () => {
  const expected = [
    0, 0.262832, 0.431819, 0.556617, 0.655611, 0.737665, 0.807737, 0.868886, 0.923129, 0.971869, 1.016121, 1.056642,
  ];
  expected.forEach((value, t) => {
    expect(logOffset(t, 12)).toBeCloseTo(value, 6);
    expect(logOffset(-t, 12)).toBeCloseTo(-value, 6);
  });
  const largest = (window: number, reference: number) => Math.max(...logOffsets([window, window], reference).data);
  expect(largest(14, 12)).toBeCloseTo(1.128686, 6);
  expect(largest(24, 12)).toBeCloseTo(1.382633, 6);
  expect(largest(7, 6)).toBeCloseTo(1.135331, 6);
  expect([...logOffsets([1, 1], 1).data]).toEqual([0, 0]);
});

test("rows of the table of offsets", () => {
  const rows = (window: number) => Array.from(offsetIndex([window, window]).data, Number);
  expect(rows(2)).toEqual([4, 3, 1, 0, 5, 4, 2, 1, 7, 6, 4, 3, 8, 7, 5, 4]);
  const seven = rows(7);
  expect([seven[0], seven[48], seven[48 * 49]]).toEqual([84, 0, 168]);
});

test.each([
  [8, 4, 2, [0, 128, 128, 192], 448],
  [56, 7, 3, undefined, 18_240],
] as const)(
  "a map of %d, windows of %d shifted by %d: which pairs are blocked",
  async (side, window, shift, each, total) => {
    const count = (side / window) ** 2;
    const tokens = window ** 2;
    const { mask } = await evaluate({ mask: shiftMask([side, side], window, shift) });
    const blocked = Array.from(
      { length: count },
      (_, w) => mask.slice(w * tokens ** 2, (w + 1) * tokens ** 2).filter((x) => x === -100).length,
    );
    if (each !== undefined) expect(blocked).toEqual(each);
    else {
      expect(blocked.filter((x) => x > 0).length).toBe(15);
      expect(blocked.at(-1)).toBe(1776);
    }
    expect(blocked.reduce((sum, x) => sum + x, 0)).toBe(total);
    expect(mask.every((x) => x === -100 || Math.abs(x) === 0)).toBe(true);
  },
);

test("regions are numbered row by row", () => {
  expect([...regions([4, 4], 2, 1)]).toEqual([0, 0, 0, 0, 1, 2, 1, 2, 3, 3, 6, 6, 4, 5, 7, 8]);
});

test("the order of shifted windows is a permutation, and its inverse brings tokens and gradients back", async () => {
  const order = windowOrder([4, 6], [2, 2], 1);
  expect(order.slice(0, 4)).toEqual([7, 8, 13, 14]); // rolled by −1 along both axes
  const x = input("x", [1, 24, 2]);
  const there = permuteTokens(x, order);
  const [gradient] = grad(there.mul(there).sum(), [x]);
  const feeds = { x: wave([1, 24, 2]) };
  const values = await evaluate({ back: permuteTokens(there, inverseOf(order)), gradient }, { feeds });
  expect(values["back"]).toEqual([...feeds.x.data]);
  values["gradient"].forEach((value, i) => expect(value).toBeCloseTo(2 * feeds.x.data[i], 6));
});

test("a window never exceeds the map, and then nothing shifts", () => {
  const at = (side: number, index: number) => effectiveWindow(12, [side, side], index);
  expect(at(48, 0)).toEqual({ size: 12, shift: 0 });
  expect(at(48, 1)).toEqual({ size: 12, shift: 6 });
  expect(at(12, 1)).toEqual({ size: 12, shift: 0 });
  expect(at(6, 1)).toEqual({ size: 6, shift: 0 });
  expect(effectiveWindow(7, [14, 14], 3)).toEqual({ size: 7, shift: 3 });
});
