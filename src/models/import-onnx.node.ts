import { withModelFile } from "../formats/onnx-model-file.node.ts";
import { importOnnx, type ImportedModel, type ImportOptions } from "./imported-model.ts";

/**
 * The network of the ONNX file at `path`; see `ImportedModel`. Initialisers in external files are read from the model's
 * own folder and nowhere else.
 */
export const importOnnxFile = (path: string, options: Omit<ImportOptions, "external" | "source"> = {}): ImportedModel =>
  withModelFile(path, ({ bytes, external }) => importOnnx(bytes, { ...options, external, source: path }));
