/** Operators, functions, losses and optimisers against PyTorch in float64 (../shared/golden). */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { operatorFiles, readGoldenSet } from "../golden/golden-files.ts";
import { missingDevice, runOn } from "../golden/run-on.ts";
import { caseNames, runSet } from "../golden/run-set.ts";

const json = fileURLToPath(new URL("../../../shared/golden/ops.json", import.meta.url));
const files = operatorFiles(json);
const here = existsSync(json);
const set = here ? readGoldenSet(json) : undefined;

test.skipIf(here)("golden cases are skipped: there is no ../shared/golden beside the repository", () => {});

describe.skipIf(!here)("golden cases on the CPU", () => {
  test.for(set === undefined ? [] : caseNames(set))("%s: value and gradients match PyTorch", async (name, { skip }) => {
    const [result] = set === undefined ? [] : await runSet(set, "cpu", [name]);
    if (result?.status === "skipped") skip(result.why);
    expect(result).toEqual({ name, status: "passed" });
  });
});

/** One case of each family: a whole set takes a minute on SwiftShader. */
const sample = [
  ..."add_broadcast sin maximum where matmul_broadcast_rhs attention softmax_axis1 layer_norm mean_02keep".split(" "),
  ..."slice roll gather embedding pad_reflect cross_entropy_ignore cosine_similarity conv2d_3x3 adamw".split(" "),
];
const missingChromium = missingDevice("wasm");
const missingDriver = missingDevice("webgpu");

test.skipIf(!here || missingChromium !== undefined)(
  `golden cases in a browser (wasm) match PyTorch${missingChromium === undefined ? "" : `; skipped: ${missingChromium}`}`,
  async () => {
    const results = await runOn(files, "wasm");
    expect(results.filter(({ status }) => status === "failed")).toEqual([]);
    expect(results.filter(({ status }) => status === "passed").length).toBeGreaterThan(100);
  },
);

test.skipIf(!here || missingDriver !== undefined)(
  `a case of each family on WebGPU matches PyTorch${missingDriver === undefined ? "" : `; skipped: ${missingDriver}`}`,
  async ({ skip }) => {
    const results = await runOn(files, "webgpu", sample);
    const refused = results.find(
      (result) => result.status === "skipped" && result.why.startsWith("webgpu is not there"),
    );
    if (refused?.status === "skipped") skip(refused.why);
    expect(results.filter(({ status }) => status === "failed")).toEqual([]);
    expect(results).toHaveLength(sample.length);
  },
);
