import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { heatMap } from "../../src/report/heat-map.ts";
import { renderPage } from "../../src/report/page.ts";
import { pageScript } from "../../src/report/page-script.ts";
import { panelPlot } from "../../src/report/panel-plot.ts";
import type { PanelPoint } from "../../src/report/panel-plot-spec.ts";

const hostile = `<script>alert(1)</script>"'&`;
const point = (panel: string, x: number, y: number, more: Partial<PanelPoint> = {}): PanelPoint => ({
  ...{ panel, x, y, tip: `${panel} at ${x}\nloss ${y}` },
  ...more,
});
const options = {
  title: "Loss",
  x: { label: "updates", type: "log", ticks: [1, 2, 4] },
  y: { label: "loss" },
  panels: ["a", "b"],
} as const;
const series = [
  { name: "S", points: [point("a", 1, 0.5), point("a", 2, 0.4), point("b", 1, 0.6), point("b", 2, NaN)] },
  { name: "B", points: [point("a", 1, 0.45, { hollow: true, low: 0.44, high: 0.46 })] },
];
const documentOf = (svg: string) => parseHTML(svg).document;
const texts = (svg: string) => Array.from(documentOf(svg).querySelectorAll("text"), (node) => node.textContent);

describe("panelPlot", () => {
  const svg = panelPlot({ ...options, series });

  test("names panels, axes and series, and gives each finite point its text", () => {
    expect(texts(svg)).toEqual(expect.arrayContaining(["Loss", "S", "B", "a", "b", "updates", "loss", "1", "2", "4"]));
    const tips = Array.from(documentOf(svg).querySelectorAll("circle title"), (node) => node.textContent);
    expect(tips.sort()).toEqual(["a at 1\nloss 0.45", "a at 1\nloss 0.5", "a at 2\nloss 0.4", "b at 1\nloss 0.6"]);
  });

  test("draws rings for hollow points and whiskers where they are given", () => {
    expect(documentOf(svg).querySelectorAll('circle[fill="none"]')).toHaveLength(1);
    expect(documentOf(svg).querySelectorAll('[aria-label="rule"] line')).toHaveLength(1);
  });

  test("marks each series so that its legend can switch it", () => {
    const names = Array.from(documentOf(svg).querySelectorAll("[data-series]"), (g) => g.getAttribute("data-series"));
    expect(names).toEqual(["S", "B"]);
    for (const name of names) {
      expect(documentOf(svg).querySelectorAll(`[aria-description="${name}"]`).length).toBeGreaterThan(0);
    }
  });

  test("a logarithmic axis within a decade carries a number at every tick", () => {
    const narrow = { ...options, y: { label: "loss", type: "log" as const }, panels: ["a"] };
    const shown = texts(panelPlot({ ...narrow, series: [{ name: "S", points: [point("a", 1, 0.44), point("a", 2, 0.52)] }] })); // prettier-ignore
    expect(shown).toEqual(expect.arrayContaining(["0.46", "0.48", "0.5"]));
  });

  test("refuses a point in a panel that is not there", () => {
    expect(() => panelPlot({ ...options, series: [{ name: "S", points: [point("c", 1, 1)] }] })).toThrow(
      'panelPlot: no panel "c" among a, b',
    );
  });

  test("shows names as text, whatever they hold", () => {
    const named = panelPlot({
      ...options,
      panels: [hostile],
      series: [{ name: hostile, points: [point(hostile, 1, 1), point(hostile, 2, 2)] }],
    });
    expect(documentOf(named).querySelectorAll("script")).toHaveLength(0);
    expect(texts(named)).toContain(hostile);
  });
});

describe("heatMap", () => {
  const cell = (row: string, column: string, value: number) => ({ row, column, value, text: `${value}%`, tip: row });
  const svg = heatMap({
    title: "Change",
    x: "data",
    y: "size",
    rows: ["S", "B"],
    columns: ["few", "many"],
    colors: "diverging",
    cells: [cell("S", "few", 6), cell("S", "many", -2), cell("B", "few", 0)],
  });

  test("writes each value into its cell and leaves absent cells empty", () => {
    expect(texts(svg)).toEqual(
      expect.arrayContaining(["Change", "data", "size", "few", "many", "S", "6%", "-2%", "0%"]),
    );
    expect(documentOf(svg).querySelectorAll("rect title")).toHaveLength(3);
  });

  test("is red above 0, blue below and pale at 0", () => {
    const fills = Array.from(documentOf(svg).querySelectorAll("rect"), (rect) => {
      const [r, , b] = (/rgb\((.*)\)/.exec(rect.getAttribute("fill") ?? "")?.[1] ?? "").split(",").map(Number);
      return Math.sign(Math.round((r - b) / 20));
    });
    expect(fills).toEqual([1, -1, 0]);
  });
});

describe("an interactive page", () => {
  const svg = panelPlot({ ...options, series });
  const html = renderPage({
    title: "Study",
    interactive: true,
    sections: [
      {
        heading: "Loss",
        figures: [{ svg, alt: "loss", name: "loss" }],
        tables: [{ name: "cells", columns: ["a"], rows: [[0.123456789]] }],
      },
    ],
  });

  test("holds one script, and a policy that names it by its hash", async () => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(pageScript));
    const scripts = documentOf(html).querySelectorAll("script");
    expect(Array.from(scripts, (script) => script.textContent)).toEqual([pageScript]);
    expect(html).toContain(`script-src 'sha256-${Buffer.from(digest).toString("base64")}';`);
  });

  test("offers figure and table as files, with all digits", () => {
    const links = Array.from(documentOf(html).querySelectorAll("a[download]"), (a) => [
      a.getAttribute("download"),
      Buffer.from((a.getAttribute("href") ?? "").split("base64,")[1], "base64").toString(),
    ]);
    expect(Object.fromEntries(links)).toEqual({ "loss.svg": svg, "cells.csv": "a\r\n0.123456789\r\n" });
  });
});
