/** Reductions and norms in float64. */
import { axisOf, type Kernel, type KernelTable } from "./kernel.ts";
import { at, build, type NdArray } from "./nd-array.ts";

/** All values of x that a reduction over `axes` puts together at `index` (reduced axes stand as 0). */
function group(x: NdArray, axes: readonly number[], index: readonly number[]): number[] {
  const here = [...index];
  const values: number[] = [];
  const walk = (k: number): void => {
    if (k === axes.length) return void values.push(at(x, here));
    for (let i = 0; i < x.shape[axes[k]]; i++) {
      here[axes[k]] = i;
      walk(k + 1);
    }
  };
  walk(0);
  return values;
}

const kept = (shape: readonly number[], axes: readonly number[]): number[] =>
  shape.map((size, i) => (axes.includes(i) ? 1 : size));

const reduce = (x: NdArray, axes: readonly number[], f: (values: readonly number[]) => number): NdArray =>
  build(kept(x.shape, axes), (index) => f(group(x, axes, index)));

const reduction =
  (f: (values: readonly number[]) => number): Kernel =>
  ([x, axes], _attributes, [shape]) => {
    const list =
      axes === undefined ? x.shape.map((_, i) => i) : [...axes.data].map((axis) => axisOf(axis, x.shape.length));
    return [{ shape, data: reduce(x, list, f).data }];
  };

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const mean = (values: readonly number[]): number => sum(values) / values.length;
const largest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);
const logSumExp = (values: readonly number[]): number => {
  const most = largest(values);
  return most + Math.log(sum(values.map((value) => Math.exp(value - most))));
};

const logSoftmax = (x: NdArray, axis: unknown): NdArray => {
  const along = [axisOf(axis, x.shape.length)];
  const total = reduce(x, along, logSumExp);
  return build(x.shape, (index) => at(x, index) - at(total, index));
};

const layerNormalization: Kernel = ([x, scale, bias], { axis, epsilon }) => {
  const first = axisOf(axis, x.shape.length);
  const axes = x.shape.map((_, i) => i).filter((i) => i >= first);
  const means = reduce(x, axes, mean);
  const invStd = reduce(x, axes, (values) => {
    const m = mean(values);
    return 1 / Math.sqrt(mean(values.map((value) => (value - m) ** 2)) + Number(epsilon));
  });
  const y = build(x.shape, (index) => {
    const normalised = (at(x, index) - at(means, index)) * at(invStd, index);
    return normalised * at(scale, index) + (bias === undefined ? 0 : at(bias, index));
  });
  return [y, means, invStd];
};

export const reductions: KernelTable = {
  ReduceSum: reduction(sum),
  ReduceMean: reduction(mean),
  ReduceProd: reduction((values) => values.reduce((product, value) => product * value, 1)),
  ReduceMax: reduction(largest),
  ReduceMin: reduction((values) => -largest(values.map((value) => -value))),
  ReduceLogSumExp: reduction(logSumExp),
  ReduceSumSquare: reduction((values) => sum(values.map((value) => value * value))),
  ReduceL2: reduction((values) => Math.sqrt(sum(values.map((value) => value * value)))),
  Softmax: ([x], { axis }) => {
    const y = logSoftmax(x, axis);
    return [{ shape: y.shape, data: y.data.map(Math.exp) }];
  },
  LogSoftmax: ([x], { axis }) => [logSoftmax(x, axis)],
  LayerNormalization: layerNormalization,
  ArgMax: ([x], { axis }, [shape]) => {
    const y = reduce(x, [axisOf(axis, x.shape.length)], (values) => values.indexOf(largest(values)));
    return [{ shape, data: y.data }];
  },
};
