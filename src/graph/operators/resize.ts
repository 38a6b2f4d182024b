import { FoveaError } from "../../errors/fovea-error.ts";
import { float, int, ints, string, type AttributesOf } from "../attributes.ts";
import { hostTensor } from "../dtype.ts";
import { defineOperator } from "../operator.ts";
import { constantOf, show, type Tensor } from "../tensor.ts";
import { constantValues } from "./constant-input.ts";
import { resizeMatrix, type Resampling } from "./resize-matrix.ts";

const attributes = {
  mode: string("nearest"),
  coordinate_transformation_mode: string("half_pixel"),
  nearest_mode: string("round_prefer_floor"),
  cubic_coeff_a: float(-0.75),
  exclude_outside: int(0),
  extrapolation_value: float(0),
  antialias: int(0),
  keep_aspect_ratio_policy: string("stretch"),
  axes: ints(undefined),
};
type Given = AttributesOf<typeof attributes>;

interface Operands {
  readonly x: Tensor;
  readonly roi?: Tensor | undefined;
  readonly scales?: Tensor | undefined;
  readonly sizes?: Tensor | undefined;
}

/** How one axis is resized. */
interface Side {
  readonly axis: number;
  readonly size: number;
  readonly scale: number;
  readonly crop?: readonly [number, number];
}

/** ONNX Resize-19 with constant `scales` or `sizes`, one for each of `axes` (default: every axis). */
export const Resize = defineOperator({
  type: "Resize",
  opset: 19,
  inputs: ["x", "roi?", "scales?", "sizes?"],
  outputs: ["y"],
  attributes,
  infer(operands, given) {
    const { x } = operands;
    checkModes(given);
    const shape = [...x.shape];
    for (const { axis, size } of sidesOf(operands, given)) shape[axis] = size;
    if (shape.some((size, i) => !(Number.isInteger(size) && size >= 0) || (size > 0 && x.shape[i] === 0)))
      throw new FoveaError("shape/resize", `Resize: ${show(x)} cannot become [${shape.join(", ")}]`);
    return { y: { shape, dtype: x.dtype } };
  },
  // each axis is a product with an [out, in] matrix, so the adjoint is the product with its transpose
  gradient({ x, roi, scales, sizes }, { dy }, given) {
    const kind: Resampling = {
      mode: given.mode as Resampling["mode"], // checkModes has seen it
      transformation: given.coordinate_transformation_mode,
      rounding: given.nearest_mode,
      cubicA: given.cubic_coeff_a,
      excludeOutside: given.exclude_outside === 1,
      antialias: given.antialias === 1,
    };
    const back = (d: Tensor, { axis, size, scale, crop }: Side): Tensor => {
      const from = x.shape[axis];
      if (size === from && scale === 1 && crop === undefined) return d;
      const matrix = resizeMatrix(from, size, scale, { ...kind, ...(crop === undefined ? {} : { crop }) });
      return alongAxis(d, axis, matrix, from);
    };
    return { x: sidesOf({ x, roi, scales, sizes }, given).reduce(back, dy) };
  },
});

function sidesOf({ x, roi, scales, sizes }: Operands, given: Given): Side[] {
  const axes = given.axes?.map((axis) => x.axis(axis, "Resize")) ?? x.shape.map((_, i) => i);
  const source = scales ?? sizes;
  if (source === undefined || (scales !== undefined && sizes !== undefined) || source.size !== axes.length)
    throw new FoveaError("shape/resize", `Resize: ${show(x)} needs scales or sizes, one number for each axis`);
  const bounds = roi === undefined ? undefined : constantValues("Resize", "roi", roi);
  const cropped = given.coordinate_transformation_mode === "tf_crop_and_resize" && bounds?.length === 2 * axes.length;
  const crop = (i: number): object => (cropped ? { crop: [bounds[i], bounds[i + axes.length]] as const } : {});
  const values = constantValues("Resize", scales === undefined ? "sizes" : "scales", source);
  if (scales !== undefined)
    return axes.map((axis, i) => ({ axis, size: Math.floor(x.shape[axis] * values[i]), scale: values[i], ...crop(i) }));
  const each = axes.map((axis, i) => values[i] / x.shape[axis]);
  const policy = given.keep_aspect_ratio_policy;
  if (policy === "stretch") return axes.map((axis, i) => ({ axis, size: values[i], scale: each[i], ...crop(i) }));
  const scale = policy === "not_larger" ? Math.min(...each) : Math.max(...each);
  return axes.map((axis, i) => ({ axis, size: Math.floor(x.shape[axis] * scale + 0.5), scale, ...crop(i) }));
}

const known: Readonly<Record<string, readonly string[]>> = {
  mode: ["nearest", "linear", "cubic"],
  coordinate_transformation_mode: [
    "half_pixel",
    "half_pixel_symmetric",
    "pytorch_half_pixel",
    "align_corners",
    "asymmetric",
    "tf_crop_and_resize",
  ],
  nearest_mode: ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"],
  keep_aspect_ratio_policy: ["stretch", "not_larger", "not_smaller"],
};

function checkModes(given: Readonly<Record<string, unknown>>): void {
  for (const [name, values] of Object.entries(known))
    if (!values.includes(String(given[name])))
      throw new FoveaError("graph/attribute", `Resize: ${name} ${String(given[name])} is none of ${values.join(", ")}`);
}

/** d [.., out, ..] times matrix [out, in] along `axis` → [.., in, ..]. */
export function alongAxis(d: Tensor, axis: number, matrix: Float64Array, size: number): Tensor {
  const out = d.shape[axis];
  const weights = constantOf(hostTensor("float32", [out, size], Float32Array.from(matrix))).cast(d.dtype);
  const rest = d.shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const shape = d.shape.map((old, i) => (i === axis ? size : old));
  if (rest === 1) return d.reshape([-1, out]).matmul(weights).reshape(shape);
  return weights
    .transpose()
    .matmul(d.reshape([-1, out, rest]))
    .reshape(shape);
}
