import { FoveaError } from "../../errors/fovea-error.ts";
import type { Tensor } from "../tensor.ts";

/**
 * The values of an input that a shape rule must know (a target shape, axes, bounds).
 * Throws when it is computed at run time: programs are compiled for fixed shapes.
 */
export function constantValues(operator: string, name: string, tensor: Tensor): number[] {
  if (tensor.producer.kind !== "constant") {
    throw new FoveaError("graph/constant", `${operator}: ${name} is computed at run time; it must be a constant`, {
      hint: "programs are compiled for fixed shapes",
    });
  }
  return Array.from(tensor.producer.value.data as ArrayLike<number | bigint>, Number);
}
