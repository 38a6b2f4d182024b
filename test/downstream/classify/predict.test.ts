import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { deflateSync } from "node:zlib";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodeClassifierMetadata, parseClassifierMetadata } from "../../../src/downstream/classify/model-metadata.ts";
import { predict, Predictor } from "../../../src/downstream/classify/predict.ts";
import { preprocess } from "../../../src/downstream/classify/preprocess.ts";
import { evaluationTransforms } from "../../../src/downstream/evaluation-transforms.ts";
import { imagenetNormalisation, normaliseInto } from "../../../src/data/transforms/normalise.ts";
import { encodePng } from "../../../src/formats/png.ts";
import { hostTensor } from "../../../src/graph/dtype.ts";
import { constant, input } from "../../../src/graph/leaf.ts";
import { encodeModel } from "../../../src/graph/onnx/encode.ts";
import { program } from "../../../src/graph/program.ts";
import { evaluate } from "../../nn/evaluate.ts";

const folder = mkdtempSync(join(tmpdir(), "fovea-predict-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const metadata = {
  labels: ["dark", "bright"],
  inputSize: [8, 8],
  resize: evaluationTransforms(8),
  mean: imagenetNormalisation.mean,
  std: imagenetNormalisation.std,
} as const;

/** A classifier by hand: `bright` wins where the mean of the normalised image is above 0. */
function writeModel(name: string, values: Record<string, string>): string {
  const image = input("image", [1, 8, 8, 3], "uint8");
  const mean = preprocess(image, imagenetNormalisation).mean().reshape([1, 1]);
  const logits = mean.mul(constant(hostTensor("float32", [1, 2], Float32Array.of(-1, 1))));
  const path = join(folder, name);
  writeFileSync(
    path,
    encodeModel(program({ outputs: { logits, probabilities: logits.softmax(-1) } }), { metadata: values }),
  );
  return path;
}

function writeGrey(name: string, grey: number): string {
  const path = join(folder, name);
  const pixels = { width: 20, height: 12, channels: 3, data: new Uint8Array(20 * 12 * 3).fill(grey) } as const;
  writeFileSync(path, encodePng(pixels, { deflate: deflateSync }));
  return path;
}

let model: string;
beforeAll(() => {
  model = writeModel("model.onnx", encodeClassifierMetadata(metadata));
});

test("predictions come best first, in the order of the files, at any image size", async () => {
  const files = [writeGrey("white.png", 255), writeGrey("black.png", 0)];
  const [white, black] = await predict(model, files, { device: "cpu", threads: 1 });
  expect(white).toMatchObject({ image: files[0], top: [{ label: "bright" }, { label: "dark" }] });
  expect(black).toMatchObject({ image: files[1], top: [{ label: "dark" }, { label: "bright" }] });
  const scores = "top" in white ? white.top.map(({ score }) => score) : [];
  expect(scores[0] + scores[1]).toBeCloseTo(1, 6);
  expect(scores[0]).toBeGreaterThan(0.9);
});

test("a file that is no image is an entry with its error, and the others are still predicted", async () => {
  const broken = join(folder, "broken.jpg");
  writeFileSync(broken, "not an image");
  const results = await predict(model, [broken, writeGrey("grey.png", 128)], { top: 1, threads: 1 });
  expect(results[0]).toMatchObject({ image: broken, error: expect.stringContaining("broken.jpg") });
  expect(results[1]).toMatchObject({ top: [{ label: expect.any(String) }] });
});

test("the graph's own preprocessing is the training's, to float32", async () => {
  const pixels = Uint8Array.from({ length: 8 * 8 * 3 }, (_, i) => (i * 37) % 256);
  const image = input("image", [1, 8, 8, 3], "uint8");
  const feeds = { image: hostTensor("uint8", [1, 8, 8, 3], pixels) };
  const { y } = await evaluate({ y: preprocess(image, imagenetNormalisation) }, { feeds });
  const expected = new Float32Array(y.length);
  normaliseInto({ width: 8, height: 8, channels: 3, data: pixels }, imagenetNormalisation, expected);
  y.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 5));
});

test("metadata survives the way through strings", () => {
  expect(parseClassifierMetadata(encodeClassifierMetadata(metadata), "model.onnx")).toEqual(metadata);
});

test.each([
  [{}, /its metadata has no labels, so it is not a classifier of fovea/],
  [{ labels: '["only"]' }, /metadata labels is \["only"\]: /],
  [{ labels: "cats" }, /metadata labels is cats: /],
  [{ inputSize: "[7,8]" }, /a classifier takes image uint8 \[1, 7, 8, 3\], this one takes image uint8 \[1, 8, 8, 3\]/],
  [{ labels: '["a","b","c"]' }, /3 labels need probabilities \[1, 3\], found \[1, 2\]/],
  [{ resize: "[]" }, /metadata resize does not end in a centre crop to 8 × 8/],
])("a model with metadata %j is refused by name of the field", async (changed, message) => {
  const values = Object.keys(changed).length === 0 ? {} : { ...encodeClassifierMetadata(metadata), ...changed };
  await expect(Predictor.load(writeModel("foreign.onnx", values as Record<string, string>))).rejects.toThrow(message);
});

test("bytes that are no ONNX never reach the runtime", async () => {
  const path = join(folder, "junk.onnx");
  writeFileSync(path, new Uint8Array(100).fill(255));
  await expect(Predictor.load(path)).rejects.toThrow(/junk\.onnx: not an ONNX file/);
});
