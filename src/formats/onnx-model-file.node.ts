import { basename, dirname } from "node:path";

import { FoveaError } from "../errors/fovea-error.ts";
import { openFileSource, type FileSource } from "../files/byte-source.node.ts";
import { commitFileWith } from "../files/durable-writer.node.ts";
import { fileCalls } from "../files/file-calls.node.ts";
import { defaultLimits } from "../files/limits.ts";
import { resolveInside } from "../files/resolve-inside.node.ts";
import type { ExternalData } from "../graph/onnx/tensor-proto.ts";

/** An ONNX model in a file, and where the values lie that it keeps in others. */
interface OpenModel {
  readonly bytes: Uint8Array;
  readonly external: ExternalData;
}

/**
 * Reads the ONNX file at `path` and hands it to `use`. Values in external files are read from the model's own folder and
 * nowhere else, as long as `use` runs.
 *
 * @throws FoveaError for a model above the limit, and `files/outside` for a location that leads out of the folder
 */
export function withModelFile<T>(path: string, use: (model: OpenModel) => T): T {
  const opened = new Map<string, FileSource>();
  const file = openFileSource(path);
  try {
    if (file.size > defaultLimits.onnxBytes)
      throw new FoveaError("onnx/limit", `${path} has ${file.size} bytes, at most ${defaultLimits.onnxBytes} are read`);
    const external = (location: string): FileSource => {
      const known = opened.get(location);
      if (known !== undefined) return known;
      const beside = openFileSource(resolveInside(dirname(path), location), { followLinks: false });
      opened.set(location, beside);
      return beside;
    };
    return use({ bytes: file.read(0, file.size), external });
  } finally {
    file.close();
    for (const beside of opened.values()) beside.close();
  }
}

/** Name of the weights' file of the model at `path`, where it has one: `model.onnx.data`. */
export const weightsFileOf = (path: string): string => `${basename(path)}.data`;

/** Writes a model, and the weights beside it if there are any: whoever finds the model finds its weights. */
export function writeModelFile(
  path: string,
  model: Uint8Array,
  weights?: { readonly location: string; chunks(): Iterable<Uint8Array> },
): void {
  commitFileWith(
    fileCalls,
    path,
    [model],
    new Map(weights === undefined ? [] : [[weights.location, weights.chunks()]]),
  );
}
