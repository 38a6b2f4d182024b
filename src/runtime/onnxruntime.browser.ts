/** ONNX Runtime in a browser: the one file that names the package there. */
import { env, InferenceSession, Tensor } from "onnxruntime-web";
import type { ExternalWeights } from "../graph/onnx/external-weights.ts";

export { InferenceSession, Tensor as OrtTensor };

/** A session for a model and the weights beside it, which a page has no files for: they are given as one array. */
export function sessionWithWeights(
  model: Uint8Array,
  weights: ExternalWeights,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const data = new Uint8Array(weights.size);
  let at = 0;
  for (const chunk of weights.chunks()) {
    data.set(chunk, at);
    at += chunk.length;
  }
  return InferenceSession.create(model, { ...options, externalData: [{ path: weights.location, data }] });
}

/** Devices that this build offers, whether or not the hardware is there. */
export const deviceNames = ["wasm", "webgpu"] as const;

/** Execution providers inside the installed package. */
export const bundledProviders = (): string[] => ["wasm", "webgpu"];

/** Cores that this page may use. */
export const coreCount = (): number => navigator.hardwareConcurrency;

export const runtimeName = "onnxruntime-web";

/** Version of the installed package. */
export const runtimeVersion = (): string => env.versions.web ?? "unknown";

/** Folder (URL) from which the page loads ONNX Runtime's .wasm and .mjs files; default: beside the bundle. */
export function setWasmPath(url: string): void {
  env.wasm.wasmPaths = url;
}
