import { graphError } from "./graph-error.ts";
import type { DType, HostTensor, Shape } from "./dtype.ts";
import { operators } from "./operators/list.ts";
import { constantOf, Tensor } from "./tensor.ts";

// Tensor methods find operators by their ONNX type. Every tensor descends from a leaf, and leaves are made here: so
// whoever has a tensor has the whole list loaded.
void operators;

function checkLeaf(what: string, name: string, shape: Shape): void {
  if (name === "") throw graphError("graph/name", `${what}: the name is empty`);
  if (shape.some((size) => !Number.isInteger(size) || size < 0)) {
    throw graphError(
      "graph/shape",
      `${what} ${name}: [${shape.join(", ")}] is not a shape; sizes are whole numbers from 0`,
    );
  }
}

/** A tensor that the caller feeds at each run, under `name`. */
export function input(name: string, shape: Shape, dtype: DType = "float32"): Tensor {
  checkLeaf("input", name, shape);
  return new Tensor(shape, dtype, { kind: "input", name });
}

/** A tensor that stays on the device between runs: a parameter, a moment, a running statistic. */
export function state(name: string, shape: Shape, dtype: DType = "float32"): Tensor {
  checkLeaf("state", name, shape);
  return new Tensor(shape, dtype, { kind: "state", name });
}

/** A tensor whose values are written into the program. */
export const constant = (value: HostTensor): Tensor => constantOf(value);
