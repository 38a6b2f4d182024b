import { sizeOf, type Shape } from "../../graph/dtype.ts";
import { filled, type Tensor } from "../../graph/tensor.ts";
import { affineOf, constantAffine, scaled, sum, type Affine, type Grid } from "./affine.ts";
import { sameForAllImages } from "./moments.ts";
import type { Pass, Rule } from "./pass.ts";
import { gridOf, isBlocked, plainValue, type Value } from "./values.ts";
import { axesOf, channelAxes, perChannel } from "./view.ts";

/** Sums and means of blocked activations over whole channels: by GlobalAveragePool. */
export const reduceRule: Rule = (pass, { operator, inputs, outputs }, [x, axesValue]) => {
  const type = operator.type;
  if (operator.domain !== "" || !["ReduceSum", "ReduceMean", "ReduceSumSquare"].includes(type) || x === undefined)
    return undefined;
  const axes = axesOf(axesValue && pass.to.plain(axesValue), shapeOfInput(inputs));
  if (axes === undefined) return undefined;
  if (x.kind === "permuted") return permuted(pass, operator.apply, x, axes, { inputs, outputs });
  if (!isBlocked(x)) return undefined;
  const mean = meanOver(x.shape, axes, gridOf(x), momentOf(pass, x, type, inputs[0] as Tensor)); // a reduction has an input
  if (mean === undefined) return undefined;
  const count = axes.reduce((product, axis) => product * x.shape[axis], 1);
  return [plainValue((type === "ReduceMean" ? mean : mean.mul(count)).reshape(outputs[0].shape))];
};

const shapeOfInput = (inputs: readonly (Tensor | undefined)[]): Shape => (inputs[0] as Tensor).shape;

/** A mean of each channel of each image, or of each channel; the latter only where it is asked with `overBatch`. */
interface Moment {
  readonly mayAverageBatch: boolean;
  mean(overBatch: boolean): Tensor;
}

function momentOf(pass: Pass, x: Value, type: string, tensor: Tensor): Moment {
  const squared = type === "ReduceSumSquare";
  if (x.kind === "product" && !squared && pass.onlyReader(tensor) !== undefined) {
    const { a, b } = x.product;
    return {
      mayAverageBatch: sameForAllImages(a) && sameForAllImages(b),
      mean: (overBatch) => pass.moments.meanProduct(a, b, overBatch),
    };
  }
  const affine = isBlocked(x) ? pass.to.affine(x) : undefined;
  if (affine === undefined) throw new Error("a moment of what is not blocked");
  const settled =
    affine.terms.size > 1 && squared ? affineOf(pass.to.base({ kind: "affine", affine, shape: [] })) : affine;
  return {
    mayAverageBatch: sameForAllImages(settled),
    mean: (overBatch) =>
      squared ? pass.moments.meanProduct(settled, settled, overBatch) : pass.moments.mean(settled, overBatch),
  };
}

/** Means over `axes` of a view, these axes kept as 1; undefined unless they cover the places. */
function meanOver(view: Shape, axes: readonly number[], grid: Grid, moment: Moment): Tensor | undefined {
  const count = channelAxes(view, grid);
  if (view.slice(count).some((size, i) => size > 1 && !axes.includes(count + i))) return undefined;
  const { n, c } = grid;
  const overBatch = moment.mayAverageBatch && axes.includes(0) && view[0] === n;
  const groups = view.slice(0, count).map((size, i) => (i === 0 && overBatch ? 1 : size));
  const images = overBatch ? 1 : n;
  let mean = moment.mean(overBatch);
  const each = (images * c) / sizeOf(groups);
  if (each > 1) mean = mean.reshape([...groups, each]).mean(groups.length);
  mean = mean.reshape(groups);
  const rest = axes.filter((axis) => axis < count && groups[axis] > 1);
  mean = rest.length === 0 ? mean : mean.mean(rest, { keepDims: true });
  return mean.reshape(view.map((size, i) => (axes.includes(i) ? 1 : size)));
}

/** A total does not depend on the order in memory; nor does a total of partial sums. */
function permuted(
  pass: Pass,
  apply: (inputs: readonly (Tensor | undefined)[], attributes: Record<string, never>) => readonly Tensor[],
  { tensor }: Extract<Value, { kind: "permuted" }>,
  axes: readonly number[],
  { inputs, outputs }: { readonly inputs: readonly (Tensor | undefined)[]; readonly outputs: readonly Tensor[] },
): readonly Value[] | undefined {
  const total = axes.length === tensor.rank;
  const summedUp = (step: ReturnType<Pass["onlyReader"]>): boolean =>
    step?.kind === "node" && step.node.operator.type === "ReduceSum" && step.outputs[0].size === 1;
  const readers = pass.readersOf(outputs[0]);
  if (!total && !(readers.length > 0 && readers.every(summedUp))) return undefined;
  const [y] = apply([tensor, inputs[1]], {});
  return [plainValue(y.reshape(outputs[0].shape))];
}

/** LayerNormalization over whole channels, as group norm is written. */
export const layerNormRule: Rule = (pass, { operator, attributes, inputs, outputs }, [x, , bias]) => {
  if (operator.type !== "LayerNormalization" || x === undefined || !isBlocked(x) || bias !== undefined)
    return undefined;
  if (!allOnes(inputs[1] as Tensor)) return undefined; // it has a scale
  const grid = gridOf(x);
  const view = x.shape;
  const first = ((attributes["axis"] as number) + view.length) % view.length; // an int attribute
  const axes = view.slice(first).map((_, i) => first + i);
  if (first > channelAxes(view, grid)) return undefined;
  const given = pass.to.affine(x);
  const affine = given.terms.size > 1 ? affineOf(pass.to.base(x)) : given;
  const over = (mean: (overBatch: boolean) => Tensor): Tensor | undefined =>
    meanOver(view, axes, grid, { mayAverageBatch: false, mean });
  const mean = over((batch) => pass.moments.mean(affine, batch));
  if (mean === undefined) return undefined;
  const centred = shifted(affine, mean, view, grid);
  const variance = over((batch) => pass.moments.meanProduct(centred, centred, batch)) as Tensor; // as the mean
  const inverse = filled([], 1).div(variance.add(attributes["epsilon"] as number).sqrt());
  const y = scaled(centred, { factor: 1, small: perChannel(inverse, view, grid) as Tensor }); // constant along `axes`
  return [pass.affineValue(outputs[0], y), plainValue(mean), plainValue(inverse)];
};

const shifted = (affine: Affine, mean: Tensor, view: Shape, grid: Grid): Affine =>
  sum(affine, constantAffine(grid, { factor: -1, small: perChannel(mean, view, grid) as Tensor })); // as above

function allOnes({ producer }: Tensor): boolean {
  if (producer.kind === "constant")
    return Array.from(producer.value.data as Float32Array).every((value) => value === 1);
  return producer.kind === "node" && producer.operator.type === "Expand" && allOnes(producer.inputs[0] as Tensor);
}
