/** ONNX Runtime in a browser: the one file that names the package there. */
import { env, InferenceSession, Tensor } from "onnxruntime-web";

export { InferenceSession, Tensor as OrtTensor };

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
