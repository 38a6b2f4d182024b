import { generator } from "../../random/generator.ts";
import { FoveaError } from "../../errors/fovea-error.ts";
import { readImageFile } from "../../data/image-file.ts";
import type { RawImage } from "../../data/image.ts";
import { applyTransforms } from "../../data/transforms/transform.ts";
import { withModelFile } from "../../formats/onnx-model-file.node.ts";
import { hostTensor } from "../../graph/dtype.ts";
import { decodeModel } from "../../graph/onnx/decode.ts";
import type { Program } from "../../graph/program.ts";
import { show } from "../../graph/tensor.ts";
import { compile, type Executable } from "../../runtime/compile.ts";
import type { DeviceOptions } from "../../runtime/device.ts";
import { parseClassifierMetadata, type ClassifierMetadata } from "./model-metadata.ts";

/** A class and its probability. */
export interface Prediction {
  readonly label: string;
  /** 0 to 1. */
  readonly score: number;
}

/** What was predicted for an image file, best first, or why it could not be read. */
export type ImagePrediction =
  { readonly image: string; readonly top: readonly Prediction[] } | { readonly image: string; readonly error: string };

export interface PredictOptions extends DeviceOptions {
  /** Number of classes for each image; default 5, at most all. */
  readonly top?: number;
}

/**
 * Predictions of an exported classifier (export/model.onnx) for image files, in their order.
 *
 * @throws FoveaError for a model that is damaged or not a classifier of fovea; an unreadable image is an entry with `error`
 */
export async function predict(
  model: string,
  images: readonly string[],
  { top = 5, ...device }: PredictOptions = {},
): Promise<ImagePrediction[]> {
  await using predictor = await Predictor.load(model, device);
  const predictions: ImagePrediction[] = [];
  for (const image of images) predictions.push(await predictor.predictFile(image, top));
  return predictions;
}

/** An exported classifier, ready to run. It owns a session: `dispose` of it. */
export class Predictor {
  readonly metadata: ClassifierMetadata;
  private readonly executable: Executable;

  private constructor(metadata: ClassifierMetadata, executable: Executable) {
    this.metadata = metadata;
    this.executable = executable;
  }

  /** Reads `path` with our own decoder: the runtime never sees the file's bytes. */
  static async load(path: string, device: DeviceOptions = {}): Promise<Predictor> {
    const { program, metadata: values } = withModelFile(path, ({ bytes, external }) =>
      decodeModel(bytes, { external, source: path }),
    );
    const metadata = parseClassifierMetadata(values, path);
    checkProgram(program, metadata, path);
    return new Predictor(metadata, await compile(program, device));
  }

  /** The `top` likeliest classes of an image of any size, best first. */
  async predict(image: RawImage, top = 5): Promise<Prediction[]> {
    const { labels, inputSize, resize } = this.metadata;
    const { data } = applyTransforms(image, resize, generator(0, "predict"));
    const outputs = await this.executable.run({ image: hostTensor("uint8", [1, ...inputSize, 3], data) });
    const scores = outputs.get("probabilities")?.data as Float32Array; // checked when the model was loaded
    const ranked = labels.map((label, k) => ({ label, score: scores[k] })).sort((a, b) => b.score - a.score);
    return ranked.slice(0, top);
  }

  /** As `predict`, of a JPEG, PNG or WebP file; what cannot be read becomes an `error`. */
  async predictFile(path: string, top = 5): Promise<ImagePrediction> {
    try {
      return { image: path, top: await this.predict(await readImageFile(path, path), top) };
    } catch (error) {
      if (error instanceof FoveaError && error.code.startsWith("data/")) return { image: path, error: error.message };
      throw error;
    }
  }

  async dispose(): Promise<void> {
    await this.executable.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}

/** Image in, probabilities out, of the sizes that the metadata names; images are cut to exactly that size. */
function checkProgram(
  { inputs, outputs }: Program,
  { labels, inputSize, resize }: ClassifierMetadata,
  path: string,
): void {
  const wanted = `[1, ${inputSize.join(", ")}, 3]`;
  const image = inputs.get("image");
  if (inputs.size !== 1 || image === undefined || show(image) !== `uint8 ${wanted}`) {
    const found = [...inputs].map(([name, tensor]) => `${name} ${show(tensor)}`).join(", ");
    throw new FoveaError("predict/model", `${path}: a classifier takes image uint8 ${wanted}, this one takes ${found}`);
  }
  const probabilities = outputs.get("probabilities");
  if (probabilities === undefined || show(probabilities) !== `[1, ${labels.length}]`) {
    const found = probabilities === undefined ? "none" : show(probabilities);
    throw new FoveaError(
      "predict/model",
      `${path}: ${labels.length} labels need probabilities [1, ${labels.length}], found ${found}`,
    );
  }
  const last = resize[resize.length - 1];
  const size = last === undefined || !("size" in last) ? undefined : last.size;
  const [height, width] = typeof size === "number" ? [size, size] : (size ?? []);
  if (last?.name === "centreCrop" && height === inputSize[0] && width === inputSize[1]) return;
  throw new FoveaError(
    "predict/model",
    `${path}: metadata resize does not end in a centre crop to ${inputSize.join(" × ")}`,
  );
}
