/** Activations without an operator of ours: built from others, which gives them their gradients. */
import { FoveaError } from "../../../errors/fovea-error.ts";
import { sizeOf } from "../../dtype.ts";
import { Elu } from "../../operators/activations.ts";
import { Clip } from "../../operators/extremes.ts";
import { LogSoftmax, Softmax } from "../../operators/softmax.ts";
import { filled, scalar, type Tensor } from "../../tensor.ts";
import type { Conversion, ForeignNode } from "../foreign-node.ts";
import { constantNumbers, counting, required } from "./inputs.ts";

/** γ·Elu_α(x) */
const selu: Conversion = (node) => {
  const alpha = node.attributes.float("alpha", 1.67326319217681884765625);
  const gamma = node.attributes.float("gamma", 1.05070102214813232421875);
  return [Elu({ x: required(node, 0) }, { alpha }).y.mul(gamma)];
};

/** α·Elu(x/α) */
const celu: Conversion = (node) => {
  const alpha = node.attributes.float("alpha", 1);
  return [Elu({ x: required(node, 0).div(alpha) }).y.mul(alpha)];
};

const thresholdedRelu: Conversion = (node) => {
  const x = required(node, 0);
  return [x.greater(node.attributes.float("alpha", 1)).where(x, 0)];
};

const softsign: Conversion = (node) => {
  const x = required(node, 0);
  return [x.div(x.abs().add(1))];
};

/** x + bias below −λ, x − bias above λ, 0 between. */
const shrink: Conversion = (node) => {
  const x = required(node, 0);
  const [bias, lambda] = [node.attributes.float("bias", 0), node.attributes.float("lambd", 0.5)];
  return [x.less(-lambda).where(x.add(bias), x.greater(lambda).where(x.sub(bias), scalar(0, x.dtype)))];
};

/** slope ⊙ x where x < 0, else x. */
const prelu: Conversion = (node) => {
  const [x, slope] = [required(node, 0), required(node, 1)];
  return [x.less(0).where(x.mul(slope), x)];
};

/** x·σ(αx) */
const swish: Conversion = (node) => {
  const x = required(node, 0);
  const alpha = node.attributes.float("alpha", 1);
  return [x.mul((alpha === 1 ? x : x.mul(alpha)).sigmoid())];
};

/** The largest along the axis becomes 1 (the first of equals), all others 0. */
const hardmax: Conversion = (node) =>
  overAxis(node, (x, axis) => {
    const at = x.axis(axis, "Hardmax");
    const places = counting(x.shape[at]).reshape(x.shape.map((_, i) => (i === at ? x.shape[at] : 1)));
    const largest = x.argmax(at).reshape(x.shape.map((size, i) => (i === at ? 1 : size)));
    return largest.equal(places).cast(x.dtype);
  });

/** Before opset 13 these see a matrix: the axes from `axis` (default 1) on are one. */
function overAxis(node: ForeignNode, build: (x: Tensor, axis: number) => Tensor): readonly Tensor[] {
  const x = required(node, 0);
  const axis = node.attributes.int("axis", node.opset < 13 ? 1 : -1);
  if (node.opset >= 13) return [build(x, axis)];
  const at = axis === x.rank ? axis : x.axis(axis, node.type);
  const last = at === x.rank - 1;
  if (last) return [build(x, at)];
  const rows = sizeOf(x.shape.slice(0, at));
  return [build(x.reshape([rows, rows === 0 ? 0 : x.size / rows]), 1).reshape(x.shape)];
}

/** Bounds are attributes before opset 11. */
const clip: Conversion = (node) => {
  const x = required(node, 0);
  const bound = (name: "min" | "max", i: number): Tensor | undefined => {
    const value = node.attributes.float(name);
    return value === undefined ? node.inputs[i] : scalar(value, x.dtype);
  };
  return [Clip({ x, least: bound("min", 1), most: bound("max", 2) }).y];
};

/** In inference the input as it is, and a mask of ones. Training mode needs chance, which no graph of ours holds. */
const dropout: Conversion = (node) => {
  const { inputs, attributes } = node;
  const x = required(node, 0);
  attributes.ignore("ratio", "seed", "is_test");
  const [training] = inputs[2] === undefined ? [0] : constantNumbers("Dropout", "training_mode", inputs[2]);
  const [ratio] = training === 0 || inputs[1] === undefined ? [0.5] : constantNumbers("Dropout", "ratio", inputs[1]);
  if (training !== 0 && ratio !== 0)
    throw new FoveaError("onnx/random", "Dropout in training mode draws random numbers, which is not supported", {
      hint: "export the model in evaluation mode",
    });
  return [x, filled(x.shape, 1, "bool")].slice(0, Math.max(1, node.outputs.length));
};

export const activations: Readonly<Record<string, Conversion>> = {
  Selu: selu,
  Celu: celu,
  ThresholdedRelu: thresholdedRelu,
  Softsign: softsign,
  Shrink: shrink,
  PRelu: prelu,
  Swish: swish,
  Hardmax: hardmax,
  Softmax: (node) => overAxis(node, (x, axis) => Softmax({ x }, { axis }).y),
  LogSoftmax: (node) => overAxis(node, (x, axis) => LogSoftmax({ x }, { axis }).y),
  Clip: clip,
  Dropout: dropout,
};
