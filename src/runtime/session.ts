import { FoveaError } from "../errors/fovea-error.ts";
import type { Device } from "./device.ts";
import type { ExternalWeights } from "../graph/onnx/external-weights.ts";
import { createSessionCached } from "#runtime/compiled-models";
import { sessionWithWeights, type InferenceSession } from "#runtime/onnxruntime";

export interface SessionOptions {
  /** Names of outputs that stay in the device's memory. */
  readonly residentOutputs?: readonly string[];
  /** Writes ONNX Runtime's profile as PREFIX_DATE.json when the session ends profiling. */
  readonly profilePrefix?: string;
  /** Values of the model's initialisers that lie outside it. */
  readonly weights?: ExternalWeights | undefined;
}

/** An ONNX Runtime session for a model that our encoder wrote. Runtime failures become a `FoveaError` in our words. */
export async function createSession(
  model: Uint8Array,
  device: Device,
  { residentOutputs = [], profilePrefix, weights }: SessionOptions = {},
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [device.name],
    intraOpNumThreads: device.threads,
    graphOptimizationLevel: "all",
    // with it the second run allocates one block for everything beside what the first run's arena keeps for ever:
    // peak memory of the ViT-S step 1,843 MB instead of 1,435, of 24 blocks 3,449 instead of 2,049, at the same speed
    enableMemPattern: false,
    logSeverityLevel: 4, // fatal only: what goes wrong reaches the caller as an error
    extra: {
      // threads do not spin between runs: loader workers and the caller share these cores
      session: { force_spinning_stop: "1" },
      // It makes an invalid model of v = c·y and y = c·x that are both multiplied (attention of scaled inputs, with its
      // gradient): having drawn c out of v it forgets that the product now reads y, and removes y when that too is
      // drawn out. Our own products carry their factor anyway.
      optimization: { disable_specified_optimizers: "MatMulScaleFusion" },
    },
    ...(residentOutputs.length > 0 && device.residentOutputs
      ? { preferredOutputLocation: Object.fromEntries(residentOutputs.map((name) => [name, "gpu-buffer" as const])) }
      : {}),
    ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
  };
  try {
    return await (weights === undefined
      ? createSessionCached(model, options)
      : sessionWithWeights(model, weights, options));
  } catch (cause) {
    if (cause instanceof FoveaError) throw cause; // the disk, not the runtime
    throw new FoveaError("runtime/create", `${device.name}: the runtime cannot run this program: ${firstLine(cause)}`, {
      hint: hintFor(device),
      cause,
    });
  }
}

export function runFailure(device: Device, cause: unknown): FoveaError {
  if (/requires f16|shader-f16|float16/i.test(String(cause)))
    return new FoveaError("device/float16", `${device.name}: this device does not compute float16`, {
      hint: "train with precision=float32, or on a device whose driver has float16 (WebGPU: the feature shader-f16)",
      cause,
    });
  return new FoveaError("runtime/run", `${device.name}: a run failed: ${firstLine(cause)}`, {
    hint: /alloc|memory/i.test(String(cause))
      ? "out of memory: use a smaller batch, or accumulate over more micro-batches"
      : hintFor(device),
    cause,
  });
}

const firstLine = (cause: unknown): string =>
  ((cause instanceof Error ? cause.message : String(cause)).split("\n")[0] ?? "").slice(0, 300);

function hintFor(device: Device): string {
  if (device.name === "webgpu")
    return "is a WebGPU driver installed? `fovea doctor` lists what was found; `--device cpu` always works";
  if (device.name === "cuda")
    return "the CUDA libraries are not part of the npm package: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node --ignore-scripts=false";
  return "`fovea doctor` shows versions and devices";
}
