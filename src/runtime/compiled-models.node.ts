import { cpus } from "node:os";
import { join } from "node:path";
import { InferenceSession } from "onnxruntime-node";
import { ByteCache, userCacheDirectory } from "../files/byte-cache.node.ts";
import { readFileBytes } from "../files/byte-source.node.ts";
import { sha256 } from "../files/checksum.node.ts";
import { withTemporaryFiles } from "../files/temporary-files.node.ts";
import { runtimeVersion } from "./onnxruntime.node.ts";

type Options = InferenceSession.SessionOptions;

/** ONNX Runtime optimises smaller models in less time than a file takes. */
const smallest = 64 * 2 ** 10;
const maxBytes = 256 * 2 ** 20;

/**
 * A session for `model`. What ONNX Runtime made of it (its optimised graph) is kept in the user's cache directory, so that
 * the same model, for the same device, threads, options, runtime and processor, is optimised once (docs/design/compiling.md).
 * An entry that does not pass its check, or that the runtime refuses, is made anew.
 */
export async function createSessionCached(model: Uint8Array, options: Options): Promise<InferenceSession> {
  const directory = userCacheDirectory();
  if (directory === undefined || model.length < smallest || !isPortable(options)) return create(model, options);
  const cache = new ByteCache(join(directory, "compiled"), { maxBytes });
  const key = keyOf(model, options);
  const optimised = cache.read(key);
  if (optimised !== undefined) {
    try {
      return await create(optimised, { ...options, graphOptimizationLevel: "disabled" }); // it is optimised
    } catch {
      // as if there were none
    }
  }
  try {
    return await createAndKeep(model, options, (bytes) => cache.write(key, bytes));
  } catch {
    return create(model, options); // there is no place for the file; or the model is wrong, and this says so
  }
}

/** The runtime writes what it has optimised to a file while it makes the session. */
const createAndKeep = (
  model: Uint8Array,
  options: Options,
  keep: (optimised: Uint8Array) => void,
): Promise<InferenceSession> =>
  withTemporaryFiles(new Map(), 2 * model.length, async (folder) => {
    const file = join(folder, "optimised.onnx");
    const session = await create(model, { ...options, optimizedModelFilePath: file });
    keep(readFileBytes(file, maxBytes));
    return session;
  });

const create = (model: Uint8Array, options: Options): Promise<InferenceSession> =>
  InferenceSession.create(model, options);

/** Other providers keep compiled parts of their own in the graph. */
const isPortable = ({ executionProviders }: Options): boolean => executionProviders?.join() === "cpu";

function keyOf(model: Uint8Array, options: Options): string {
  const facts = {
    options: { ...options, profileFilePrefix: undefined, enableProfiling: undefined },
    runtime: runtimeVersion(),
    // the optimised graph holds this processor's layouts
    processor: [process.arch, ...new Set(cpus().map(({ model }) => model))],
    model: sha256(model),
  };
  return sha256(new TextEncoder().encode(JSON.stringify(facts)));
}
