/** Normalisations, built from our operators where ONNX's has no gradient rule of ours. */
import { FoveaError } from "../../../errors/fovea-error.ts";
import { batchStatistics } from "../../functions/normalisation.ts";
import { BatchNormalization } from "../../operators/batch-normalization.ts";
import { layerNorm } from "../../operators/layer-norm.ts";
import { pad } from "../../operators/pad.ts";
import { show, type Tensor } from "../../tensor.ts";
import type { Conversion } from "../foreign-node.ts";
import { required } from "./inputs.ts";

const alongChannels = (v: Tensor, x: Tensor): Tensor => v.reshape([v.size, ...x.shape.slice(2).map(() => 1)]);

/** Given statistics; in training mode those of the batch, and the running ones moved towards them. */
const batchNormalization: Conversion = (node) => {
  const { attributes, outputs } = node;
  const [x, scale, bias, mean, variance] = [0, 1, 2, 3, 4].map((i) => required(node, i));
  const [epsilon, momentum] = [attributes.float("epsilon", 1e-5), attributes.float("momentum", 0.9)];
  attributes.ignore("spatial");
  if (attributes.int("training_mode", 0) === 0) {
    if (outputs.length > 1 && outputs.slice(1).some((name) => name !== ""))
      throw new FoveaError("onnx/output", "BatchNormalization: running statistics are an output of training mode only");
    return [BatchNormalization({ x, scale, bias, mean, variance }, { epsilon, momentum }).y];
  }
  const batch = batchStatistics(x);
  const y = BatchNormalization({ x, scale, bias, mean: batch.mean, variance: batch.variance }, { epsilon, momentum }).y;
  const moved = (old: Tensor, now: Tensor): Tensor => old.mul(momentum).add(now.mul(1 - momentum));
  return [y, moved(mean, batch.mean), moved(variance, batch.variance)].slice(0, Math.max(1, outputs.length));
};

/** (x − mean)/√(var + ε) over the spatial axes of each channel of each image. */
const instanceNormalization: Conversion = (node) => {
  const [x, scale, bias] = [0, 1, 2].map((i) => required(node, i));
  const rows = x.reshape([x.shape[0] * x.shape[1], -1]);
  const normalised = layerNorm(rows, undefined, undefined, node.attributes.float("epsilon", 1e-5)).reshape(x.shape);
  return [normalised.mul(alongChannels(scale, x)).add(alongChannels(bias, x))];
};

/** Scale and bias one a group before opset 21, one a channel since. */
const groupNormalization: Conversion = (node) => {
  const [x, scale, bias] = [0, 1, 2].map((i) => required(node, i));
  const groups = node.attributes.int("num_groups", 1);
  node.attributes.ignore("stash_type");
  const [batch, channels] = x.shape;
  if (!(groups >= 1) || channels % groups !== 0)
    throw new FoveaError("shape/group-norm", `GroupNormalization: ${groups} groups of ${show(x)}`);
  const rows = x.reshape([batch * groups, -1]);
  const normalised = layerNorm(rows, undefined, undefined, node.attributes.float("epsilon", 1e-5));
  if (scale.size === channels)
    return [normalised.reshape(x.shape).mul(alongChannels(scale, x)).add(alongChannels(bias, x))];
  const grouped = normalised.reshape([batch, groups, -1]);
  return [
    grouped
      .mul(scale.reshape([groups, 1]))
      .add(bias.reshape([groups, 1]))
      .reshape(x.shape),
  ];
};

/** x/√(mean x² + ε) ⊙ scale over the axes from `axis` on. */
const rmsNormalization: Conversion = (node) => {
  const [x, scale] = [required(node, 0), required(node, 1)];
  node.attributes.ignore("stash_type");
  const first = x.axis(node.attributes.int("axis", -1), "RMSNormalization");
  const axes = x.shape.slice(first).map((_, i) => first + i);
  const power = x.mul(x).mean(axes, { keepDims: true }).add(node.attributes.float("epsilon", 1e-5));
  return [x.div(power.sqrt()).mul(scale)];
};

/** (x − mean)/(σ + 1e-9) over `axes`. */
const meanVariance: Conversion = (node) => {
  const x = required(node, 0);
  const axes = node.attributes.ints("axes") ?? [0, 2, 3];
  const mean = x.mean(axes, { keepDims: true });
  const variance = x.mul(x).mean(axes, { keepDims: true }).sub(mean.mul(mean));
  return [x.sub(mean).div(variance.sqrt().add(1e-9))];
};

/** x/‖x‖ along one axis; 0 where the norm is 0. */
const lpNormalization: Conversion = (node) => {
  const x = required(node, 0);
  const axis = x.axis(node.attributes.int("axis", -1), "LpNormalization");
  const p = node.attributes.int("p", 2);
  if (p !== 1 && p !== 2) throw new FoveaError("graph/attribute", `LpNormalization: p is ${p}, not 1 or 2`);
  const norm = p === 1 ? x.abs().sum(axis, { keepDims: true }) : x.mul(x).sum(axis, { keepDims: true }).sqrt();
  return [x.div(norm.add(norm.equal(0).cast(x.dtype)))];
};

/** x/(bias + α/size · Σ x² over the channels near by)^β. */
const lrn: Conversion = (node) => {
  const { attributes } = node;
  const x = required(node, 0);
  const size = attributes.int("size", 1);
  const [before, after] = [Math.floor((size - 1) / 2), Math.ceil((size - 1) / 2)];
  const none = [0, 0] as const;
  const channels = x.shape[1];
  const squares = pad(x.mul(x), [none, [before, after] as const, ...x.shape.slice(2).map(() => none)]);
  const near = Array.from({ length: size }, (_, i) => squares.slice(1, i, i + channels));
  const total = near.slice(1).reduce((sum, part) => sum.add(part), near[0]);
  const scale = total.mul(attributes.float("alpha", 1e-4) / size).add(attributes.float("bias", 1));
  return [x.div(scale.pow(attributes.float("beta", 0.75)))];
};

export const normalisations: Readonly<Record<string, Conversion>> = {
  BatchNormalization: batchNormalization,
  InstanceNormalization: instanceNormalization,
  GroupNormalization: groupNormalization,
  RMSNormalization: rmsNormalization,
  MeanVarianceNormalization: meanVariance,
  LpNormalization: lpNormalization,
  LRN: lrn,
};
