import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { analyse } from "../../../../src/systems/data-scaling/analysis/analyse.ts";
import { published } from "../../../../src/systems/data-scaling/published.ts";
import { studyReport } from "../../../../src/systems/data-scaling/study-report/study-report.ts";
import type { StudyTable } from "../../../../src/systems/data-scaling/study-table.ts";
import { fakeStudy } from "../fake-study.ts";

const few = { resamples: 20 };
const reportOf = (table: StudyTable) => studyReport(analyse(table, few));
const documentOf = (files: ReadonlyMap<string, string>) => parseHTML(files.get("report.html") ?? "").document;
const headings = (files: ReadonlyMap<string, string>) =>
  Array.from(documentOf(files).querySelectorAll("h2"), (node) => node.textContent);

describe("of the published table", () => {
  const files = reportOf(published);
  const document = documentOf(files);

  test("is one page with every figure as SVG and every table as CSV beside it", () => {
    const names = [...files.keys()].sort();
    expect(names).toEqual(
      expect.arrayContaining([
        "figures/loss-against-data.svg",
        "figures/loss-against-length.svg",
        "figures/loss-against-size.svg",
        "figures/loss-frontier.svg",
        "figures/over-fit-map.svg",
        "figures/score-against-loss.svg",
        "tables/cells.csv",
        "tables/indicator.csv",
      ]),
    );
    expect(document.querySelectorAll("figure svg")).toHaveLength(names.filter((name) => name.endsWith(".svg")).length);
    expect(document.querySelectorAll("table")).toHaveLength(names.filter((name) => name.endsWith(".csv")).length);
  });

  test("offers each of those files from the page itself, with the same bytes", () => {
    for (const link of document.querySelectorAll("a[download]")) {
      const name = link.getAttribute("download") ?? "";
      const bytes = Buffer.from((link.getAttribute("href") ?? "").split("base64,")[1], "base64").toString();
      expect(bytes, name).toBe(files.get(name.endsWith(".svg") ? `figures/${name}` : `tables/${name}`));
    }
  });

  test("fetches nothing, and its policy lets only its own script run", () => {
    const html = files.get("report.html") ?? "";
    expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|<link|@import|src="(?!data:)/);
    expect(html).toMatch(/default-src 'none'; script-src 'sha256-[^']+';/);
  });

  test("has a text for each of the 63 cells in the scatter, and a ring for each of the 14 over-fitted ones", () => {
    const scatter = parseHTML(files.get("figures/score-against-loss.svg") ?? "").document;
    const titles = Array.from(scatter.querySelectorAll("circle title"), (node) => node.textContent);
    expect(titles).toHaveLength(63);
    expect(titles).toContain(
      "L on 1K 20%, 500k updates\nvalidation loss 0.4960\nscore 84.59%\n195M parameters, 256k images, 3,996 epochs\nover-fitted",
    );
    expect(scatter.querySelectorAll('circle[fill="none"]')).toHaveLength(14);
  });

  test("says what the specification found", () => {
    const text = document.querySelector("main")?.textContent ?? "";
    expect(text).toContain("14 of 63 cells are over-fitted");
    expect(text).toContain("1K 20%: 4 of 4 sizes (S from 500k, B from 500k, L from 250k, H from 250k)");
    expect(text).toContain("lowered the loss in 0 of 12 pairs");
    expect(text).toContain("costs 0.074 points of score on average (0.48 at worst)");
    expect(text).toContain("the loss rose in 14, and the score fell in 7 of these");
    expect(text).toContain("misses it by up to +0.0036 (g on 1K)");
  });

  test("writes all 63 cells as CSV with all digits", () => {
    const rows = (files.get("tables/cells.csv") ?? "").trim().split("\r\n");
    expect(rows).toHaveLength(64);
    expect(rows[0]).toMatch(/^size,data,images,updates,seeds,parameters,epochs,FLOPs,validation loss/);
    expect(rows[1]).toContain("S,1K 10%,128117,125000,1,48959418,1998");
  });
});

describe("of a study with curves and seeds", () => {
  test("shows the curves and where runs should have stopped", () => {
    const files = reportOf(fakeStudy({ scores: true }));
    expect(headings(files)).toContain("Inside the runs");
    expect(files.has("figures/validation-curves.svg")).toBe(true);
    expect(files.get("tables/stopping.csv")).toContain("size,data,updates,seed,best at");
  });

  test("leaves out what needs a score where nothing was fine-tuned", () => {
    const files = reportOf(fakeStudy({ scores: false }));
    expect(headings(files)).not.toContain("Which run to keep");
    expect(files.has("figures/score-against-loss.svg")).toBe(false);
    expect(documentOf(files).querySelector("main")?.textContent).toContain("Too few cells were fine-tuned");
    expect(documentOf(files).querySelector("main")?.textContent).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("can be written of a single cell", () => {
    const table = fakeStudy({ scores: false });
    const files = reportOf({ ...table, cells: table.cells.slice(0, 1) });
    expect(documentOf(files).querySelector("main")?.textContent).not.toMatch(/NaN|undefined|Infinity/);
  });
});

test("names from a study are shown as text, whatever they hold", () => {
  const hostile = '<img src=x onerror="alert(1)">';
  const table = fakeStudy({ scores: true });
  const renamed = (name: string) => (name === "S" ? hostile : name);
  const files = reportOf({
    ...table,
    source: hostile,
    sizes: table.sizes.map(renamed),
    cells: table.cells.map((cell) => ({ ...cell, size: renamed(cell.size) })),
  });
  expect(documentOf(files).querySelectorAll("img, [onerror]")).toHaveLength(0);
  expect(documentOf(files).querySelector(".subtitle")?.textContent).toContain(hostile);
});
