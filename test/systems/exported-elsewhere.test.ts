import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostTensor } from "../../src/graph/dtype.ts";
import { decodeModel } from "../../src/graph/onnx/decode.ts";
import { compile } from "../../src/runtime/compile.ts";
import { findRecipe } from "../../src/systems/catalogue.ts";
import { exportRun } from "../../src/train/export-run.ts";
import { mergeRecipe, resolveRecipe } from "../../src/train/recipe.ts";
import { RunDirectory } from "../../src/train/run-directory.ts";
import { runTraining } from "../../src/train/run-training.ts";
import { findChromium, installChromium } from "../browser/chromium.ts";
import { runInChromium } from "../browser/run-in-chromium.ts";
import { pixels } from "./run-exported.ts";

const out = mkdtempSync(join(tmpdir(), "fovea-export-"));
const size = 32;
let path: string;
let logits: number[];

beforeAll(async () => {
  const recipe = findRecipe("classify/tiny");
  const run = RunDirectory.create(out, "model");
  await runTraining({
    method: recipe.method,
    recipe: resolveRecipe(mergeRecipe(recipe, recipe.smoke)),
    run,
    threads: 1,
  });
  ({ path } = await exportRun({ method: recipe.method, run }));
  await using own = await compile(decodeModel(readFileSync(path)).program, { threads: 1 });
  logits = Array.from(
    (await own.run({ image: hostTensor("uint8", [1, size, size, 3], pixels(size)) })).get("logits")
      ?.data as Float32Array,
  );
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

function expectLogits(got: readonly number[]): void {
  expect(got).toHaveLength(8);
  got.forEach((value, i) => expect(Math.abs(value - (logits[i] as number))).toBeLessThanOrEqual(1e-5));
}

test("stock onnxruntime-node gives the same logits from the file", async () => {
  const session = await InferenceSession.create(path);
  const results = await session.run({ image: new Tensor("uint8", pixels(size), [1, size, size, 3]) });
  expectLogits(Array.from(results["logits"]?.data as Float32Array));
  await session.release();
});

test("stock onnxruntime-web gives the same logits in headless Chromium", async (context) => {
  context.skip(findChromium() === undefined, `no Chromium: ${installChromium}`);
  const entry = fileURLToPath(new URL("run-exported.ts", import.meta.url));
  expectLogits((await runInChromium({ entry, argument: { size }, files: { "model.onnx": path } })) as number[]);
});

test("the file holds only ONNX's own operators, every shape, and what a user needs to know", () => {
  const { graph, opsetImport, metadataProps } = fromBinary(ModelProtoSchema, readFileSync(path));
  expect(opsetImport.map(({ domain }) => domain)).toEqual([""]);
  const values = [...(graph?.valueInfo ?? []), ...(graph?.input ?? []), ...(graph?.output ?? [])];
  const shaped = new Set(
    values.flatMap(({ name, type }) =>
      type?.value.case === "tensorType" && type.value.value.shape?.dim.every(({ value }) => value.case === "dimValue")
        ? [name]
        : [],
    ),
  );
  for (const node of graph?.node ?? [])
    for (const name of node.output) if (name !== "") expect(shaped.has(name), name).toBe(true);
  const metadata = Object.fromEntries(metadataProps.map(({ key, value }) => [key, value]));
  expect(JSON.parse(metadata["labels"] as string)).toContain("ring");
  expect(JSON.parse(metadata["inputSize"] as string)).toEqual([32, 32]);
  expect(JSON.parse(metadata["mean"] as string)).toEqual([0.485, 0.456, 0.406]);
});
