/** Golden cases around convolutions in the plain and in the blocked layout (../shared/golden). */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { blockSize } from "../../../src/runtime/layout/block-size.ts";
import { blockedForm } from "../../../src/runtime/layout/blocked-form.ts";
import { readGoldenSet } from "../../golden/golden-files.ts";
import { buildCase, runCase } from "../../golden/run-case.ts";

const json = fileURLToPath(new URL("../../../../shared/golden/ops.json", import.meta.url));
const here = existsSync(json);
const set = here ? readGoldenSet(json) : undefined;
const block = await blockSize();
const cases = (set?.cases ?? []).filter(({ op }) => /conv|pool|norm|interpolate|relu|softplus/.test(op));
/** Two spatial axes and one group: these the blocked layout knows. */
const blocked = ["conv2d_3x3", "conv2d_stride2", "conv2d_dilated", "conv2d_no_pad", "conv2d_stride2_even"];

test.skipIf(here)("golden cases are skipped: there is no ../shared/golden beside the repository", () => {});

describe.skipIf(!here)(`golden convolutions, block ${block}`, () => {
  test.each(["plain", "blocked"] as const)("value and gradients match PyTorch in the %s layout", async (convLayout) => {
    const results = [];
    for (const golden of cases) results.push(await runCase(golden, set!, "cpu", { convLayout }));
    expect(results.filter(({ status }) => status !== "passed")).toEqual([]);
    expect(results.length).toBeGreaterThan(20);
  });

  test.skipIf(block === 1)("the blocked layout is one: there are blocked convolutions, for gradients too", () => {
    for (const name of blocked) {
      const golden = cases.find((candidate) => candidate.name === name);
      const { nodes } = blockedForm(buildCase(golden!, set!).program, {
        block,
        choice: "all",
        settle: () => new Map(),
      });
      const convolutions = nodes.filter(({ operator }) => operator.type === "Conv" && operator.domain !== "");
      expect(convolutions.length, name).toBeGreaterThan(name === "conv2d_3x3" ? 1 : 0);
    }
  });
});
