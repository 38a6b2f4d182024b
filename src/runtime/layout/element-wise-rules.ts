import { filled, type Tensor } from "../../graph/tensor.ts";
import {
  affineOf,
  compute,
  constantAffine,
  gridShape,
  scaled,
  sum,
  type Affine,
  type Grid,
  type Scale,
} from "./affine.ts";
import { isBinary, isUnary } from "./element-wise.ts";
import type { Pass, Rule } from "./pass.ts";
import { sameShape } from "../../graph/tensor.ts";
import { gridOf, isBlocked, plainValue, shapeOf, type Blocked, type Value } from "./values.ts";
import { sameLayout } from "./weight-layout.ts";
import { perChannel } from "./view.ts";

/** Operators of one blocked activation; a ReLU joins what made its input. */
export const unaryRule: Rule = (pass, { operator, attributes, inputs, outputs }, [x, ...rest]) => {
  const scalars = rest.every((value) => value === undefined || (value.kind === "plain" && value.tensor.size === 1));
  if (!isUnary(operator) || !scalars || x === undefined) return undefined;
  const apply = (tensor: Tensor): Tensor =>
    operator.apply([tensor, ...rest.map((value) => value && pass.to.plain(value))], attributes)[0];
  if (x.kind === "permuted") return [{ ...x, tensor: apply(x.tensor) }];
  if (x.kind === "expanded") return [{ ...x, source: apply(x.source) }];
  if (!isBlocked(x)) return undefined;
  if (operator.type === "Identity") return [x];
  if (operator.type === "Neg" && x.kind === "affine")
    return [pass.affineValue(outputs[0], scaled(x.affine, { factor: -1 }))];
  if (operator.type === "Relu" && x.kind === "affine" && pass.onlyReader(inputs[0] as Tensor) !== undefined)
    return [pass.computed(outputs[0], compute(x.affine, true), gridOf(x))]; // a Relu has an input
  return [pass.computed(outputs[0], apply(pass.to.base(x).tensor), gridOf(x))];
};

/** Operators of two tensors, one or both of them blocked. */
export const binaryRule: Rule = (pass, node, [a, b]) => {
  if (!isBinary(node.operator) || node.inputs.length !== 2 || a === undefined || b === undefined) return undefined;
  const [y] = node.outputs;
  if (a.kind === "permuted" || b.kind === "permuted") return permuted(pass, node.operator.apply, a, b);
  const blocked = [a, b].find((value) => isBlocked(value) && sameShape(value.shape, y.shape)) as Blocked | undefined;
  if (blocked === undefined) return expanded(node.operator.apply, a, b, y);
  const grid = gridOf(blocked);
  const [p, q] = [a, b].map((value) => operand(pass, value, y, grid));
  if (p === undefined || q === undefined) return undefined;
  const apply = (x: Tensor, z: Tensor): Value => pass.computed(y, node.operator.apply([x, z], {})[0], grid);
  // a product that others read too is computed for them anyway
  const shared = ([p, q] as const).map((value, i) =>
    value.kind === "product" && pass.onlyReader(node.inputs[i] as Tensor) === undefined
      ? { ...value, kind: "affine" as const, affine: pass.to.affine(value) }
      : value,
  );
  const value = combine(pass, node.operator.type, y, shared, apply);
  return value && [value];
};

/** Both operands permuted alike, or one and a scalar, or one and a plain tensor of its shape. */
function permuted(
  pass: Pass,
  apply: (inputs: readonly Tensor[], attributes: Record<string, never>) => readonly Tensor[],
  a: Value,
  b: Value,
): readonly Value[] | undefined {
  const first = a.kind === "permuted" ? a : b;
  if (first.kind !== "permuted") return undefined;
  const { layout, tensor } = first;
  const tensors = [a, b].map((value) => {
    if (value.kind === "permuted" && sameLayout(value.layout, layout) && sameShape(value.tensor.shape, tensor.shape))
      return value.tensor;
    if (value.kind === "plain" && value.tensor.size === 1 && value.tensor.rank <= tensor.rank) return value.tensor;
    if (!isBlocked(value) && sameShape(shapeOf(value), tensor.shape))
      return pass.to.weight(value, layout).reshape(tensor.shape);
    return undefined;
  });
  if (tensors.some((one) => one === undefined)) return undefined;
  const [y] = apply(tensors as Tensor[], {});
  return [{ kind: "permuted", tensor: y, layout }];
}

/** Operators of values that are yet to be broadcast stay so. */
function expanded(
  apply: (inputs: readonly Tensor[], attributes: Record<string, never>) => readonly Tensor[],
  a: Value,
  b: Value,
  y: Tensor,
): readonly Value[] | undefined {
  const sources = [a, b].map((value) => {
    if (value.kind === "expanded") return value.source;
    return value.kind === "plain" && value.tensor.size < y.size ? value.tensor : undefined;
  });
  if (sources.some((source) => source === undefined)) return undefined;
  const [source] = apply(sources as Tensor[], {});
  return [source.size === y.size ? plainValue(source.reshape(y.shape)) : { kind: "expanded", source, shape: y.shape }];
}

/** An operand as an affine form on the grid; without terms where it is the same within each channel. */
function operand(pass: Pass, value: Value, y: Tensor, grid: Grid): Value | undefined {
  if (isBlocked(value)) return sameShape(value.shape, y.shape) && sameGrid(gridOf(value), grid) ? value : undefined;
  if (value.kind === "permuted") return undefined;
  const source = value.kind === "expanded" ? value.source : value.tensor;
  const number = constantOfAll(source);
  const small = number === undefined ? perChannel(source, y.shape, grid) : undefined;
  const scale = number === undefined ? small && scaleOf(small) : { factor: number };
  const affine = scale === undefined ? whole(pass, value, y, grid) : constantAffine(grid, scale);
  return affine && { kind: "affine", affine, shape: y.shape };
}

const sameGrid = (a: Grid, b: Grid): boolean => sameShape(gridShape(a), gridShape(b));

/** Scalars that are known stay numbers: they cost no node. */
function scaleOf(small: Tensor): Scale {
  const { producer } = small;
  const source =
    producer.kind === "node" && producer.operator.type === "Reshape" ? (producer.inputs[0] as Tensor) : small; // it has one
  const value = source.size === 1 ? constantOfAll(source) : undefined;
  if (value !== undefined) return { factor: value };
  return { factor: 1, small };
}

/** The number that a constant holds everywhere. */
function constantOfAll({ producer, dtype }: Tensor): number | undefined {
  if (producer.kind !== "constant" || dtype !== "float32") return undefined;
  const data = producer.value.data as Float32Array; // by its dtype
  return data.every((value) => value === data[0]) ? data[0] : undefined;
}

function whole(pass: Pass, value: Value, y: Tensor, grid: Grid): Affine | undefined {
  if (!sameShape(shapeOf(value), y.shape)) return undefined;
  return affineOf(pass.to.blocked(pass.to.plain(value), grid));
}

function combine(
  pass: Pass,
  type: string,
  y: Tensor,
  [p, q]: readonly Value[],
  apply: (a: Tensor, b: Tensor) => Value,
): Value | undefined {
  if (!isBlocked(p) || !isBlocked(q)) return undefined;
  const constant = (value: Blocked): Scale | undefined =>
    value.kind === "affine" && value.affine.terms.size === 0 ? (value.affine.shift ?? { factor: 0 }) : undefined;
  const [s, t] = [constant(p), constant(q)];
  switch (type) {
    case "Add":
      return pass.affineValue(y, sum(pass.to.affine(p), pass.to.affine(q)));
    case "Sub":
      return pass.affineValue(y, sum(pass.to.affine(p), scaled(pass.to.affine(q), { factor: -1 })));
    case "Mul":
      if (s !== undefined) return times(pass, y, q, s);
      if (t !== undefined) return times(pass, y, p, t);
      return { kind: "product", product: { a: factorOf(pass, p), b: factorOf(pass, q) }, shape: y.shape };
    case "Div":
      if (t !== undefined) return times(pass, y, p, reciprocal(t));
      break;
    case "Pow":
      if (t?.factor === 2 && t.small === undefined) {
        const a = factorOf(pass, p);
        return { kind: "product", product: { a, b: a }, shape: y.shape };
      }
      break;
  }
  const scalarOf = (scale: Scale | undefined): Tensor | undefined =>
    scale === undefined || (scale.small?.size ?? 1) > 1 ? undefined : number(scale);
  const [x, z] = [
    s === undefined ? pass.to.base(p).tensor : scalarOf(s),
    t === undefined ? pass.to.base(q).tensor : scalarOf(t),
  ];
  return x === undefined || z === undefined ? undefined : apply(x, z);
}

const number = ({ factor, small }: Scale): Tensor =>
  (small === undefined ? filled([], factor) : small.mul(factor)).reshape([]);

const reciprocal = ({ factor, small }: Scale): Scale => ({
  factor: 1 / factor,
  ...(small && { small: filled([1, 1], 1).div(small) }),
});

function times(pass: Pass, y: Tensor, value: Blocked, by: Scale): Value {
  if (value.kind === "product" && pass.onlyReader(y) !== undefined)
    return { kind: "product", product: { a: scaled(value.product.a, by), b: value.product.b }, shape: y.shape };
  return pass.affineValue(y, scaled(pass.to.affine(value), by));
}

/** A factor of a product: sums of several tensors are computed first, so that a product has one pair of them. */
function factorOf(pass: Pass, value: Blocked): Affine {
  if (value.kind === "affine" && value.affine.terms.size <= 1) return value.affine;
  return affineOf(pass.to.base(value));
}
