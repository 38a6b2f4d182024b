import { expect, test } from "vitest";
import type { Outcome } from "../../bench/alternate.ts";
import { renderTable } from "../../bench/table.ts";

const spread = (median: number, min: number, max: number) => ({ median, min, max, count: 3 });

test("writes a Markdown table with the subject's name over the ratios, and notes below it", () => {
  const outcomes: Outcome[] = [
    {
      name: "fovea",
      state: "measured",
      versions: { ort: "1.30.0" },
      threads: 2,
      ms: spread(302, 300, 310.25),
      ratio: spread(1, 1, 1),
      loss: 0.98765,
      peakMb: 1234.4,
      rounds: [[302]],
    },
    {
      name: "peer",
      state: "measured",
      versions: {},
      ms: spread(604, 600, 700),
      ratio: spread(0.5, 0.45, 0.51),
      note: "one thread",
      rounds: [[604]],
    },
    { name: "absent", state: "not installed", install: "npm install absent" },
    { name: "broken", state: "failed", reason: "ended early (SIGSEGV)" },
  ];
  expect(renderTable({ title: "ViT-Ti", outcomes })).toBe(
    `ViT-Ti

| contestant | ms, median    | ms, range   | fovea / it | range     | loss   | peak MB | versions              |
|------------|---------------|-------------|------------|-----------|--------|---------|-----------------------|
| fovea      | 302.0         | 300.0-310.3 | 1.00       | 1.00-1.00 | 0.9877 | 1234    | ort 1.30.0, 2 threads |
| peer       | 604.0         | 600.0-700.0 | 0.50       | 0.45-0.51 |        |         |                       |
| absent     | not installed |             |            |           |        |         |                       |
| broken     | failed        |             |            |           |        |         |                       |

peer: one thread
absent: not installed: npm install absent
broken: failed: ended early (SIGSEGV)`,
  );
});
