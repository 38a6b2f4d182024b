/** Convolutions and pools in float64, written as their definitions read. */
import type { Kernel, KernelTable } from "./kernel.ts";
import { at, build, type NdArray } from "./nd-array.ts";

interface Steps {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
}

function stepsOf(kernel: readonly number[], attributes: Readonly<Record<string, unknown>>): Steps {
  const ones = kernel.map(() => 1);
  const lists = attributes as Readonly<Record<string, readonly number[] | undefined>>;
  return {
    strides: lists["strides"] ?? ones,
    dilations: lists["dilations"] ?? ones,
    before: lists["pads"]?.slice(0, kernel.length) ?? kernel.map(() => 0),
  };
}

/** Every position in a kernel. */
function taps(kernel: readonly number[]): number[][] {
  const all: number[][] = [];
  build(kernel, (index) => all.push([...index]));
  return all;
}

const isInside = (position: readonly number[], { shape }: NdArray): boolean =>
  position.every((p, i) => p >= 0 && p < shape[i + 2]);

const conv: Kernel = ([x, w, bias], attributes, [shape]) => {
  const kernel = w.shape.slice(2);
  const { strides, dilations, before } = stepsOf(kernel, attributes);
  const perGroup = w.shape[0] / Number(attributes["group"]);
  return [
    build(shape, ([b, k, ...place]) => {
      let sum = bias === undefined ? 0 : bias.data[k];
      for (const tap of taps(kernel)) {
        const position = place.map((p, i) => p * strides[i] + tap[i] * dilations[i] - before[i]);
        if (!isInside(position, x)) continue;
        for (let c = 0; c < w.shape[1]; c++)
          sum += at(w, [k, c, ...tap]) * at(x, [b, Math.floor(k / perGroup) * w.shape[1] + c, ...position]);
      }
      return sum;
    }),
  ];
};

const convTranspose: Kernel = ([x, w, bias], attributes, [shape]) => {
  const kernel = w.shape.slice(2);
  const { strides, dilations, before } = stepsOf(kernel, attributes);
  const [perGroup, outPerGroup] = [w.shape[0] / Number(attributes["group"]), w.shape[1]];
  return [
    build(shape, ([b, k, ...place]) => {
      let sum = bias === undefined ? 0 : bias.data[k];
      for (const tap of taps(kernel)) {
        const position = place.map((p, i) => (p + before[i] - tap[i] * dilations[i]) / strides[i]);
        if (!position.every(Number.isInteger) || !isInside(position, x)) continue;
        for (let c = 0; c < perGroup; c++) {
          const channel = Math.floor(k / outPerGroup) * perGroup + c;
          sum += at(w, [channel, k % outPerGroup, ...tap]) * at(x, [b, channel, ...position]);
        }
      }
      return sum;
    }),
  ];
};

/** Positions of x under the window at a place, those inside only. */
function under(x: NdArray, place: readonly number[], kernel: readonly number[], steps: Steps): number[][] {
  return taps(kernel)
    .map((tap) => place.map((p, i) => p * steps.strides[i] + tap[i] * steps.dilations[i] - steps.before[i]))
    .filter((position) => isInside(position, x));
}

const maxPool: Kernel = ([x], attributes, [shape]) => {
  const kernel = attributes["kernel_shape"] as readonly number[];
  const steps = stepsOf(kernel, attributes);
  const best = ([b, c, ...place]: readonly number[]): number[] =>
    under(x, place, kernel, steps)
      .map((position) => [b, c, ...position])
      .reduce((a, other) => (at(x, other) > at(x, a) ? other : a));
  return [
    build(shape, (index) => at(x, best(index))),
    build(shape, (index) => best(index).reduce((sum, i, axis) => sum * x.shape[axis] + i, 0)),
  ];
};

/** Positions of a window in x and its padding; what hangs over that (ceil_mode) does not count. */
function countedWithPadding(
  x: NdArray,
  place: readonly number[],
  kernel: readonly number[],
  attributes: Readonly<Record<string, unknown>>,
): number {
  const { strides, dilations, before } = stepsOf(kernel, attributes);
  const pads = (attributes["pads"] as readonly number[] | undefined) ?? kernel.flatMap(() => [0, 0]);
  return taps(kernel).filter((tap) =>
    tap.every(
      (t, i) => place[i] * strides[i] + t * dilations[i] - before[i] < x.shape[i + 2] + pads[kernel.length + i],
    ),
  ).length;
}

const averagePool: Kernel = ([x], attributes, [shape]) => {
  const kernel = attributes["kernel_shape"] as readonly number[];
  const steps = stepsOf(kernel, attributes);
  return [
    build(shape, ([b, c, ...place]) => {
      const values = under(x, place, kernel, steps).map((position) => at(x, [b, c, ...position]));
      const count = attributes["count_include_pad"] ? countedWithPadding(x, place, kernel, attributes) : values.length;
      return values.reduce((sum, value) => sum + value, 0) / count;
    }),
  ];
};

const perChannel = (v: NdArray, [, channel]: readonly number[]): number => v.data[channel];

const batchNormalization: Kernel = ([x, scale, bias, mean, variance], { epsilon }) => [
  build(x.shape, (index) => {
    const deviation = Math.sqrt(perChannel(variance, index) + Number(epsilon));
    return ((at(x, index) - perChannel(mean, index)) / deviation) * perChannel(scale, index) + perChannel(bias, index);
  }),
];

export const windows: KernelTable = {
  BatchNormalization: batchNormalization,
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: maxPool,
  AveragePool: averagePool,
};
