import { openFileSource } from "../files/byte-source.node.ts";
import { openWeightsSource, type Weights, type WeightsOptions } from "./weights-source.ts";

/** Weights of a file that stays open until `close`: tensors cannot be loaded afterwards. */
export interface WeightsFile extends Weights {
  close(): void;
}

/** `openWeightsSource` of the file at `path`. */
export function openWeights(path: string, options: WeightsOptions = {}): WeightsFile {
  const source = openFileSource(path);
  try {
    return { ...openWeightsSource(source, options), close: () => source.close() };
  } catch (error) {
    source.close();
    throw error;
  }
}
