import { hostTensor } from "../dtype.ts";
import { constantOf, type Tensor } from "../tensor.ts";

/** Bool [rows, columns]: true on and below the diagonal, where column j ≤ row i: what position i may look at. */
export function causalMask(rows: number, columns = rows): Tensor {
  const seen = (_: unknown, i: number): number => (i % columns <= Math.floor(i / columns) ? 1 : 0);
  return constantOf(hostTensor("bool", [rows, columns], Uint8Array.from({ length: rows * columns }, seen)));
}
