import { parseHTML } from "linkedom";
import { describe, expect, test } from "vitest";
import { linePlot } from "../../src/report/line-plot.ts";
import { imageGrid } from "../../src/report/image-grid.ts";
import { renderPage, type ReportPage } from "../../src/report/page.ts";

const hostile = `<img src=x onerror="alert(1)">'&`;
const svg = linePlot({
  title: "Loss",
  y: "loss",
  series: [
    {
      name: "train",
      points: [
        [0, 1],
        [1, 2],
      ],
    },
  ],
});
const png = imageGrid({
  rows: [{ images: [{ width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 9) }] }],
  scale: 10,
});

const page: ReportPage = {
  title: "cifar-ft",
  subtitle: "done",
  summary: [
    ["accuracy", 0.81234567],
    ["steps", 1200],
    ["best", null],
  ],
  sections: [
    { heading: "Curves", text: "First.\n\nSecond.", figures: [{ svg, alt: "Loss falls", caption: "smoothed" }] },
    { heading: "Reconstructions", figures: [{ png, alt: "pairs", pixelRatio: 2 }] },
    {
      heading: "Scores",
      tables: [
        {
          columns: ["class", "F1"],
          rows: [
            ["cat", 0.5],
            ["dog", 0.625],
          ],
        },
      ],
    },
  ],
  footer: "seed 0",
};
const render = (changes: Partial<ReportPage> = {}) => parseHTML(renderPage({ ...page, ...changes })).document;

describe("renderPage", () => {
  test("holds title, summary, sections in order, tables and footer", () => {
    const document = render();
    expect(document.querySelector("h1")?.textContent).toBe("cifar-ft");
    expect(Array.from(document.querySelectorAll("h2"), (h) => h.textContent)).toEqual([
      "Curves",
      "Reconstructions",
      "Scores",
    ]);
    expect(Array.from(document.querySelectorAll("dd"), (d) => d.textContent)).toEqual(["0.8123", "1,200", ""]);
    expect(Array.from(document.querySelectorAll("td"), (d) => d.textContent)).toEqual(["cat", "0.500", "dog", "0.625"]);
    expect(document.querySelectorAll("section > p")).toHaveLength(2);
    expect(document.querySelector("footer")?.textContent).toBe("seed 0");
  });

  test("every picture has a name, a size and its bytes inside", () => {
    const document = render();
    expect(document.querySelector("figure svg")?.getAttribute("aria-label")).toBe("Loss falls");
    const img = document.querySelector("figure img");
    expect(["alt", "width", "height"].map((name) => img?.getAttribute(name))).toEqual(["pairs", "16", "11"]);
    expect(img?.getAttribute("src")).toBe(`data:image/png;base64,${Buffer.from(png).toString("base64")}`);
  });

  test("needs nothing else: no script, no address outside, and a policy that forbids both", () => {
    const html = renderPage(page);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"`);
    expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:|<script|<link|@import/);
  });

  test("every string is shown as text, whatever it holds", () => {
    const document = render({
      title: hostile,
      subtitle: hostile,
      summary: [[hostile, hostile]],
      footer: hostile,
      sections: [
        {
          heading: hostile,
          text: hostile,
          figures: [
            { svg, alt: hostile, caption: hostile },
            { png, alt: hostile },
          ],
          tables: [{ caption: hostile, columns: [hostile], rows: [[hostile]] }],
        },
      ],
    });
    expect(document.querySelectorAll("[onerror]")).toHaveLength(0);
    expect(document.querySelectorAll("img")).toHaveLength(1);
    for (const name of [
      "title",
      "h1",
      ".subtitle",
      "dt",
      "dd",
      "footer",
      "h2",
      "section > p",
      "figcaption",
      "caption",
      "th",
      "td",
    ]) {
      expect(document.querySelector(name)?.textContent, name).toBe(hostile);
    }
    expect(document.querySelector("figure svg")?.getAttribute("aria-label")).toBe(hostile);
    expect(document.querySelector("img")?.getAttribute("alt")).toBe(hostile);
  });

  test("control characters are made visible", () => {
    expect(render({ title: "a\u001b[31m" }).querySelector("h1")?.textContent).toBe("a\\x1b[31m");
  });

  test.each(['<svg xmlns=""><script>1</script></svg>', "<svg ><foreignObject/></svg>", "<p>", '<svg ><a href="x">'])(
    "refuses as a figure %s",
    (foreign) => {
      expect(() =>
        renderPage({ title: "x", sections: [{ heading: "y", figures: [{ svg: foreign, alt: "z" }] }] }),
      ).toThrow("this svg holds more than the plots of fovea/report draw");
    },
  );
});
