/** Operators that move blocked activations, or only look at them in another shape. */
import { BlockedAveragePool, BlockedMaxPool, BlockedUpsample } from "../../graph/operators/blocked.ts";
import { concat, split } from "../../graph/operators/layout.ts";
import { sameShape, type Tensor } from "../../graph/tensor.ts";
import type { Grid } from "./affine.ts";
import type { Pass, Rule } from "./pass.ts";
import { gridOf, isBlocked, type Blocked, type Value } from "./values.ts";
import { isView } from "./view.ts";

const reshapes = new Set(["Reshape", "Squeeze", "Unsqueeze", "Flatten"]);

export const reshapeRule: Rule = (_pass, { operator, outputs }, [x]) => {
  if (operator.domain !== "" || !reshapes.has(operator.type) || x === undefined) return undefined;
  const { shape } = outputs[0];
  if (x.kind === "permuted") return [{ ...x, tensor: x.tensor.reshape(shape) }];
  return isBlocked(x) && isView(shape, gridOf(x)) ? [{ ...x, shape }] : undefined;
};

/** Broadcasting waits: a blocked activation may take the small tensor as its scale or shift. */
export const expandRule: Rule = (pass, { operator, outputs }, [x]) => {
  if (operator.type !== "Expand" || x === undefined || isBlocked(x) || outputs[0].dtype !== "float32") return undefined;
  if (x.kind === "permuted") return undefined;
  const source = x.kind === "expanded" ? x.source : pass.to.plain(x);
  if (source.size === outputs[0].size) return undefined;
  return [{ kind: "expanded", source, shape: outputs[0].shape }];
};

const isWhole = (value: Value | undefined): value is Blocked =>
  isBlocked(value) && sameShape(value.shape, [gridOf(value).n, gridOf(value).c, gridOf(value).h, gridOf(value).w]);

/** Channels joined at multiples of the block lie one after the other in memory too. */
export const concatRule: Rule = (pass, { operator, attributes, outputs }, xs) => {
  if (operator.type !== "Concat" || attributes["axis"] !== 1 || !xs.some(isWhole)) return undefined;
  const [y] = outputs;
  if (y.rank !== 4 || !xs.every((x) => x !== undefined && fits(x, y, pass.block))) return undefined;
  const parts = xs.map((x) => whole(pass, x as Value).tensor); // checked in the line above
  return [pass.computed(y, concat(parts, 1), gridOfShape(y, pass.block))];
};

const fits = (x: Value, y: Tensor, block: number): boolean => {
  if (isBlocked(x)) return isWhole(x);
  return (
    x.kind === "plain" && x.tensor.rank === y.rank && x.tensor.shape[1] % block === 0 && x.tensor.dtype === "float32"
  );
};

const gridOfShape = ({ shape: [n, c, h, w] }: Tensor, block: number): Grid => ({ n, c, h, w, block });

const whole = (pass: Pass, x: Value) =>
  isBlocked(x) ? pass.to.base(x) : pass.to.blocked(pass.to.plain(x), gridOfShape(pass.to.plain(x), pass.block));

/** Channels cut at multiples of the block. */
export const splitRule: Rule = (pass, { operator, attributes, outputs }, [x]) => {
  if (operator.type !== "Split" || !isWhole(x)) return undefined;
  const axis = ((attributes["axis"] as number) + 4) % 4; // an int attribute of a node of rank 4
  const sizes = outputs.map((y) => y.shape[1]);
  if (axis !== 1 || sizes.some((size) => size % pass.block !== 0)) return undefined;
  const parts = split(pass.to.base(x).tensor, sizes, 1);
  return parts.map((part, i) => pass.computed(outputs[i], part, gridOfShape(outputs[i], pass.block)));
};

/** Pools keep the channels; MaxPool's indices are of the plain layout. */
export const poolRule: Rule = (pass, { operator, attributes, outputs }, [x]) => {
  const { type } = operator;
  if (operator.domain !== "" || (type !== "MaxPool" && type !== "AveragePool") || !isWhole(x)) return undefined;
  if (type === "MaxPool" && outputs[1] !== undefined && pass.readersOf(outputs[1]).length > 0) return undefined;
  if (attributes["auto_pad"] !== "NOTSET" || (attributes["dilations"] as number[] | undefined)?.some((d) => d !== 1))
    return undefined;
  const tensor = pass.to.base(x).tensor;
  const given = attributes as { kernel_shape: readonly number[] }; // of the same names
  const y = type === "MaxPool" ? BlockedMaxPool({ x: tensor }, given).y : BlockedAveragePool({ x: tensor }, given).y;
  const value = pass.computed(outputs[0], y, gridOfShape(outputs[0], pass.block));
  return [value]; // nobody reads the indices
};

/** Nearest neighbour by whole factors. */
export const upsampleRule: Rule = (pass, { operator, attributes, inputs, outputs }, [x]) => {
  if (operator.type !== "Resize" || operator.domain !== "" || !isWhole(x)) return undefined;
  const scales = inputs[2]?.producer.kind === "constant" ? [...(inputs[2].producer.value.data as Float32Array)] : [];
  const { mode, coordinate_transformation_mode: transformation, nearest_mode: rounding } = attributes;
  const copies = mode === "nearest" && transformation === "asymmetric" && rounding === "floor";
  const whole = scales.length === 4 && scales[0] === 1 && scales[1] === 1 && scales.every(Number.isInteger);
  if (!copies || !whole || (attributes["axes"] as readonly number[] | undefined) !== undefined) return undefined;
  const y = BlockedUpsample({ x: pass.to.base(x).tensor }, { scales }).y;
  return [pass.computed(outputs[0], y, gridOfShape(outputs[0], pass.block))];
};
