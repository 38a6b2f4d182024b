import { expect, test } from "vitest";
import { blockRows } from "../../src/report/block-rows.ts";

test("each part of a network is a bar as wide as its blocks, in the colour of its kind", () => {
  const svg = blockRows({
    title: "Networks",
    kinds: ["trained", "frozen"],
    rows: [{ label: "module 0 <b>", parts: [{ label: "0", width: 3, kind: 0 }, { label: "1", width: 1, kind: 1 }] }], // prettier-ignore
  });
  const widths = [...svg.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map(([, width]) => Number(width));
  expect(widths).toHaveLength(2);
  expect((widths[0] + 2) / (widths[1] + 2)).toBeCloseTo(3, 5); // insets of a pixel on both sides
  expect(svg).toContain("frozen");
  expect(svg).toContain("module 0 &lt;b&gt;");
  expect(svg).not.toContain("<b>");
});
