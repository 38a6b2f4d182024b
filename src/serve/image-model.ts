import { basename } from "node:path";
import type { RawImage } from "../data/image.ts";
import { centreCrop } from "../data/transforms/crop.ts";
import { resize } from "../data/transforms/resize.ts";
import { FoveaError } from "../errors/fovea-error.ts";
import { readFileBytes } from "../files/byte-source.node.ts";
import { hostTensor } from "../graph/dtype.ts";
import { decodeModel } from "../graph/onnx/decode.ts";
import type { Program } from "../graph/program.ts";
import { show } from "../graph/tensor.ts";
import { compile, type Executable } from "../runtime/compile.ts";
import type { DeviceOptions } from "../runtime/device.ts";

/** A class and its probability. */
export interface Prediction {
  readonly label: string;
  /** Softmax of the logits, 0 to 1. */
  readonly score: number;
}

/** A classifier as `fovea export` writes it: uint8 [1, H, W, 3] in, logits [1, K] out, labels in its metadata. */
export class ImageModel {
  /** By class index. */
  readonly labels: readonly string[];
  readonly inputSize: readonly [height: number, width: number];
  readonly metadata: Readonly<Record<string, string>>;
  private readonly executable: Executable;

  private constructor(executable: Executable, metadata: Readonly<Record<string, string>>, shape: readonly number[]) {
    const [, height = 0, width = 0] = shape;
    const classes = executable.program.outputs.get(logits)?.shape[1] ?? 0;
    this.executable = executable;
    this.metadata = metadata;
    this.inputSize = [height, width];
    this.labels = parseLabels(metadata["labels"], classes);
  }

  /** @throws FoveaError when the file is no ONNX model, or not one that `fovea export` wrote for classification */
  static async load(path: string, options: DeviceOptions = {}): Promise<ImageModel> {
    const { program, metadata } = decodeModel(readFileBytes(path), { source: basename(path) });
    const shape = checkInterface(program, path);
    return new ImageModel(await compile(program, options), metadata, shape);
  }

  /** All classes of one image, the likeliest first. The image is resized as the model's metadata say. */
  async predict(image: RawImage): Promise<Prediction[]> {
    const [height, width] = this.inputSize;
    const fitted = fit(image, height, width, this.metadata["resize"]);
    const feeds = { [imageName]: hostTensor("uint8", [1, height, width, 3], new Uint8Array(fitted.data)) };
    const values = (await this.executable.run(feeds)).get(logits)?.data as Float32Array; // checked by `checkInterface`
    return softmax(values)
      .map((score, i) => ({ label: this.labels[i] ?? String(i), score }))
      .sort((a, b) => b.score - a.score);
  }

  dispose(): Promise<void> {
    return this.executable.dispose();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}

const imageName = "image";
const logits = "logits";

function checkInterface(program: Program, path: string): readonly number[] {
  const image = program.inputs.get(imageName);
  const output = program.outputs.get(logits);
  const good =
    program.inputs.size === 1 &&
    image?.dtype === "uint8" &&
    image.rank === 4 &&
    image.shape[0] === 1 &&
    image.shape[3] === 3 &&
    output?.dtype === "float32" &&
    output.rank === 2;
  if (good) return image.shape;
  const list = (tensors: Program["inputs"]) => [...tensors].map(([name, tensor]) => `${name} ${show(tensor)}`).join(", ");
  throw new FoveaError(
    "predict/model",
    `${path}: inputs ${list(program.inputs)}; outputs ${list(program.outputs)}: prediction needs image uint8 [1, H, W, 3] and logits [1, K]`,
    { hint: "`fovea export RUN` (without --raw) of a classifier's run writes such a model" },
  );
}

/** Short side to the input's, by the resize of the metadata where it gives a number, then the centre. */
function fit(image: RawImage, height: number, width: number, stated: string | undefined): RawImage {
  if (image.height === height && image.width === width) return image;
  const short = Math.max(Number(stated) || 0, height, width);
  return centreCrop(resize(image, short, "bilinear"), [height, width]);
}

function parseLabels(text: string | undefined, classes: number): string[] {
  try {
    const labels: unknown = JSON.parse(text ?? "[]");
    if (Array.isArray(labels) && labels.length === classes) return labels.map(String);
  } catch {
    // a foreign file: its classes have numbers
  }
  return Array.from({ length: classes }, (_, i) => String(i));
}

function softmax(values: Float32Array): number[] {
  const largest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Array.from(values, (value) => Math.exp(value - largest));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}
