/** Matrix products in float64. */
import { axisOf, type Kernel, type KernelTable } from "./kernel.ts";
import { at, build, type NdArray } from "./nd-array.ts";

const swapped = (x: NdArray): NdArray => {
  const shape = [...x.shape.slice(0, -2), x.shape[axisOf(-1, x.shape.length)], x.shape[axisOf(-2, x.shape.length)]];
  return build(shape, (index) => at(x, [...index.slice(0, -2), index[index.length - 1], index[index.length - 2]]));
};

/** α·A′·B′ of `shape`, batch axes broadcast. */
function product(a: NdArray, b: NdArray, alpha: number, shape: readonly number[]): NdArray {
  const inner = a.shape[a.shape.length - 1];
  return build(shape, (index) => {
    const [batch, m, n] = [index.slice(0, -2), index[index.length - 2], index[index.length - 1]];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += at(a, [...batch, m, k]) * at(b, [...batch, k, n]);
    return alpha * sum;
  });
}

const matmul: Kernel = ([a, b, c], { alpha = 1, beta = 1, transA, transB }, [shape]) => {
  const y = product(transA ? swapped(a) : a, transB ? swapped(b) : b, Number(alpha), shape);
  return [c === undefined ? y : build(shape, (index) => at(y, index) + Number(beta) * at(c, index))];
};

export const products: KernelTable = { MatMul: matmul, Gemm: matmul, FusedMatMul: matmul };
