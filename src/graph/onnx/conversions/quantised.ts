/** Quantised numbers: uint8 with an optional zero point. */
import { FoveaError } from "../../../errors/fovea-error.ts";
import { DequantizeLinear, QuantizeLinear } from "../../operators/quantised.ts";
import { clamp } from "../../operators/extremes.ts";
import { Round } from "../../operators/unary.ts";
import { constantOf, show, type Tensor } from "../../tensor.ts";
import { hostTensor } from "../../dtype.ts";
import { dtypeOf } from "../tensor-proto.ts";
import type { Conversion, ForeignNode } from "../foreign-node.ts";
import { required } from "./inputs.ts";

/** Refuses element types that are not ours. */
function checkOptions(node: ForeignNode): void {
  for (const name of ["output_dtype", "precision"]) {
    const code = node.attributes.int(name, 0);
    if (code !== 0) dtypeOf(code, `${node.type}.${name}`, "model");
  }
}

/** One value a block of `size` along `axis`, as one for each element of x. */
function spread(node: ForeignNode, values: Tensor, x: Tensor, size: number): Tensor {
  const axis = x.axis(node.attributes.int("axis", 1), node.type);
  const fits =
    values.rank === x.rank &&
    values.shape.every((n, i) => n === (i === axis ? Math.ceil(x.shape[i] / size) : x.shape[i]));
  if (!(size >= 1) || !fits)
    throw new FoveaError("shape/quantised", `${node.type}: scale ${show(values)} for blocks of ${size} of ${show(x)}`);
  const apart = values.reshape([...values.shape.slice(0, axis + 1), 1, ...values.shape.slice(axis + 1)]);
  const wide = apart.expand(apart.shape.map((n, i) => (i === axis + 1 ? size : n)));
  const joined = wide.reshape(values.shape.map((n, i) => (i === axis ? n * size : n)));
  return joined.slice(axis, 0, x.shape[axis]);
}

/** Blocks, which ONNX Runtime's operators of opset 19 lack, by arithmetic. */
function inBlocks(node: ForeignNode, size: number): Tensor {
  const [x, scale] = [required(node, 0), required(node, 1)];
  const zero = node.inputs[2];
  const isQuantising = node.type === "QuantizeLinear";
  if (isQuantising ? zero !== undefined && zero.dtype !== "uint8" : x.dtype !== "uint8" && x.dtype !== "int32")
    throw new FoveaError("dtype/quantised", `${node.type}: ${show(x)} in blocks with a zero point that is not uint8`);
  node.attributes.ignore("saturate");
  const scales = spread(node, scale, x, size);
  const shift = zero === undefined ? undefined : spread(node, zero, x, size).cast(scale.dtype);
  if (!isQuantising) return (shift === undefined ? x.cast(scale.dtype) : x.cast(scale.dtype).sub(shift)).mul(scales);
  const whole = Round({ x: x.div(scales) }).y;
  return clamp(shift === undefined ? whole : whole.add(shift), { min: 0, max: 255 }).cast("uint8");
}

const quantize: Conversion = (node) => {
  checkOptions(node);
  const size = node.attributes.int("block_size", 0);
  if (size !== 0) return [inBlocks(node, size)];
  const [x, scale] = [required(node, 0), required(node, 1)];
  const zero = node.inputs[2];
  const attributes = { axis: node.attributes.int("axis", 1), saturate: node.attributes.int("saturate", 1) };
  const none = constantOf(hostTensor("uint8", [], new Uint8Array(1)));
  return [
    QuantizeLinear({ x, scale, zero: zero ?? (scale.size === 1 ? none.reshape(scale.shape) : undefined) }, attributes)
      .y,
  ];
};

const dequantize: Conversion = (node) => {
  checkOptions(node);
  const size = node.attributes.int("block_size", 0);
  if (size !== 0) return [inBlocks(node, size)];
  const operands = { x: required(node, 0), scale: required(node, 1), zero: node.inputs[2] };
  return [DequantizeLinear(operands, { axis: node.attributes.int("axis", 1) }).y];
};

export const quantised: Readonly<Record<string, Conversion>> = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
};
