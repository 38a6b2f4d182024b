/** Operators that move values, in float64. */
import { axisOf, type Kernel, type KernelTable } from "./kernel.ts";
import { at, build } from "./nd-array.ts";

const reshaped: Kernel = ([x], _attributes, [shape]) => [{ shape, data: x.data }];

/** `index` with another value along `axis`. */
const moved = (index: readonly number[], axis: number, value: number): number[] =>
  index.map((old, i) => (i === axis ? value : old));

const concat: Kernel = (xs, { axis }, [shape]) => {
  const along = axisOf(axis, shape.length);
  return [
    build(shape, (index) => {
      let rest = index[along];
      for (const x of xs) {
        if (rest < x.shape[along]) return at(x, moved(index, along, rest));
        rest -= x.shape[along];
      }
      return NaN;
    }),
  ];
};

const split: Kernel = ([x], { axis }, shapes) => {
  const along = axisOf(axis, x.shape.length);
  let start = 0;
  return shapes.map((shape) => {
    const from = start;
    start += shape[along];
    return build(shape, (index) => at(x, moved(index, along, index[along] + from)));
  });
};

const slice: Kernel = ([x, starts, , axes, steps], _attributes, [shape]) => [
  build(shape, (index) => {
    const from = [...index];
    starts.data.forEach((start, i) => {
      const along = axisOf(axes?.data[i] ?? i, x.shape.length);
      const step = steps?.data[i] ?? 1;
      const size = x.shape[along];
      const first = Math.min(Math.max(start < 0 ? start + size : start, 0), step > 0 ? size : size - 1);
      from[along] = first + step * index[along];
    });
    return at(x, from);
  }),
];

const pad: Kernel = ([x, pads, value, axes], { mode }, [shape]) => {
  const along =
    axes === undefined ? x.shape.map((_, i) => i) : [...axes.data].map((axis) => axisOf(axis, shape.length));
  const before = x.shape.map((_, i) => (along.includes(i) ? pads.data[along.indexOf(i)] : 0));
  return [
    build(shape, (index) => {
      const from = index.map((i, axis) => i - before[axis]);
      if (mode === "edge")
        return at(
          x,
          from.map((i, axis) => Math.min(Math.max(i, 0), x.shape[axis] - 1)),
        );
      if (mode === "reflect")
        return at(
          x,
          from.map((i, axis) => x.shape[axis] - 1 - Math.abs(x.shape[axis] - 1 - Math.abs(i))),
        );
      return from.every((i, axis) => i >= 0 && i < x.shape[axis]) ? at(x, from) : (value?.data[0] ?? 0);
    }),
  ];
};

/** `data[i]` as an index from 0 into an axis of `size`. */
const wrapped = (i: number, size: number): number => (i < 0 ? i + size : i);

const gather: Kernel = ([x, indices], { axis }, [shape]) => {
  const along = axisOf(axis, x.shape.length);
  return [
    build(shape, (index) => {
      const row = at(indices, index.slice(along, along + indices.shape.length));
      return at(x, [
        ...index.slice(0, along),
        wrapped(row, x.shape[along]),
        ...index.slice(along + indices.shape.length),
      ]);
    }),
  ];
};

const gatherElements: Kernel = ([x, indices], { axis }, [shape]) => {
  const along = axisOf(axis, x.shape.length);
  return [build(shape, (index) => at(x, moved(index, along, wrapped(at(indices, index), x.shape[along]))))];
};

const scatterElements: Kernel = ([x, indices, updates], { axis, reduction }) => {
  const along = axisOf(axis, x.shape.length);
  const data = Float64Array.from(x.data);
  build(indices.shape, (index) => {
    const to = moved(index, along, wrapped(at(indices, index), x.shape[along]));
    const offset = to.reduce((sum, i, k) => sum * x.shape[k] + i, 0);
    const update = at(updates, index);
    data[offset] = reduction === "add" ? data[offset] + update : update;
    return 0;
  });
  return [{ shape: x.shape, data }];
};

const cumsum: Kernel = ([x, axis], { exclusive, reverse }) => {
  const along = axisOf(axis.data[0], x.shape.length);
  const counts = (j: number, i: number): boolean => (reverse ? j > i : j < i) || (j === i && !exclusive);
  return [
    build(x.shape, (index) => {
      let sum = 0;
      for (let j = 0; j < x.shape[along]; j++) if (counts(j, index[along])) sum += at(x, moved(index, along, j));
      return sum;
    }),
  ];
};

const topk: Kernel = ([x], { axis, largest }, [shape]) => {
  const along = axisOf(axis, x.shape.length);
  const order = (index: readonly number[]): number[] => {
    const value = (i: number): number => at(x, moved(index, along, i)) * (largest ? -1 : 1);
    return Array.from({ length: x.shape[along] }, (_, i) => i).sort((i, j) => value(i) - value(j) || i - j);
  };
  const indices = build(shape, (index) => order(index)[index[along]]);
  return [gatherElements([x, indices], { axis }, [shape])[0], indices];
};

const trilu: Kernel = ([x, k], { upper }) => [
  build(x.shape, (index) => {
    const [row, column] = index.slice(-2);
    const above = column - row - (k?.data[0] ?? 0);
    return (upper ? above >= 0 : above <= 0) ? at(x, index) : 0;
  }),
];

export const layouts: KernelTable = {
  Trilu: trilu,
  Reshape: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Flatten: reshaped,
  Transpose: ([x], { perm }, [shape]) => {
    const order = (perm as readonly number[] | undefined) ?? x.shape.map((_, i) => x.shape.length - 1 - i);
    return [
      build(shape, (index) =>
        at(
          x,
          order.map((_, axis) => index[order.indexOf(axis)]),
        ),
      ),
    ];
  },
  Expand: ([x], _attributes, [shape]) => [build(shape, (index) => at(x, index))],
  Tile: ([x], _attributes, [shape]) => [
    build(shape, (index) =>
      at(
        x,
        index.map((i, axis) => i % x.shape[axis]),
      ),
    ),
  ],
  Concat: concat,
  Split: split,
  Slice: slice,
  Pad: pad,
  Gather: gather,
  GatherElements: gatherElements,
  ScatterElements: scatterElements,
  CumSum: cumsum,
  TopK: topk,
};
