import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { analyse } from "../../../../src/systems/data-scaling/analysis/analyse.ts";
import { stoppingPoints } from "../../../../src/systems/data-scaling/analysis/early-stopping.ts";
import { frontier } from "../../../../src/systems/data-scaling/analysis/frontier.ts";
import { gridCells } from "../../../../src/systems/data-scaling/analysis/grid-cell.ts";
import { meanCurve } from "../../../../src/systems/data-scaling/analysis/mean-curve.ts";
import { overFittingOf } from "../../../../src/systems/data-scaling/analysis/over-fitting.ts";
import { studySummary } from "../../../../src/systems/data-scaling/analysis/summary.ts";
import { fakeStudy } from "../fake-study.ts";

const study = fakeStudy({ scores: true });
const analysis = analyse(study, { resamples: 50 });

describe("cells of several seeds", () => {
  test("become one with their mean; a score that a seed lacks makes the mean unknown", () => {
    const cells = gridCells(study);
    expect(cells).toHaveLength(18);
    const [{ runs, validationLoss }] = cells;
    expect(validationLoss).toBeCloseTo((runs[0].validationLoss + runs[1].validationLoss) / 2, 12);
    const [first, ...others] = study.cells;
    const [merged] = gridCells({ ...study, cells: [{ ...first, score: null }, ...others] });
    expect(merged.score).toBeNaN();
    expect(merged.validationLoss).toBe(validationLoss);
  });
});

describe("over-fitting of own runs", () => {
  test("is flagged on few images alone, by length, by the curve and by the gap", () => {
    expect(analysis.overFitted.every(({ data }) => data === "few")).toBe(true);
    const longest = analysis.cells.find((c) => c.size === "L" && c.data === "few" && c.length === 1600);
    expect(longest && analysis.flags.get(longest)).toEqual({ byLength: true, byCurve: true, byGap: true });
    expect(analysis.onsets.find(({ size, data }) => size === "L" && data === "many")?.length).toBeNull();
  });

  test("asks for more than twice the spread over mask seeds", () => {
    const noisy = study.cells.map((cell) => ({ ...cell, validationSpread: 0.5 }));
    const flags = overFittingOf(gridCells({ ...study, cells: noisy }));
    expect([...flags.values()].some(({ byLength, byCurve }) => byLength || byCurve)).toBe(false);
  });
});

describe("stopping", () => {
  const curve = (losses: readonly number[]) => losses.map((loss, i) => ({ step: (i + 1) * 100, loss }));
  const [cell] = study.cells;
  const at = (losses: readonly number[]) =>
    stoppingPoints([{ ...cell, length: 1000, validationSpread: 0.001, validationCurve: curve(losses) }])[0];

  test("cuts a run whose loss stays above its minimum for a fifth of the run", () => {
    const point = at([1, 0.9, 0.8, 0.85, 0.86, 0.87, 0.88, 0.89, 0.9, 0.91]);
    expect(point).toMatchObject({ bestStep: 300, bestLoss: 0.8, finalLoss: 0.91, cutStep: 600 });
    expect(point.saved).toBeCloseTo(0.4, 12);
    expect(point.excess).toBeCloseTo(0.1375, 12);
  });

  test("lets a run go on that recovers in time or wobbles within the tolerance", () => {
    expect(at([1, 0.9, 0.8, 0.85, 0.79, 0.78, 0.77, 0.76, 0.75, 0.74]).cutStep).toBeNull();
    expect(at([1, 0.9, 0.8, 0.801, 0.8015, 0.801, 0.8, 0.8019, 0.801, 0.8]).cutStep).toBeNull();
  });

  test("has nothing to say of a run without a curve", () => {
    expect(stoppingPoints([{ ...cell, validationCurve: [] }])).toEqual([]);
  });
});

test("the mean of curves is taken where all have a point", () => {
  const a = [
    { step: 1, loss: 1 },
    { step: 2, loss: 3 },
  ];
  expect(meanCurve([a, [{ step: 2, loss: 5 }]])).toEqual([{ step: 2, loss: 4 }]);
  expect(meanCurve([a, []])).toEqual([]);
  expect(meanCurve([])).toEqual([]);
});

test("nothing cheaper equals a cell of the frontier, and everything else is equalled", () => {
  const numbers = fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })), { minLength: 1 });
  const [sample] = gridCells(study);
  fc.assert(
    fc.property(numbers, (pairs) => {
      const cells = pairs.map(([flops, validationLoss]) => ({ ...sample, flops, validationLoss }));
      const { byLoss } = frontier(cells);
      for (const cell of cells) {
        const equalled = cells.some(
          (other) => other !== cell && other.flops <= cell.flops && other.validationLoss <= cell.validationLoss,
        );
        if (!equalled) expect(byLoss).toContain(cell);
      }
      for (let i = 1; i < byLoss.length; i++) {
        expect(byLoss[i].flops).toBeGreaterThan(byLoss[i - 1].flops);
        expect(byLoss[i].validationLoss).toBeLessThan(byLoss[i - 1].validationLoss);
      }
    }),
  );
});

test("the summary of a study without scores has null where there is no value", () => {
  const summary = studySummary(analyse(fakeStudy({ scores: false }), { resamples: 20 }));
  expect(JSON.parse(JSON.stringify(summary))).toMatchObject({
    cells: 18,
    runs: 36,
    pearson: null,
    spearman: null,
    kendall: null,
    selectionRegret: null,
    selection: { max: null, groups: 0 },
  });
});
