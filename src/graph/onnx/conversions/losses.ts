/** ONNX's two losses over classes, x [B, C, ...], target [B, ...] of class indices. */
import { FoveaError } from "../../../errors/fovea-error.ts";
import { gather, indexSelect } from "../../operators/gather.ts";
import { logSoftmax } from "../../operators/softmax.ts";
import { filled, show, type Tensor } from "../../tensor.ts";
import type { Conversion, ForeignNode } from "../foreign-node.ts";
import { oneOf, required } from "./inputs.ts";

/** −w[t]·logp[t] for each target; those of `ignore_index` count as nothing. */
function loss(node: ForeignNode, logp: Tensor): Tensor {
  const given = required(node, 1);
  const weight = node.inputs[2];
  const reduction = oneOf(node.type, "reduction", node.attributes.text("reduction", "mean"), ["none", "sum", "mean"]);
  const ignored = node.attributes.int("ignore_index");
  if (logp.rank < 2 || given.rank !== logp.rank - 1)
    throw new FoveaError("shape/loss", `${node.type}: x ${show(logp)} and target ${show(given)} do not fit`);
  const kept = ignored === undefined ? undefined : given.equal(ignored);
  const target = (kept === undefined ? given : kept.where(given.mul(0), given)).cast("int64");
  const column = target.reshape([target.shape[0], 1, ...target.shape.slice(1)]);
  const picked = gather(logp, column, 1).reshape(target.shape).neg();
  const each = weight === undefined ? filled(target.shape, 1, logp.dtype) : indexSelect(weight, target);
  const counted = kept === undefined ? each : kept.where(each.mul(0), each);
  const losses = picked.mul(counted);
  if (reduction === "none") return losses;
  return reduction === "sum" ? losses.sum() : losses.sum().div(counted.sum());
}

const crossEntropy: Conversion = (node) => {
  const logp = logSoftmax(required(node, 0), 1);
  return [loss(node, logp), logp].slice(0, Math.max(1, node.outputs.length));
};

export const losses: Readonly<Record<string, Conversion>> = {
  NegativeLogLikelihoodLoss: (node) => [loss(node, required(node, 0))],
  SoftmaxCrossEntropyLoss: crossEntropy,
};
