import { FoveaError } from "../errors/fovea-error.ts";
import type { HostTensor } from "../graph/dtype.ts";
import { sameShape, show } from "../graph/tensor.ts";
import { buffers, parameters, type Module } from "../nn/module.ts";
import { readWeights } from "./initial-weights.ts";

/**
 * A checkpoint's values of every parameter and buffer of prepared `networks`.
 *
 * @throws FoveaError `checkpoint/model` when one is missing or has another shape
 */
export function checkpointWeights(networks: readonly Module[], path: string): Map<string, HostTensor> {
  const values = readWeights(path);
  const states = new Map<string, HostTensor>();
  for (const [name, tensor] of networks.flatMap((network) => [...parameters(network), ...buffers(network)])) {
    const value = values.get(name);
    if (value === undefined || !sameShape(value.shape, tensor.shape)) {
      const what = value === undefined ? "missing" : `${show(value)}, expected ${show(tensor)}`;
      throw new FoveaError("checkpoint/model", `checkpoint ${path} belongs to another model: ${name} is ${what}`, {
        hint: "evaluate and export a run with the recipe in its own directory",
      });
    }
    states.set(name, value);
  }
  return states;
}
