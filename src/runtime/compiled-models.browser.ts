import { env, InferenceSession } from "onnxruntime-web";

/**
 * A session for `model`. A page has no files, and onnxruntime-web gives no optimised graph back: nothing is kept.
 *
 * All sessions of a page share the threads that the first one asks for: onnxruntime-web makes them once, and by itself
 * takes half of the cores. A page has threads only where it is cross-origin isolated.
 */
export function createSessionCached(
  model: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> {
  const threads = options.intraOpNumThreads;
  if (threads !== undefined && globalThis.crossOriginIsolated) env.wasm.numThreads = threads;
  return InferenceSession.create(model, options);
}
