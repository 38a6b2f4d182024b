import fc from "fast-check";
import { parseHTML } from "linkedom";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { readPngText } from "../../src/formats/png-text.ts";
import { confusionMatrix } from "../../src/metrics/confusion-matrix.ts";
import { barPlot } from "../../src/report/bar-plot.ts";
import { confusionPlot } from "../../src/report/confusion-plot.ts";
import { thinCurve } from "../../src/report/curve.ts";
import { linePlot } from "../../src/report/line-plot.ts";
import { svgToPng } from "../../src/report/svg-to-png.ts";

const hostile = `<script>alert(1)</script>"'&\u0007\ud800`;
const texts = (svg: string) => Array.from(parseHTML(svg).document.querySelectorAll("text"), (node) => node.textContent);
const count = (svg: string, selector: string) => parseHTML(svg).document.querySelectorAll(selector).length;
const ramp = (n: number) => Array.from({ length: n }, (_, i): [number, number] => [i * 10, 1 + i]);

describe("thinCurve", () => {
  test("leaves few points as they are, sorted by step", () => {
    expect(
      thinCurve([
        [2, 5],
        [1, 4],
      ]),
    ).toEqual([
      { step: 1, mean: 4, low: 4, high: 4 },
      { step: 2, mean: 5, low: 5, high: 5 },
    ]);
  });

  test("smooths all points before it thins them, and its ranges hold every raw value", () => {
    const points = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(points, (values) => {
        const thin = thinCurve(
          values.map((value, step) => [step, value]),
          { smoothing: 0.9, maxPoints: 40 },
        );
        expect(thin.length).toBe(Math.min(40, values.length));
        expect(Math.min(...thin.map(({ low }) => low))).toBe(Math.min(...values));
        expect(Math.max(...thin.map(({ high }) => high))).toBe(Math.max(...values));
        expect(thin.at(-1)?.step).toBe(values.length - 1);
      }),
    );
  });

  test("a piece without finite values is a gap", () => {
    expect(thinCurve([[1, NaN]])).toEqual([{ step: 1, mean: NaN, low: NaN, high: NaN }]);
  });
});

describe("linePlot", () => {
  const series = [
    { name: "train", points: ramp(1000) },
    { name: "val", points: ramp(5) },
  ];

  test("says title, run, step, axes, and each series with its last value", () => {
    const all = texts(linePlot({ title: "Loss", run: "cifar", step: 9990, y: "cross-entropy", series }));
    expect(all).toEqual(expect.arrayContaining(["Loss", "run cifar · step 9,990", "train 1,000", "val 5"]));
    expect(all).toEqual(expect.arrayContaining(["↑ cross-entropy", "step →", "0", "4,000"]));
  });

  test("draws one line per series, a band behind many points and dots on few", () => {
    const svg = linePlot({ title: "Loss", y: "loss", series, smoothing: 0.9 });
    expect(count(svg, '[aria-label="line"] path')).toBe(2);
    expect(count(svg, '[aria-label="area"] path')).toBe(1);
    expect(count(svg, '[aria-label="dot"] circle')).toBe(5);
  });

  test("a logarithmic axis shows 0.5 as such and leaves a gap for what is not positive", () => {
    const points: [number, number][] = [
      [0, 0.3],
      [1, 0.7],
      [2, 0],
      [3, 0.9],
      [4, 2],
    ];
    const svg = linePlot({ title: "Loss", y: "loss", logY: true, series: [{ name: "train", points }] });
    expect(texts(svg)).toEqual(expect.arrayContaining(["0.5", "1", "2"]));
    expect(count(svg, '[aria-label="dot"] circle')).toBe(4);
    expect(svg).not.toContain("NaN");
  });

  test.each([
    ["no series", []],
    ["no points", [{ name: "train", points: [] }]],
    [
      "NaN only",
      [
        {
          name: "train",
          points: [
            [1, NaN],
            [2, Infinity],
          ] as [number, number][],
        },
      ],
    ],
  ])("draws an empty frame that says so for %s", (_, nothing) => {
    for (const logY of [false, true]) {
      const svg = linePlot({ title: "Loss", y: "loss", series: nothing, logY });
      expect(texts(svg)).toContain("no finite values");
      expect(svg).not.toMatch(/="[^"]*NaN/);
    }
  });

  test("draws a single point, and the same data to the same bytes", () => {
    const draw = () => linePlot({ title: "Loss", y: "loss", series: [{ name: "a", points: [[5, 1]] }] });
    expect(count(draw(), '[aria-label="dot"] circle')).toBe(1);
    expect(draw()).toBe(draw());
  });
});

describe("confusionPlot", () => {
  const matrix = confusionMatrix([0, 0, 0, 1, 1], [0, 0, 1, 1, 1], 3);

  test("shows class names on both axes, counts in cells, and numbers at the colour bar", () => {
    const all = texts(confusionPlot({ title: "Test", matrix, classNames: ["cat", "dog", "owl"], run: "r", step: 7 }));
    for (const name of ["cat", "dog", "owl"]) expect(all.filter((text) => text === name)).toHaveLength(2);
    expect(all.filter((text) => text === "2")).toHaveLength(2);
    expect(all).toEqual(
      expect.arrayContaining(["predicted class", "true class", "0%", "50%", "100%", "run r · step 7"]),
    );
  });

  test("colours by the share of the row and leaves a row without samples empty", () => {
    const svg = confusionPlot({ title: "Test", matrix, classNames: ["cat", "dog", "owl"] });
    expect(count(svg, '[aria-label="cell"] rect')).toBe(6);
    const fills = Array.from(parseHTML(svg).document.querySelectorAll('[aria-label="cell"] rect'), (r) =>
      r.getAttribute("fill"),
    );
    expect([fills[3], fills[4]]).toEqual(["#440154", "#fde725"]); // viridis at 0 and 1
  });

  test("of more than 100 classes it shows the 100 with most errors, and says so", () => {
    const labels = Array.from({ length: 120 }, (_, k) => k);
    const predictions = labels.map((k) => (k < 100 ? (k + 1) % 100 : k));
    const classNames = labels.map((k) => `class ${k}`);
    const all = texts(confusionPlot({ title: "Test", matrix: confusionMatrix(labels, predictions, 120), classNames }));
    expect(all).toEqual(expect.arrayContaining(["Test, the 100 of 120 classes with most errors", "class 99"]));
    expect(all).not.toContain("class 100");
  });

  test("refuses names that do not match the matrix", () => {
    expect(() => confusionPlot({ title: "Test", matrix, classNames: ["cat"] })).toThrow("1 class names for 3 classes");
  });
});

test("barPlot draws values with whiskers; an undefined one is a dash, not a bar", () => {
  const bars = [
    { label: "cat", value: 0.5, deviation: 0.1 },
    { label: "dog", value: NaN },
    { label: "owl", value: 0.25 },
  ];
  const svg = barPlot({ title: "F1", x: "F1 score", bars });
  expect(texts(svg)).toEqual(expect.arrayContaining(["cat", "dog", "owl", "0.5", "–", "0.25", "F1 score →"]));
  expect(count(svg, '[aria-label="bar"]')).toBe(2);
  expect(svg).not.toContain("NaN");
});

test("hostile names are drawn as text in every plot, and still make a PNG", () => {
  const shown = hostile.replace("\u0007", "\\x07").replace("\ud800", "\ufffd");
  const svgs = [
    linePlot({ title: hostile, run: hostile, y: hostile, series: [{ name: hostile, points: [[1, 1]] }] }),
    confusionPlot({ title: hostile, matrix: confusionMatrix([0], [0], 1), classNames: [hostile] }),
    barPlot({ title: hostile, x: hostile, bars: [{ label: hostile, value: 1 }] }),
  ];
  for (const svg of svgs) {
    expect(svg).not.toContain("<script");
    expect(texts(svg)[0]).toBe(shown);
    expect(svgToPng(svg, { scale: 1 }).length).toBeGreaterThan(1000);
  }
});

test("svgToPng draws at two times scale on white, with letters from the package and its origin inside", async () => {
  const svg = linePlot({ title: "Loss", y: "loss", series: [{ name: "a", points: ramp(3) }], width: 300, height: 200 });
  const png = svgToPng(svg, { text: { run: "r", step: "3" } });
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  expect(info.width).toBe(600);
  expect(Array.from(data.subarray(-3))).toEqual([255, 255, 255]);
  const title = await sharp(png).extract({ left: 0, top: 0, width: 100, height: 44 }).greyscale().stats();
  expect(title.channels[0].min).toBeLessThan(60); // the title's letters are there
  expect(Object.fromEntries(readPngText(png))).toEqual({ run: "r", step: "3" });
});
