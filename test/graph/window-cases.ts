/** Random convolutions and pools: one or two spatial axes, any stride, dilation, padding and grouping that fits. */
import fc from "fast-check";
import { Conv, ConvTranspose } from "../../src/graph/operators/conv.ts";
import { AveragePool, MaxPool } from "../../src/graph/operators/pool.ts";
import { size, tensor, type DifferentiableOperator } from "./gradient-arbitraries.ts";

const few = fc.integer({ min: 1, max: 2 });

/** Along one axis: a window and the attributes of its steps, and a size into which it fits. */
const axis = fc
  .record({ kernel: fc.integer({ min: 1, max: 3 }), stride: few, dilation: few, room: fc.nat(3) })
  .chain((a) =>
    fc.tuple(fc.nat(a.kernel - 1), fc.nat(a.kernel - 1)).map(([before, after]) => {
      const span = (a.kernel - 1) * a.dilation + 1;
      return { ...a, before, after, size: Math.max(1, span - before - after) + a.room };
    }),
  );
const window = fc.array(axis, { minLength: 1, maxLength: 2 });
type Axis = typeof axis extends fc.Arbitrary<infer T> ? T : never;

const attributes = (axes: readonly Axis[]) => ({
  strides: axes.map(({ stride }) => stride),
  dilations: axes.map(({ dilation }) => dilation),
  pads: [...axes.map(({ before }) => before), ...axes.map(({ after }) => after)],
});
const kernelOf = (axes: readonly Axis[]): number[] => axes.map(({ kernel }) => kernel);
const sizesOf = (axes: readonly Axis[]): number[] => axes.map(({ size }) => size);

const convolution: DifferentiableOperator = {
  type: "Conv",
  arbitrary: fc
    .tuple(window, few, few, few, few)
    .chain(([axes, batch, group, inputs, outputs]) =>
      fc.tuple(
        tensor([batch, group * inputs, ...sizesOf(axes)]),
        tensor([group * outputs, inputs, ...kernelOf(axes)]),
        tensor([group * outputs]),
        fc.constant({ ...attributes(axes), group }),
      ),
    )
    .map(([x, w, bias, given]) => ({
      inputs: { x, w, bias },
      build: ({ x, w, bias }) => Conv({ x, w, bias }, given).y,
    })),
};

const transposed: DifferentiableOperator = {
  type: "ConvTranspose",
  arbitrary: fc
    .tuple(window, few, few, few, few, fc.nat(1))
    .chain(([axes, batch, group, inputs, outputs, more]) => {
      const output_padding = axes.map(({ stride }) => Math.min(more, stride - 1));
      // no padding beyond what the kernel spans: something must be left
      const given = { ...attributes(axes), group, output_padding };
      return fc.tuple(
        tensor([batch, group * inputs, ...axes.map(({ room }) => room + 3)]),
        tensor([group * inputs, outputs, ...kernelOf(axes)]),
        tensor([group * outputs]),
        fc.constant(given),
      );
    })
    .map(([x, w, bias, given]) => ({
      inputs: { x, w, bias },
      build: ({ x, w, bias }) => ConvTranspose({ x, w, bias }, given).y,
    })),
};

/** Without padding where a window has gaps: it might lie around the input and see nothing of it. */
const seeing = window.map((axes) =>
  axes.map((a) => (a.dilation === 1 ? a : { ...a, before: 0, after: 0, size: a.size + a.before + a.after })),
);
const pooled = fc
  .tuple(seeing, size, few, fc.nat(1))
  .chain(([axes, batch, channels, flag]) =>
    fc.tuple(tensor([batch, channels, ...sizesOf(axes)]), fc.constant({ axes, flag })),
  );

const maxPool: DifferentiableOperator = {
  type: "MaxPool",
  arbitrary: pooled.map(([x, { axes, flag }]) => ({
    inputs: { x },
    build: ({ x }) => MaxPool({ x }, { ...attributes(axes), kernel_shape: kernelOf(axes), ceil_mode: flag }).y,
  })),
};

const averagePool: DifferentiableOperator = {
  type: "AveragePool",
  arbitrary: pooled.map(([x, { axes, flag }]) => ({
    inputs: { x },
    build: ({ x }) => {
      const given = { ...attributes(axes), kernel_shape: kernelOf(axes), count_include_pad: flag };
      return AveragePool({ x }, given).y;
    },
  })),
};

export const windows: readonly DifferentiableOperator[] = [convolution, transposed, maxPool, averagePool];
