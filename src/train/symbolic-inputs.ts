import { input } from "../graph/leaf.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { InputSpecs } from "./task.ts";

/** A graph input for each spec, by its name. */
export const symbolicInputs = (specs: InputSpecs): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(specs).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]));
