/** PyTorch's names of operators, each with the call of ours that must agree with it. */
import { causalMask } from "../../src/graph/functions/causal-mask.ts";
import { scaledDotProductAttention } from "../../src/graph/functions/attention.ts";
import { cosineSimilarity, l2Normalize } from "../../src/graph/functions/direction.ts";
import { einsum } from "../../src/graph/functions/einsum.ts";
import { expm1, log1p, logSigmoid, maskedFill, rsqrt, silu, square } from "../../src/graph/functions/elementary.ts";
import { linear } from "../../src/graph/functions/linear.ts";
import { batchNorm, batchStatistics, groupNorm } from "../../src/graph/functions/normalisation.ts";
import { flip, pixelShuffle, roll, stack } from "../../src/graph/functions/rearrange.ts";
import { logSumExp, standardDeviation, variance } from "../../src/graph/functions/statistics.ts";
import { cos, sin } from "../../src/graph/functions/trigonometry.ts";
import { elu, hardSwish, leakyRelu, mish, softplus } from "../../src/graph/operators/activations.ts";
import { conv, convTranspose, type ConvOptions } from "../../src/graph/operators/conv.ts";
import { averagePool, maxPool, type PoolOptions } from "../../src/graph/operators/pool.ts";
import { interpolate } from "../../src/graph/functions/interpolate.ts";
import { gridSample, roiAlign } from "../../src/graph/functions/sample.ts";
import { unfold } from "../../src/graph/functions/unfold.ts";
import { FoveaError } from "../../src/errors/fovea-error.ts";
import { clamp, maximum, minimum } from "../../src/graph/operators/extremes.ts";
import { embedding, gather, indexSelect, scatterAdd } from "../../src/graph/operators/gather.ts";
import { gelu } from "../../src/graph/operators/gelu.ts";
import { layerNorm } from "../../src/graph/operators/layer-norm.ts";
import { concat, split } from "../../src/graph/operators/layout.ts";
import { cumsum, topk } from "../../src/graph/operators/order.ts";
import { pad, type PadOptions } from "../../src/graph/operators/pad.ts";
import { logSoftmax, softmax } from "../../src/graph/operators/softmax.ts";
import { tile } from "../../src/graph/operators/tile.ts";
import { Reciprocal } from "../../src/graph/operators/unary.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { binaryCrossEntropy } from "../../src/nn/losses/binary-cross-entropy.ts";
import { crossEntropy, softCrossEntropy } from "../../src/nn/losses/cross-entropy.ts";
import { klDivergence } from "../../src/nn/losses/distillation.ts";
import { l1Loss, meanSquaredError, smoothL1Loss } from "../../src/nn/losses/regression.ts";
import type { Arguments } from "./arguments.ts";

type Build = (given: Arguments) => Tensor;

const unary =
  (f: (x: Tensor) => Tensor): Build =>
  (g) =>
    f(g.tensor("x", "input"));
const binary =
  (f: (x: Tensor, y: Tensor) => Tensor): Build =>
  (g) =>
    f(g.tensor("x", "input"), g.tensor("y", "other"));
const withTarget =
  (f: (x: Tensor, target: Tensor) => Tensor): Build =>
  (g) =>
    f(g.tensor("x"), g.tensor("target"));

const elementwise: Record<string, Build> = {
  add: binary((x, y) => x.add(y)),
  sub: binary((x, y) => x.sub(y)),
  mul: binary((x, y) => x.mul(y)),
  div: binary((x, y) => x.div(y)),
  maximum: binary(maximum),
  minimum: binary(minimum),
  exp: unary((x) => x.exp()),
  log: unary((x) => x.log()),
  sqrt: unary((x) => x.sqrt()),
  rsqrt: unary(rsqrt),
  neg: unary((x) => x.neg()),
  abs: unary((x) => x.abs()),
  reciprocal: unary((x) => Reciprocal({ x }).y),
  erf: unary((x) => x.erf()),
  tanh: unary((x) => x.tanh()),
  sigmoid: unary((x) => x.sigmoid()),
  relu: unary((x) => x.relu()),
  silu: unary(silu),
  softplus: unary(softplus),
  sin: unary(sin),
  cos: unary(cos),
  square: unary(square),
  elu: (g) => elu(g.tensor("x"), g.number("alpha", 1)),
  hardswish: unary(hardSwish),
  mish: unary(mish),
  log1p: unary(log1p),
  expm1: unary(expm1),
  logsigmoid: unary(logSigmoid),
  gelu: (g) => gelu(g.tensor("x"), { approximate: g.text("approximate", "none") as "none" | "tanh" }),
  leaky_relu: (g) => leakyRelu(g.tensor("x"), g.number("negative_slope", 0.01)),
  pow: (g) => g.tensor("x").pow(g.optional("y") ?? g.number("exponent")),
  clamp: (g) => {
    const [min, max] = [g.number("min", undefined), g.number("max", undefined)];
    return clamp(g.tensor("x"), { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) });
  },
  where: (g) => g.mask("cond").where(g.tensor("x"), g.tensor("y")),
  masked_fill: (g) => maskedFill(g.tensor("x"), g.mask("mask"), g.number("value")),
};

const products: Record<string, Build> = {
  matmul: binary((x, y) => x.matmul(y)),
  linear: (g) => linear(g.tensor("x"), g.tensor("weight"), g.optional("bias")),
  einsum: (g) => einsum(g.text("equation"), g.tensor("x"), ...[g.optional("y")].filter((y) => y !== undefined)),
  scaled_dot_product_attention: (g) => {
    const scale = g.number("scale", undefined);
    const bias = g.optional("attn_mask") ?? g.optional("mask") ?? g.optional("bias");
    return scaledDotProductAttention(g.tensor("q"), g.tensor("k"), g.tensor("v"), {
      bias,
      ...(scale === undefined ? {} : { scale }),
    });
  },
};

const reductions: Record<string, Build> = {
  sum: (g) => g.tensor("x").sum(g.axes("axes"), { keepDims: g.flag("keepdims", false) }),
  mean: (g) => g.tensor("x").mean(g.axes("axes"), { keepDims: g.flag("keepdims", false) }),
  amax: (g) => g.tensor("x").max(g.axes("axes"), { keepDims: g.flag("keepdims", false) }),
  amin: (g) => g.tensor("x").min(g.axes("axes"), { keepDims: g.flag("keepdims", false) }),
  var: (g) => variance(g.tensor("x"), g.axes("axes"), deviationOptions(g)),
  std: (g) => standardDeviation(g.tensor("x"), g.axes("axes"), deviationOptions(g)),
  logsumexp: (g) => logSumExp(g.tensor("x"), g.axes("axis"), { keepDims: g.flag("keepdims", false) }),
  cumsum: (g) => cumsum(g.tensor("x"), g.number("axis")),
  topk: (g) => topk(g.tensor("x"), g.number("k"), { axis: g.number("axis", -1) }).values,
};

const deviationOptions = (g: Arguments): { unbiased: boolean; keepDims: boolean } => ({
  unbiased: g.flag("unbiased", true),
  keepDims: g.flag("keepdims", false),
});

const norms: Record<string, Build> = {
  softmax: (g) => softmax(g.tensor("x"), g.number("axis", -1)),
  log_softmax: (g) => logSoftmax(g.tensor("x"), g.number("axis", -1)),
  causal_softmax: (g) => {
    const x = g.tensor("x");
    return softmax(causalMask(x.shape[x.rank - 2], x.shape[x.rank - 1]).where(x, -Infinity));
  },
  layer_norm: (g) => layerNorm(g.tensor("x"), g.optional("weight"), g.optional("bias"), g.number("eps", 1e-5)),
  group_norm: (g) => groupNorm(g.tensor("x"), g.number("groups"), affine(g)),
  batch_norm: (g) => {
    const x = g.tensor("x");
    if (g.flag("training", false)) return batchNorm(x, batchStatistics(x), affine(g));
    return batchNorm(x, { mean: g.tensor("mean"), variance: g.tensor("var") }, affine(g));
  },
  l2_normalize: (g) => l2Normalize(g.tensor("x"), { axis: g.number("axis", -1), eps: g.number("eps", 1e-12) }),
  cosine_similarity: (g) =>
    cosineSimilarity(g.tensor("x"), g.tensor("y"), { axis: g.number("axis", -1), eps: g.number("eps", 1e-8) }),
};

const affine = (g: Arguments): { weight: Tensor | undefined; bias: Tensor | undefined; eps: number } => ({
  weight: g.optional("weight"),
  bias: g.optional("bias"),
  eps: g.number("eps", 1e-5),
});

const layouts: Record<string, Build> = {
  reshape: (g) => g.tensor("x").reshape(g.list("shape")),
  permute: (g) => g.tensor("x").permute(g.list("perm")),
  concat: (g) => concat([g.tensor("x"), g.tensor("y")], g.number("axis", 0)),
  stack: (g) => stack([g.tensor("x"), g.tensor("y")], g.number("axis", 0)),
  slice: (g) => {
    const [starts, ends, steps] = [g.list("starts"), g.list("ends"), g.axes("steps")];
    return starts.reduce<Tensor>(
      (x, start, axis) => x.slice(axis, start, ends[axis], typeof steps === "object" ? steps[axis] : (steps ?? 1)),
      g.tensor("x"),
    );
  },
  split: (g) => split(g.tensor("x"), g.list("sizes"), g.number("axis", 0))[g.number("take", 0)],
  expand: (g) => g.tensor("x").expand(g.list("shape")),
  tile: (g) => tile(g.tensor("x"), g.list("repeats")),
  roll: (g) => roll(g.tensor("x"), g.list("shifts"), g.list("axes")),
  flip: (g) => flip(g.tensor("x"), g.list("axes")),
  pixel_shuffle: (g) => pixelShuffle(g.tensor("x"), g.number("factor")),
  index_select: (g) => indexSelect(g.tensor("x"), g.tensor("index"), g.number("axis")),
  gather: (g) => gather(g.tensor("x"), g.tensor("index"), g.number("axis")),
  embedding: (g) => embedding(g.tensor("weight"), g.tensor("index")),
  scatter_add: (g) => scatterAdd(g.tensor("x"), g.tensor("index"), g.tensor("src"), g.number("axis")),
  pad: (g) => {
    const mode = g.text("mode", "constant").replace("replicate", "edge") as NonNullable<PadOptions["mode"]>;
    const side = (name: string): number => g.number(name, 0);
    const sides = [[side("top"), side("bottom")] as const, [side("left"), side("right")] as const];
    return pad(g.tensor("x"), sides, { mode, value: g.number("value", 0) });
  },
};

const losses: Record<string, Build> = {
  cross_entropy: (g) => {
    const ignoreIndex = g.number("ignore_index", undefined);
    return crossEntropy(g.tensor("x"), g.tensor("target"), {
      labelSmoothing: g.number("label_smoothing", 0),
      classAxis: g.number("class_axis", 1),
      ...(ignoreIndex === undefined ? {} : { ignoreIndex }),
    });
  },
  cross_entropy_soft: (g) =>
    softCrossEntropy(g.tensor("x"), g.tensor("target"), { classAxis: g.number("class_axis", 1) }),
  bce_with_logits: withTarget((x, target) => binaryCrossEntropy(x, target)),
  kl_div: withTarget((x, target) => klDivergence(x, target)),
  mse: withTarget((x, target) => meanSquaredError(x, target)),
  l1: withTarget((x, target) => l1Loss(x, target)),
  smooth_l1: (g) => smoothL1Loss(g.tensor("x"), g.tensor("target"), { beta: g.number("beta", 1) }),
};

const convOptions = (g: Arguments): ConvOptions => ({
  bias: g.optional("bias"),
  stride: g.axes("stride") ?? 1,
  padding: g.axes("padding") ?? 0,
  dilation: g.axes("dilation") ?? 1,
  groups: g.number("groups", 1),
});
const convolution: Build = (g) => conv(g.tensor("x"), g.tensor("weight"), convOptions(g));
const transposed: Build = (g) =>
  convTranspose(g.tensor("x"), g.tensor("weight"), {
    ...convOptions(g),
    outputPadding: g.axes("output_padding") ?? 0,
  });
const pooled =
  (pool: (x: Tensor, kernel: number | readonly number[], options: PoolOptions) => Tensor): Build =>
  (g) => {
    const kernel = g.axes("kernel") ?? 1;
    return pool(g.tensor("x"), kernel, { stride: g.axes("stride") ?? kernel, padding: g.axes("padding") ?? 0 });
  };

const windows: Record<string, Build> = {
  conv1d: convolution,
  conv2d: convolution,
  conv3d: convolution,
  conv_transpose1d: transposed,
  conv_transpose2d: transposed,
  conv_transpose3d: transposed,
  max_pool1d: pooled(maxPool),
  max_pool2d: pooled(maxPool),
  max_pool3d: pooled(maxPool),
  avg_pool1d: pooled(averagePool),
  avg_pool2d: pooled(averagePool),
  avg_pool3d: pooled(averagePool),
  unfold: (g) =>
    unfold(g.tensor("x"), g.number("kernel"), {
      stride: g.number("stride", 1),
      padding: g.number("padding", 0),
      dilation: g.number("dilation", 1),
    }),
};

const samplers: Record<string, Build> = {
  interpolate: (g) => {
    const mode = g.text("mode", "nearest").replace(/^(?:bi|tri)/, "");
    const alignCorners = g.flag("align_corners", false);
    return interpolate(g.tensor("x"), g.list("size"), { mode: mode as "nearest" | "linear" | "cubic", alignCorners });
  },
  grid_sample: (g) => {
    if (g.text("mode", "bilinear") !== "bilinear") throw new FoveaError("golden/attribute", "mode is not bilinear");
    return gridSample(g.tensor("x"), g.tensor("grid"), {
      alignCorners: g.flag("align_corners", false),
      outside: g.text("padding_mode", "zeros") as "zeros" | "border",
    });
  },
  roi_align: (g) => {
    const [height, width] = g.list("output_size");
    return roiAlign(g.tensor("x"), g.tensor("boxes"), {
      outputSize: [height, width],
      spatialScale: g.number("spatial_scale", 1),
      samplingRatio: g.number("sampling_ratio"),
      aligned: g.flag("aligned", false),
    });
  },
};

/** By PyTorch's name; what is not here is not built yet. */
export const goldenOperators: ReadonlyMap<string, Build> = new Map(
  [elementwise, products, reductions, norms, layouts, windows, samplers, losses].flatMap((table) =>
    Object.entries(table),
  ),
);
