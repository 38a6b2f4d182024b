import { InferenceSession } from "onnxruntime-web";

/** A session for `model`. A page has no files, and onnxruntime-web gives no optimised graph back: nothing is kept. */
export const createSessionCached = (
  model: Uint8Array,
  options: InferenceSession.SessionOptions,
): Promise<InferenceSession> => InferenceSession.create(model, options);
