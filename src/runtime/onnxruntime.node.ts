/** ONNX Runtime under Node: the one file that names the package there. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { env, InferenceSession, listSupportedBackends, Tensor } from "onnxruntime-node";
import { withTemporaryFiles } from "../files/temporary-files.node.ts";
import type { ExternalWeights } from "../graph/onnx/external-weights.ts";

export { InferenceSession, Tensor as OrtTensor };

type Options = InferenceSession.SessionOptions;

/**
 * A session for a model and the weights beside it: ONNX Runtime reads those only when it gets the model by path. It maps
 * or copies them while it makes the session.
 */
export const sessionWithWeights = (
  model: Uint8Array,
  weights: ExternalWeights,
  options: Options,
): Promise<InferenceSession> =>
  withTemporaryFiles(
    new Map<string, Iterable<Uint8Array>>([
      [weights.location, weights.chunks()],
      ["model.onnx", [model]],
    ]),
    weights.size + model.length,
    (directory) => InferenceSession.create(join(directory, "model.onnx"), options),
  );

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
