/** What random uses of operators are made of, for gradient-cases.ts and window-cases.ts. */
import fc from "fast-check";
import { hostTensor, type HostTensor, type Shape } from "../../src/graph/dtype.ts";
import type { Tensor } from "../../src/graph/tensor.ts";

export type Tensors = Readonly<Record<string, Tensor>>;

/** One random use: what is differentiated, what is not (indices, masks), and the operator's call. */
export interface GradientCase {
  readonly inputs: Readonly<Record<string, HostTensor>>;
  readonly extra?: Readonly<Record<string, HostTensor>>;
  build(tensors: Tensors): Tensor;
}

export interface DifferentiableOperator {
  /** ONNX type. */
  readonly type: string;
  readonly arbitrary: fc.Arbitrary<GradientCase>;
}

export const size = fc.integer({ min: 1, max: 4 });
export const anyShape = fc.array(size, { minLength: 1, maxLength: 4 });
export const flag = fc.integer({ min: 0, max: 1 });

/**
 * Different values between −2 and 2, at least 2/size apart and from 0: no operator has a kink within a difference
 * quotient's reach. In [low, high] where given.
 */
export const tensor = (shape: Shape, [low, high]: readonly [number, number] = [-2, 2]): fc.Arbitrary<HostTensor> => {
  const count = shape.reduce((product, n) => product * n, 1);
  const places = Array.from({ length: count }, (_, i) => low + ((high - low) * (i + 0.37)) / count);
  return fc
    .shuffledSubarray(places, { minLength: count, maxLength: count })
    .map((values) => hostTensor("float32", shape, Float32Array.from(values)));
};

export const indices = (shape: Shape, below: number): fc.Arbitrary<HostTensor> => {
  const count = shape.reduce((product, n) => product * n, 1);
  return fc
    .array(fc.integer({ min: -below, max: below - 1 }), { minLength: count, maxLength: count })
    .map((values) => hostTensor("int64", shape, BigInt64Array.from(values, BigInt)));
};
