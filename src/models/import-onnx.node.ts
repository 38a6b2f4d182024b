import { dirname } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { openFileSource, type FileSource } from "../files/byte-source.node.ts";
import { defaultLimits } from "../files/limits.ts";
import { resolveInside } from "../files/resolve-inside.node.ts";
import { importOnnx, type ImportedModel, type ImportOptions } from "./imported-model.ts";

/**
 * The network of the ONNX file at `path`; see `ImportedModel`. Initialisers in external files are read from the model's
 * own folder and nowhere else.
 */
export function importOnnxFile(path: string, options: Omit<ImportOptions, "external" | "source"> = {}): ImportedModel {
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
    return importOnnx(file.read(0, file.size), { ...options, external, source: path });
  } finally {
    file.close();
    for (const beside of opened.values()) beside.close();
  }
}
