import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inOrder, parsePlan, recipeOf, waitsFor, type PlanInput } from "../../src/train/plan.ts";
import { grid } from "../../src/train/study.ts";

type Run = PlanInput["runs"][number];
const run = (id: string, more: Partial<Run> = {}): Run => ({ id, method: "toy", recipe: {}, ...more });

/** Runs that wait for any of the runs made before them, then shuffled. */
const plans = fc
  .array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 12 })
  .chain((needs) => {
    const runs = needs.map((list, i) => {
      const before = i === 0 ? [] : [...new Set(list.map((n) => `r${n % i}`))];
      const [first, second, ...others] = before;
      return run(`r${i}`, {
        after: others,
        ...(first === undefined ? {} : { branch: { run: first, step: 1 } }),
        takes: second === undefined ? {} : { "init.from": second },
      });
    });
    return fc.shuffledSubarray(runs, { minLength: runs.length, maxLength: runs.length });
  })
  .map((runs) => parsePlan({ name: "p", runs }));

test("the order has every run once, after all that it waits for", () => {
  fc.assert(
    fc.property(plans, (plan) => {
      const order = inOrder(plan);
      expect(order.map(({ id }) => id).sort()).toEqual(plan.runs.map(({ id }) => id).sort());
      order.forEach((one, place) => {
        const before = new Set(order.slice(0, place).map(({ id }) => id));
        for (const need of waitsFor(one)) expect(before.has(need), `${need} before ${one.id}`).toBe(true);
      });
    }),
    { numRuns: 200 },
  );
});

test("a run waits for what it branches off, takes from or comes after, each once", () => {
  const [one] = parsePlan({
    name: "p",
    runs: [
      run("a"),
      run("b"),
      run("c", { after: ["a"], branch: { run: "b", step: 4 }, takes: { modules: ["b", "a"], "init.from": "a" } }),
    ],
  }).runs.slice(2);
  expect(waitsFor(one!)).toEqual(["a", "b"]);
  expect(recipeOf(one!, (id) => `/runs/p/${id}`)).toEqual({
    modules: ["/runs/p/b", "/runs/p/a"],
    init: { from: "/runs/p/a" },
    branch: { run: "/runs/p/b", step: 4 },
  });
});

describe("a plan is refused", () => {
  test.each([
    ["that has two runs of one name", [run("a"), run("a")], "plan: two runs are called a"],
    [
      "whose run waits for none of it",
      [run("trunk"), run("b", { after: ["trunc"] })],
      "b waits for trunc, which is no run",
    ],
    [
      "whose runs wait for each other",
      [run("a"), run("b", { after: ["c"] }), run("c", { after: ["b"] })],
      "plan: b, c wait for each other",
    ],
    ["whose run waits for itself", [run("a", { after: ["a"] })], "plan: a wait for each other"],
    ["with a name that leaves its folder", [run("../a")], "runs.0.id: use a-z"],
    ["with unknown keys", [{ ...run("a"), command: "rm" } as Run], 'Unrecognized key: "command"'],
  ])("%s", (_, runs, message) => {
    expect(() => parsePlan({ name: "p", runs })).toThrow(message);
  });
});

test("a grid has every combination once, the last axis fastest", () => {
  expect(grid({ size: ["S", "B"], seed: [0, 1] })).toEqual([
    { size: "S", seed: 0 },
    { size: "S", seed: 1 },
    { size: "B", seed: 0 },
    { size: "B", seed: 1 },
  ]);
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat()), fc.uniqueArray(fc.string()), (a, b) => {
      const cells = grid({ a, b });
      expect(cells).toHaveLength(a.length * b.length);
      expect(new Set(cells.map((cell) => JSON.stringify(cell))).size).toBe(cells.length);
    }),
  );
});
