/** Random uses of every differentiable operator, for gradients.test.ts. */
import fc from "fast-check";
import { hostTensor, type Shape } from "../../src/graph/dtype.ts";
import {
  anyShape,
  flag,
  indices,
  size,
  tensor,
  type DifferentiableOperator,
  type Tensors,
} from "./gradient-arbitraries.ts";
import { images } from "./image-cases.ts";
import { windows } from "./window-cases.ts";
import { operatorOf } from "../../src/graph/registry.ts";
import { int64Constant, scalar, type Tensor } from "../../src/graph/tensor.ts";
import { clamp, maximum, minimum } from "../../src/graph/operators/extremes.ts";
import { gather, indexSelect, scatterAdd } from "../../src/graph/operators/gather.ts";
import { gelu } from "../../src/graph/operators/gelu.ts";
import { concat, split } from "../../src/graph/operators/layout.ts";
import { LayerNormalization } from "../../src/graph/operators/layer-norm.ts";
import { fusedMatMul, gemm } from "../../src/graph/operators/matmul.ts";
import { CumSum, topk } from "../../src/graph/operators/order.ts";
import { pad } from "../../src/graph/operators/pad.ts";
import { tile } from "../../src/graph/operators/tile.ts";

const apply = (type: string, inputs: readonly Tensor[], attributes: Record<string, number> = {}): Tensor =>
  operatorOf(type).apply(inputs, attributes)[0];

/** One input of any shape. */
const unary = (
  type: string,
  build: (x: Tensor) => Tensor = (x) => apply(type, [x]),
  range?: readonly [number, number],
): DifferentiableOperator => ({
  type,
  arbitrary: anyShape
    .chain((shape) => tensor(shape, range))
    .map((x) => ({ inputs: { x }, build: ({ x }) => build(x) })),
});

/** Two inputs, one of them with single axes of size 1 and fewer leading axes: broadcast. */
const binary = (
  type: string,
  build: (a: Tensor, b: Tensor) => Tensor,
  range?: readonly [number, number],
): DifferentiableOperator => ({
  type,
  arbitrary: fc
    .tuple(anyShape, fc.nat(3), fc.nat(3), flag)
    .chain(([shape, lead, single, swap]) => {
      const less = shape.map((n, i) => (i === single ? 1 : n)).slice(Math.min(lead, shape.length - 1));
      // drawn together, so that the values of both are different ones
      return tensor([shape.reduce((p, n) => p * n, 1) + less.reduce((p, n) => p * n, 1)], range).map((both) => {
        const data = both.data as Float32Array;
        const cut = shape.reduce((p, n) => p * n, 1);
        const [a, b] = [hostTensor("float32", shape, data.slice(0, cut)), hostTensor("float32", less, data.slice(cut))];
        return swap ? { a: b, b: a } : { a, b };
      });
    })
    .map((inputs) => ({ inputs, build: ({ a, b }) => build(a, b) })),
});

/** One input and one of its axes, which may be counted from the end. */
const alongAxis = (type: string, build: (x: Tensor, axis: number) => Tensor): DifferentiableOperator => ({
  type,
  arbitrary: anyShape
    .chain((shape) => fc.tuple(tensor(shape), fc.integer({ min: -shape.length, max: shape.length - 1 })))
    .map(([x, axis]) => ({ inputs: { x }, build: ({ x }) => build(x, axis) })),
});

/** One input and some of its axes, kept or not. */
const reduction = (type: string): DifferentiableOperator => ({
  type,
  arbitrary: anyShape
    .chain((shape) =>
      fc.tuple(
        tensor(shape),
        fc.subarray(
          shape.map((_, i) => i),
          { minLength: 1 },
        ),
        flag,
      ),
    )
    .map(([x, axes, keepdims]) => ({
      inputs: { x },
      build: ({ x }) => apply(type, [x, int64Constant(axes)], { keepdims }),
    })),
});

const product = (
  type: string,
  batches: fc.Arbitrary<readonly [Shape, Shape]>,
  build: (a: Tensor, b: Tensor, transA: number, transB: number) => Tensor,
  transposes = true,
): DifferentiableOperator => ({
  type,
  arbitrary: fc
    .tuple(batches, size, size, size, transposes ? flag : fc.constant(0), transposes ? flag : fc.constant(0))
    .chain(([[left, right], m, k, n, transA, transB]) =>
      fc
        .tuple(tensor([...left, ...(transA ? [k, m] : [m, k])]), tensor([...right, ...(transB ? [n, k] : [k, n])]))
        .map(([a, b]) => ({ inputs: { a, b }, build: ({ a, b }: Tensors) => build(a, b, transA, transB) })),
    ),
});
const batchAxes = fc.tuple(size, size, fc.integer({ min: 0, max: 4 })).map(([p, q, kind]): readonly [Shape, Shape] => {
  const full = [p, q];
  return [
    [full, full] as const,
    [full, []] as const,
    [[], full] as const,
    [[1, q], full] as const,
    [full, [p, 1]] as const,
  ][kind];
});
const noBatch = fc.constant<readonly [Shape, Shape]>([[], []]);

const positive = [0.2, 3] as const;

const elementwise: DifferentiableOperator[] = [
  ..."Neg Exp Abs Sign Erf Tanh Sigmoid Relu Sin Cos Identity Softplus Mish HardSwish".split(" ").map((t) => unary(t)),
  ..."Log Sqrt Reciprocal".split(" ").map((type) => unary(type, undefined, positive)),
  ..."Sinh Cosh Asinh Atan".split(" ").map((type) => unary(type)),
  ..."Tan Asin Acos Atanh".split(" ").map((type) => unary(type, undefined, [-0.8, 0.8])),
  unary("Acosh", undefined, [1.2, 3]),
  // between the steps
  ..."Floor Ceil Round".split(" ").map((type) => unary(type, (x) => apply(type, [x.mul(0.2)]).add(x), [0.1, 2.3])),
  unary("HardSigmoid", (x) => apply("HardSigmoid", [x], { alpha: 0.31, beta: 0.43 })),
  unary("LeakyRelu", (x) => apply("LeakyRelu", [x], { alpha: 0.2 })),
  unary("Elu", (x) => apply("Elu", [x], { alpha: 1.3 })),
  unary("Gelu", (x) => gelu(x).add(gelu(x.mul(0.7), { approximate: "tanh" }))),
  unary("Clip", (x) => clamp(x, { min: -0.9, max: 1.1 })),
  unary("Clip", (x) => apply("Clip", [x, x.mean().sub(0.7), x.mean().add(0.9)])),
  unary("Cast", (x) => x.cast("float32").add(operatorOf("Cast").apply([x], { to: 1 })[0])),
  binary("Add", (a, b) => a.add(b)),
  binary("Sub", (a, b) => a.sub(b)),
  binary("Mul", (a, b) => a.mul(b)),
  binary("Div", (a, b) => a.div(b), positive),
  binary("Pow", (a, b) => a.pow(b), positive),
  binary("Mod", (a, b) => apply("Mod", [a, b], { fmod: 1 }), positive),
  binary("Max", maximum),
  binary("Min", minimum),
  binary("Where", (a, b) => a.greater(b.mul(0).add(0.011)).where(a, b.mul(2))),
];

const sums: DifferentiableOperator[] = [
  ..."ReduceSum ReduceMean ReduceMax ReduceMin ReduceLogSumExp ReduceSumSquare ReduceL2 ReduceProd"
    .split(" ")
    .map(reduction),
  alongAxis("Softmax", (x, axis) => apply("Softmax", [x], { axis })),
  alongAxis("LogSoftmax", (x, axis) => apply("LogSoftmax", [x], { axis })),
  alongAxis("CumSum", (x, axis) => CumSum({ x, axis: scalar(axis, "int64") }, { exclusive: 1 }).y.add(x)),
  alongAxis("TopK", (x, axis) => {
    const k = Math.ceil(x.shape[x.axis(axis, "test")] / 2);
    return topk(x, k, { axis }).values.add(topk(x, k, { axis, largest: false }).values.mul(3));
  }),
  {
    type: "LayerNormalization",
    arbitrary: fc
      .tuple(fc.array(size, { maxLength: 2 }), fc.array(fc.integer({ min: 2, max: 4 }), { minLength: 1, maxLength: 2 }))
      .chain(([outer, inner]) => fc.tuple(tensor([...outer, ...inner]), tensor(inner), tensor(inner)))
      .map(([x, scale, bias]) => ({
        inputs: { x, scale, bias },
        build: ({ x, scale, bias }) => LayerNormalization({ x, scale, bias }, { axis: -scale.rank, epsilon: 0.1 }).y,
      })),
  },
];

const products: DifferentiableOperator[] = [
  product("MatMul", batchAxes, (a, b) => a.matmul(b), false),
  product("FusedMatMul", batchAxes, (a, b, transA, transB) => fusedMatMul(a, b, { alpha: 0.7, transA, transB })),
  product("Gemm", noBatch, (a, b, transA, transB) => {
    const c = b.sum(transB ? 1 : 0); // [N], so that its gradient is checked too
    return gemm(a, b, c, { alpha: 0.7, beta: 1.3, transA, transB });
  }),
];

const layouts: DifferentiableOperator[] = [
  unary("Reshape", (x) => x.reshape([-1, 1])),
  unary("Squeeze", (x) => apply("Squeeze", [x])),
  unary("Unsqueeze", (x) => apply("Unsqueeze", [x, int64Constant([0, -1])])),
  unary("Expand", (x) => x.expand([2, 3, 1, 1, 1, 1].slice(0, 6 - x.rank).concat(x.shape))),
  alongAxis("Flatten", (x, axis) => apply("Flatten", [x], { axis })),
  alongAxis("Transpose", (x, axis) => x.transpose(axis, 0)),
  unary("Trilu", (x) =>
    apply("Trilu", [x.reshape([1, x.size, 1]), scalar(-1, "int64")], { upper: 0 }).reshape(x.shape),
  ),
  alongAxis("Tile", (x, axis) =>
    tile(
      x,
      x.shape.map((_, i) => (i === x.axis(axis, "test") ? 3 : 1 + (i % 2))),
    ),
  ),
  alongAxis("Concat", (x, axis) => concat([x, x.mul(2), x.mul(x)], axis)),
  alongAxis("Split", (x, axis) => {
    const count = x.shape[x.axis(axis, "test")];
    const [first, second] = split(x, [Math.floor(count / 2), Math.ceil(count / 2)], axis);
    return concat([second.mul(2), first.mul(3)], axis);
  }),
  {
    type: "Slice",
    arbitrary: anyShape
      .chain((shape) => fc.tuple(tensor(shape), fc.nat(shape.length - 1), fc.nat(2), fc.integer({ min: -3, max: 3 })))
      .map(([x, axis, cut, step]) => ({
        inputs: { x },
        build({ x }) {
          const [by, last] = [step === 0 ? 1 : step, x.shape[axis] - 1];
          const start = Math.min(cut, last);
          return by > 0 ? x.slice(axis, start, last + 1, by) : x.slice(axis, last - start, -last - 2, by);
        },
      })),
  },
  {
    type: "Pad",
    arbitrary: fc
      .tuple(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 2, max: 4 }))
      .chain((shape) =>
        fc.tuple(
          tensor([2, ...shape]),
          fc.tuple(fc.nat(shape[0] - 1), fc.nat(shape[0] - 1)),
          fc.tuple(fc.nat(shape[1] - 1), fc.nat(shape[1] - 1)),
          fc.constantFrom("constant" as const, "reflect" as const, "edge" as const),
        ),
      )
      .map(([x, rows, columns, mode]) => ({
        inputs: { x },
        build: ({ x }) => pad(x, [rows, columns], { mode, value: 0.5 }),
      })),
  },
];

const byIndex: DifferentiableOperator[] = [
  {
    type: "Gather",
    arbitrary: fc
      .tuple(anyShape, fc.array(size, { maxLength: 2 }), fc.nat(3))
      .chain(([shape, picked, axis]) => {
        const along = axis % shape.length;
        return fc.tuple(tensor(shape), indices(picked, shape[along]), fc.constant(along));
      })
      .map(([x, i, axis]) => ({ inputs: { x }, extra: { i }, build: ({ x, i }) => indexSelect(x, i, axis) })),
  },
  {
    type: "GatherElements",
    arbitrary: anyShape
      .chain((shape) => fc.tuple(tensor(shape), indices([5, ...shape.slice(1)], shape[0])))
      .map(([x, i]) => ({ inputs: { x }, extra: { i }, build: ({ x, i }) => gather(x, i, 0) })),
  },
  {
    type: "ScatterElements",
    arbitrary: anyShape
      .chain((shape) => {
        const last = shape.length - 1;
        const picked = shape.map((n, i) => (i === last ? 3 : n));
        return fc.tuple(tensor(shape), tensor(picked), indices(picked, shape[last]));
      })
      .map(([x, updates, i]) => ({
        inputs: { x, updates },
        extra: { i },
        build: ({ x, updates, i }) => scatterAdd(x, i, updates, -1),
      })),
  },
];

export const differentiable: readonly DifferentiableOperator[] = [
  ...elementwise,
  ...sums,
  ...products,
  ...layouts,
  ...byIndex,
  ...windows,
  ...images,
];
