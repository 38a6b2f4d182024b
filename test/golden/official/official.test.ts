/** Our models against the official code in float64 (../shared/golden/official). */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { findGoldenFiles } from "../golden-files.ts";
import { missingDevice, openGoldenFiles, runHere, runOn, type GoldenDevice } from "../run-on.ts";

const directory = fileURLToPath(new URL("../../../../shared/golden/official", import.meta.url));
const here = existsSync(directory);
const cases = here ? findGoldenFiles(directory).map((files) => ({ files, name: openGoldenFiles(files).names[0] })) : [];

test.skipIf(here)("official cases are skipped: there is no ../shared/golden/official beside the repository", () => {});

describe.skipIf(!here)("official models on the CPU", () => {
  test.for(cases)("$name: outputs and gradients agree with the official code", async ({ files, name }, { skip }) => {
    const [result] = await runHere(files, "cpu");
    if (result.status === "skipped") skip(result.why);
    expect(result).toEqual({ name, status: "passed" });
  });
});

/** One model of each kind of architecture: a whole set takes minutes on SwiftShader. */
const sample = [
  "swin/simmim-vit",
  "knowledge-condensation/net-resnet",
  "swin/v1",
  "u-vit/class",
  "autoencoder-kl/blocks",
  "swin/v2",
  "feature-distillation/swin-esvit",
  "eva/mim",
  "eva/clip-02",
];

describe.for(["wasm", "webgpu"] satisfies GoldenDevice[])("a sample of official models on %s", (device) => {
  const missing = missingDevice(device);
  const some = cases.filter(({ name }) => sample.includes(name));
  const title = `$name agrees with the official code${missing === undefined ? "" : `; skipped: ${missing}`}`;
  test.skipIf(missing !== undefined).for(some)(title, async ({ files, name }, { skip }) => {
    const [result] = await runOn(files, device);
    if (result.status === "skipped") skip(result.why);
    expect(result).toEqual({ name, status: "passed" });
  });
});
