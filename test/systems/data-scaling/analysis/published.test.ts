import { describe, expect, test } from "vitest";
import { analyse } from "../../../../src/systems/data-scaling/analysis/analyse.ts";
import type { Indicator } from "../../../../src/systems/data-scaling/analysis/indicator.ts";
import { fitPowerLaw } from "../../../../src/systems/data-scaling/analysis/power-law.ts";
import { studySummary } from "../../../../src/systems/data-scaling/analysis/summary.ts";
import { published } from "../../../../src/systems/data-scaling/published.ts";
import { studyTableSchema } from "../../../../src/systems/data-scaling/study-table.ts";

// every number that sections 6 and 12.5 of the specification print as computed, to the digits printed there
const analysis = analyse(published, { resamples: 200 });
const { indicators, lengthChoices, fits } = analysis;
const cellAt = (size: string, data: string, length: number) => {
  const found = analysis.cells.find(
    (cell) => cell.size === size && cell.data === data && cell.length === length * 1000,
  );
  if (found === undefined) throw new Error(`no cell ${size} ${data} ${length}k`);
  return found;
};
const named = (list: readonly Indicator[], measure: "pearson" | "spearman", digits: number) =>
  Object.fromEntries(list.map((one) => [one.group, one[measure].value.toFixed(digits)]));

describe("the published table", () => {
  test("is a study table of 63 cells in 21 series", () => {
    expect(studyTableSchema.parse(published)).toEqual(published);
    expect(analysis.cells).toHaveLength(63);
    expect(analysis.onsets).toHaveLength(21);
  });

  test("counts epochs as section 4.2", () => {
    const epochs = (data: string) => [125, 250, 500].map((length) => Math.round(cellAt("L", data, length).epochs));
    expect(epochs("1K 10%")).toEqual([1998, 3996, 7993]);
    expect(epochs("1K 20%")).toEqual([999, 1998, 3996]);
    expect(epochs("1K 50%")).toEqual([400, 799, 1599]);
    expect(epochs("1K")).toEqual([200, 400, 799]);
    expect(epochs("22K")).toEqual([18, 36, 72]);
  });

  test("counts compute as 3 · 2 · (encoder + decoder) · images", () => {
    const decoder = 8 * 192 * 3072 * 36;
    expect(cellAt("L", "1K", 125).flops).toBeCloseTo(6 * (25.96e9 + decoder) * 2048 * 125_000, -12);
  });
});

describe("over-fitting", () => {
  test("has the onset column of section 6", () => {
    const column = Object.fromEntries(analysis.onsets.map(({ size, data, length }) => [`${size} ${data}`, length]));
    expect(column).toEqual({
      "S 1K 10%": 250_000,
      "S 1K 20%": 500_000,
      "S 1K 50%": null,
      "S 1K": null,
      "B 1K 10%": 250_000,
      "B 1K 20%": 500_000,
      "B 1K 50%": null,
      "B 1K": null,
      "B 22K": null,
      "L 1K 10%": 250_000,
      "L 1K 20%": 250_000,
      "L 1K 50%": null,
      "L 1K": null,
      "L 22K": null,
      "H 1K 20%": 250_000,
      "H 1K 50%": 500_000,
      "H 1K": null,
      "H 22K": null,
      "g 1K 50%": 500_000,
      "g 1K": null,
      "g 22K": null,
    });
  });

  test("flags 14 cells", () => {
    expect(analysis.overFitted).toHaveLength(14);
  });

  test("makes the best size shrink with training on limited data", () => {
    const best = (length: number) =>
      published.data.map((data) => analysis.bestSizes.find((c) => c.data === data && c.length === length)?.size).join();
    expect([best(125_000), best(250_000), best(500_000)]).toEqual(["S,L,g,g,g", "S,B,H,g,g", "B,B,L,g,g"]);
  });
});

describe("validation loss as an indicator", () => {
  test("has the golden correlations over all cells", () => {
    const { all } = indicators;
    expect(all.cells).toBe(63);
    expect(all.pearson.value).toBeCloseTo(-0.785872, 6);
    expect(all.spearman.value).toBeCloseTo(-0.897194, 6);
    expect(all.kendall.value).toBeCloseTo(-0.746154, 6);
    expect(all.line.intercept).toBeCloseTo(104.1451, 4);
    expect(all.line.slope).toBeCloseTo(-41.6421, 4);
  });

  test("is better without the over-fitted cells", () => {
    const { sound } = indicators;
    expect(sound.cells).toBe(49);
    expect(sound.pearson.value).toBeCloseTo(-0.9006, 4);
    expect(sound.spearman.value).toBeCloseTo(-0.9629, 4);
    expect(sound.line.slope).toBeCloseTo(-76.379, 3);
    expect(sound.line.intercept).toBeCloseTo(120.024, 3);
    expect(sound.pearson.high).toBeLessThan(-0.8);
    expect(sound.pearson.low).toBeLessThan(sound.pearson.value);
  });

  test("is best on whole data sets", () => {
    const whole = published.cells.filter(({ data }) => data === "1K" || data === "22K");
    const { all } = analyse({ ...published, cells: whole }, { resamples: 2 }).indicators;
    expect(all.cells).toBe(27);
    expect(all.pearson.value).toBeCloseTo(-0.954, 3);
    expect(all.line.slope).toBeCloseTo(-92.34, 2);
    expect(all.line.rmse).toBeCloseTo(0.267, 3);
  });

  test("differs between sizes, data sets and lengths as printed", () => {
    expect(named(indicators.bySize, "pearson", 3)).toEqual({
      S: "-0.521",
      B: "-0.805",
      L: "-0.907",
      H: "-0.939",
      g: "-0.766",
    });
    expect(named(indicators.bySize, "spearman", 3)).toEqual({
      S: "-0.643",
      B: "-0.874",
      L: "-0.975",
      H: "-0.944",
      g: "-0.917",
    });
    expect(named(indicators.byData, "pearson", 3)).toEqual({
      "1K 10%": "0.548",
      "1K 20%": "-0.116",
      "1K 50%": "-0.773",
      "1K": "-0.966",
      "22K": "-0.979",
    });
    expect(named(indicators.byLength, "pearson", 3)).toEqual({
      "125000": "-0.796",
      "250000": "-0.811",
      "500000": "-0.878",
    });
  });

  test("always rewards a falling loss, and says nothing once the loss rises", () => {
    expect(analysis.signs).toEqual({
      pairs: 42,
      agree: 35,
      falls: { pairs: 28, scoreRose: 28 },
      rises: { pairs: 14, scoreFell: 7 },
    });
  });
});

describe("which run to keep", () => {
  test("by lowest loss costs 0.0743 points on average, 0.48 at most, nothing in 15 of 21 series", () => {
    const [byLoss] = lengthChoices;
    expect(byLoss.mean).toBeCloseTo(0.0743, 4);
    expect(byLoss.max).toBeCloseTo(0.48, 10);
    expect([byLoss.exact, byLoss.choices.length]).toEqual([15, 21]);
    const worst = byLoss.choices.find(({ regret }) => regret === byLoss.max);
    expect([worst?.kept.size, worst?.kept.data]).toEqual(["S", "1K 10%"]);
  });

  test("of each size by lowest loss costs 0 or 0.07 points", () => {
    const regrets = analysis.sizeChoices[0].choices.map(({ kept, regret }) => [kept.size, Number(regret.toFixed(10))]);
    expect(Object.fromEntries(regrets)).toEqual({ S: 0, B: 0.07, L: 0, H: 0, g: 0.07 });
  });
});

test("more data than ImageNet-1K does not help: a higher loss in all 12 pairs, a lower score in 10", () => {
  const step = analysis.dataSteps.find(({ to }) => to === "22K");
  const rounded = (key: "loss" | "score") => step?.pairs.map((pair) => Number(pair[key].toFixed(4))) ?? [];
  expect(rounded("loss")).toHaveLength(12);
  expect([Math.min(...rounded("loss")), Math.max(...rounded("loss"))]).toEqual([0.0015, 0.0038]);
  expect([Math.min(...rounded("score")), Math.max(...rounded("score"))]).toEqual([-0.37, 0.07]);
  expect(rounded("score").filter((value) => value < 0)).toHaveLength(10);
});

test("longer training gains 0.89 points for g and 1.16 for S", () => {
  const gain = (size: string) => cellAt(size, "1K", 500).score - cellAt(size, "1K", 125).score;
  expect(gain("g")).toBeCloseTo(0.89, 10);
  expect(gain("S")).toBeCloseTo(1.16, 10);
});

test("the frontier holds L at 125k before S at 500k: sample efficiency", () => {
  const ids = analysis.frontier.byLoss.map(({ size, data, length }) => `${size} ${data} ${length / 1000}k`);
  expect(ids).toContain("L 1K 125k");
  expect(ids).not.toContain("S 1K 500k");
  const losses = analysis.frontier.byLoss.map(({ validationLoss }) => validationLoss);
  expect(losses).toEqual(losses.toSorted((a, b) => b - a));
});

describe("scaling fits", () => {
  test.each([
    ["1K", 125, -0.015351, -0.690808, 0.99137],
    ["1K", 250, -0.016838, -0.696099, 0.99433],
    ["1K", 500, -0.018011, -0.699088, 0.99153],
    ["22K", 125, -0.013499, -0.695534, 0.99568],
    ["22K", 250, -0.015422, -0.697669, 0.99693],
    ["22K", 500, -0.017519, -0.696533, 0.99459],
  ])("over sizes on %s at %dk", (data, length, slope, intercept, r2) => {
    const fit = fits.atLength.find((one) => one.data === data && one.length === length * 1000);
    expect(fit?.size.value).toBeCloseTo(slope, 6);
    expect(fit?.intercept).toBeCloseTo(intercept, 6);
    expect(fit?.r2).toBeCloseTo(r2, 5);
  });

  test("over sizes and lengths on 1K", () => {
    const fit = fits.overLengths.find(({ data }) => data === "1K");
    expect(fit?.size.value).toBeCloseTo(-0.016734, 6);
    expect(fit?.time?.value).toBeCloseTo(-0.016366, 6);
    expect(fit?.intercept).toBeCloseTo(-0.604966, 6);
    expect(fit?.r2).toBeCloseTo(0.98852, 5);
    expect(fit?.size.low).toBeLessThan(-0.0167);
    expect(fit?.size.high).toBeGreaterThan(-0.0168);
  });

  test("without the giant are too optimistic about it by up to 0.0036", () => {
    const points = fits.extrapolations.find(({ data }) => data === "1K")?.points;
    expect(points?.map(({ predicted }) => predicted.toFixed(4))).toEqual(["0.4477", "0.4428", "0.4380"]);
    expect(points?.map(({ measured }) => measured)).toEqual([0.4513, 0.4442, 0.4395]);
  });

  test("as a power law with a floor have the sum of squares 5.485e-6 and the worst error 0.00115", () => {
    const fit = fits.power.find(({ data }) => data === "1K");
    expect(fit?.cells).toBe(15);
    expect(fit?.law.squares).toBeCloseTo(5.485e-6, 9);
    expect(fit?.worst).toBeCloseTo(0.00115, 5);
    expect(fit?.law.E).toBeCloseTo(0.4046, 3);
    expect(fit?.law.A).toBeCloseTo(0.1127, 3);
    expect(fit?.law.p).toBeCloseTo(0.2115, 3);
    expect(fit?.law.B).toBeCloseTo(0.2577, 3);
    expect(fit?.law.q).toBeCloseTo(0.5316, 3);
  });
});

test("a power law is found again from its own values", () => {
  const points = [20, 50, 120, 400].flatMap((parameters) =>
    [0.4, 0.8, 1.6].map((length) => ({
      parameters,
      length,
      loss: 0.3 + 0.5 * parameters ** -0.4 + 0.02 * length ** -0.7,
    })),
  );
  const [{ E, p, q, squares }] = fitPowerLaw(points);
  expect(squares).toBeLessThan(1e-9);
  expect(E).toBeCloseTo(0.3, 2);
  expect(p).toBeCloseTo(0.4, 1);
  expect(q).toBeCloseTo(0.7, 1);
});

test("the summary is one object with the golden numbers", () => {
  const summary: unknown = JSON.parse(JSON.stringify(studySummary(analysis)));
  expect(summary).toMatchObject({ cells: 63, overfitted: 14 });
  const { pearson, spearman, kendall, selectionRegret, overfitOnset } = summary as Record<string, number> & {
    overfitOnset: unknown[];
  };
  expect([pearson, spearman, kendall].map((value) => value.toFixed(6))).toEqual([
    "-0.785872",
    "-0.897194",
    "-0.746154",
  ]);
  expect(selectionRegret.toFixed(4)).toBe("0.0743");
  expect(overfitOnset).toHaveLength(21);
  expect(overfitOnset[0]).toMatchObject({ size: "S", data: "1K 10%", length: 250_000 });
  expect(overfitOnset[3]).toEqual({ size: "S", data: "1K", length: null, epochs: null });
});
