/** Quantised numbers: uint8 with an optional zero point. */
import { FoveaError } from "../../../errors/fovea-error.ts";
import { DequantizeLinear, QuantizeLinear } from "../../operators/quantised.ts";
import { constantOf } from "../../tensor.ts";
import { hostTensor } from "../../dtype.ts";
import { dtypeOf } from "../tensor-proto.ts";
import type { Conversion, ForeignNode } from "../foreign-node.ts";
import { required } from "./inputs.ts";

function checkOptions(node: ForeignNode): void {
  if (node.attributes.int("block_size", 0) !== 0)
    throw new FoveaError("onnx/dtype", `${node.type}: quantisation in blocks is not supported`);
  for (const name of ["output_dtype", "precision"]) {
    const code = node.attributes.int(name, 0);
    if (code !== 0) dtypeOf(code, `${node.type}.${name}`, "model");
  }
}

const quantize: Conversion = (node) => {
  checkOptions(node);
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
  const operands = { x: required(node, 0), scale: required(node, 1), zero: node.inputs[2] };
  return [DequantizeLinear(operands, { axis: node.attributes.int("axis", 1) }).y];
};

export const quantised: Readonly<Record<string, Conversion>> = {
  QuantizeLinear: quantize,
  DequantizeLinear: dequantize,
};
