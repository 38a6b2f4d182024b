/** ONNX Runtime under Node: the one file that names the package there. */
import { availableParallelism } from "node:os";
import { env, InferenceSession, listSupportedBackends, Tensor } from "onnxruntime-node";

export { InferenceSession, Tensor as OrtTensor };

/** Devices that this build offers, whether or not the hardware is there. */
export const deviceNames = ["cpu", "cuda", "webgpu"] as const;

/** Execution providers inside the installed package. */
export const bundledProviders = (): string[] =>
  listSupportedBackends().map(({ name, bundled }) => `${name}${bundled ? "" : " (not bundled)"}`);

/** Cores that this process may use. */
export const coreCount = (): number => availableParallelism();

export const runtimeName = "onnxruntime-node";

/** Version of the installed package. */
export const runtimeVersion = (): string => env.versions.node ?? "unknown";

/** Only browsers load wasm files; here there is nothing to set. */
export function setWasmPath(_url: string): void {}
