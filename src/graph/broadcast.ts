import { FoveaError } from "../errors/fovea-error.ts";
import type { Shape } from "./dtype.ts";
import { filled, sameShape, show, type Tensor } from "./tensor.ts";

/** The shape to which all shapes broadcast (numpy's rule), or undefined where they do not. */
export function broadcastShape(...shapes: readonly Shape[]): Shape | undefined {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i;
      const size = shape[i];
      if (size === 1 || size === result[at]) continue;
      if (result[at] !== 1) return undefined;
      result[at] = size;
    }
  }
  return result;
}

/** The broadcast shape of `tensors`. Throws, naming `operator` and the shapes, where there is none. */
export function broadcast(operator: string, ...tensors: readonly Tensor[]): Shape {
  const shape = broadcastShape(...tensors.map((tensor) => tensor.shape));
  if (shape === undefined) {
    throw new FoveaError("shape/broadcast", `${operator}: shapes ${tensors.map(show).join(" and ")} do not broadcast`, {
      hint: "sizes are compared from the last axis; each pair must be equal or contain a 1",
    });
  }
  return shape;
}

/**
 * The adjoint of broadcasting: sums `d` over the axes along which `shape` was repeated.
 *
 * Leading axes only (a bias) become a product with a row of ones: ONNX Runtime's ReduceSum over leading axes is one to
 * two times slower than the same sum as a matrix product (engine.md, 'Formulations tried').
 */
export function sumTo(d: Tensor, shape: Shape): Tensor {
  if (sameShape(d.shape, shape)) return d;
  const lead = d.rank - shape.length;
  const axes = d.shape.map((_, i) => i).filter((i) => i < lead || (shape[i - lead] === 1 && d.shape[i] !== 1));
  const rows = d.shape.slice(0, axes.length).reduce((product, size) => product * size, 1);
  const leading = axes.every((axis, i) => axis === i) && axes.length < d.rank;
  if (leading && d.dtype === "float32" && rows > 1) {
    return filled([1, rows], 1, d.dtype)
      .matmul(d.reshape([rows, d.size / rows]))
      .reshape(shape);
  }
  return axes.length === 0 ? d.reshape(shape) : d.sum(axes, { keepDims: true }).reshape(shape);
}
