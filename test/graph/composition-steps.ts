/**
 * What random compositions are made of: smooth uses of operators and functions, each of which takes any tensor (it brings
 * it to the rank it needs). Nothing here has a kink or a jump, so that difference quotients converge everywhere.
 */
import { adaptiveAveragePool, globalAveragePool } from "../../src/graph/functions/adaptive-pool.ts";
import { scaledDotProductAttention } from "../../src/graph/functions/attention.ts";
import { causalMask } from "../../src/graph/functions/causal-mask.ts";
import { cosineSimilarity, l2Norm } from "../../src/graph/functions/direction.ts";
import { einsum } from "../../src/graph/functions/einsum.ts";
import { expm1, log1p, logSigmoid, maskedFill, rsqrt, silu } from "../../src/graph/functions/elementary.ts";
import { interpolate } from "../../src/graph/functions/interpolate.ts";
import { linear } from "../../src/graph/functions/linear.ts";
import { batchNorm, batchStatistics, groupNorm } from "../../src/graph/functions/normalisation.ts";
import { flip, pixelShuffle, pixelUnshuffle, roll, stack } from "../../src/graph/functions/rearrange.ts";
import { gridSample } from "../../src/graph/functions/sample.ts";
import { logSumExp, standardDeviation, variance } from "../../src/graph/functions/statistics.ts";
import { cos, sin } from "../../src/graph/functions/trigonometry.ts";
import { unfold } from "../../src/graph/functions/unfold.ts";
import { mish, softplus } from "../../src/graph/operators/activations.ts";
import { conv, convTranspose } from "../../src/graph/operators/conv.ts";
import { embedding, gather, indexSelect, scatterAdd } from "../../src/graph/operators/gather.ts";
import { gelu } from "../../src/graph/operators/gelu.ts";
import { layerNorm } from "../../src/graph/operators/layer-norm.ts";
import { concat, split } from "../../src/graph/operators/layout.ts";
import { gemm } from "../../src/graph/operators/matmul.ts";
import { cumsum } from "../../src/graph/operators/order.ts";
import { pad } from "../../src/graph/operators/pad.ts";
import { averagePool } from "../../src/graph/operators/pool.ts";
import { logSoftmax } from "../../src/graph/operators/softmax.ts";
import { tile } from "../../src/graph/operators/tile.ts";
import { scalar, type Tensor } from "../../src/graph/tensor.ts";
import type { Maker } from "./composition-maker.ts";

export type StepRule = (x: Tensor, make: Maker) => Tensor;

/** Large enough against rounding: variances of constant channels are not blown up from 10⁻⁷ (see check-composition.ts). */
const eps = 0.05;

/** Positive, at least ½. */
const positive = (x: Tensor): Tensor => softplus(x).add(0.5);

const elementwise: Readonly<Record<string, StepRule>> = {
  gelu: (x, make) => gelu(x, { approximate: make.pick("approximate", ["none", "tanh"]) }),
  silu: (x) => silu(x),
  tanh: (x) => x.tanh(),
  sigmoid: (x) => x.sigmoid(),
  softplus: (x) => softplus(x),
  logSigmoid: (x) => logSigmoid(x),
  mish: (x) => mish(x),
  erf: (x) => x.erf(),
  exp: (x) => x.mul(0.5).exp(),
  expm1: (x) => expm1(x.mul(0.5)),
  log: (x) => positive(x).log(),
  log1p: (x) => log1p(positive(x)),
  sqrt: (x) => positive(x).sqrt(),
  rsqrt: (x) => rsqrt(positive(x)),
  sin: (x) => sin(x),
  cos: (x) => cos(x),
  square: (x) => x.mul(x),
  negate: (x) => x.neg(),
};

const pairs: Readonly<Record<string, StepRule>> = {
  add: (x, make) => x.add(make.partner(x)),
  sub: (x, make) => make.partner(x).sub(x),
  mul: (x, make) => x.mul(make.partner(x)),
  div: (x, make) => x.div(positive(make.partner(x))),
  pow: (x, make) => positive(x).pow(make.partner(x)),
  where: (x, make) => make.mask(x.shape).where(x, make.partner(x).expand(x.shape)),
  maskedFill: (x, make) => maskedFill(x, make.mask(x.shape.slice(-1)), 0.5),
  cosineSimilarity: (x, make) => cosineSimilarity(x.add(4), make.partner(x).add(4), { axis: make.axis(x) }),
};

const productRules: Readonly<Record<string, StepRule>> = {
  matmul(x, make) {
    const y = make.ranked(x, 2, 4);
    const batch = y.shape.slice(make.pick("shared axes", [0, 1, 2]), -2);
    return y.matmul(make.weight([...batch, y.shape[y.rank - 1], make.size("columns")]));
  },
  "matmul from the left"(x, make) {
    const y = make.ranked(x, 2, 4);
    return make.weight([make.size("rows"), y.shape[y.rank - 2]]).matmul(y);
  },
  "matmul with itself"(x, make) {
    const y = make.ranked(x, 2, 4).mul(0.5);
    return make.pick("first", ["x", "x transposed"]) === "x" ? y.matmul(y.transpose()) : y.transpose().matmul(y);
  },
  linear(x, make) {
    const out = make.size("out");
    const bias = make.pick("bias", [true, false]) ? make.weight([out]) : undefined;
    return linear(x, make.weight([out, x.shape[x.rank - 1]]), bias);
  },
  gemm(x, make) {
    const a = make.ranked(x, 2, 2);
    const transA = make.pick("transA", [0, 1]);
    const [rows, inner] = transA ? [a.shape[1], a.shape[0]] : a.shape;
    const c = make.pick("c", [undefined, [1, 3], [rows, 1]]);
    return gemm(a, make.weight([inner, 3]), c === undefined ? undefined : make.weight(c), { transA, alpha: 0.7 });
  },
  einsum(x, make) {
    const y = make.ranked(x, 3, 3);
    const [a, b, c] = y.shape;
    const equations: readonly (readonly [string, readonly number[]])[] = [
      ["abc,cd->abd", [c, 2]],
      ["abc,bd->adc", [b, 2]],
      ["abc,adc->abd", [a, 2, c]],
      ["abc,bc->cab", [b, c]],
      ["abc,ac->ba", [a, c]],
      ["abc,d->bdac", [2]],
    ];
    const [equation, shape] =
      equations[
        make.index(
          "equation",
          equations.map(([text]) => text),
        )
      ];
    return einsum(equation, y, make.weight(shape));
  },
  attention(x, make) {
    const y = make.ranked(x, 3, 4);
    const [tokens, width] = y.shape.slice(-2);
    const bias = make.pick("bias", [undefined, "causal", "weight"]);
    const k =
      make.pick("keys", ["x", "weight"]) === "x"
        ? y
        : make.weight([3, width]).expand([...y.shape.slice(0, -2), 3, width]);
    const shape = [tokens, k.shape[k.rank - 2]] as const;
    return scaledDotProductAttention(y, k, k.mul(0.5), {
      bias:
        bias === "weight"
          ? make.weight(shape)
          : bias === "causal"
            ? causalMask(...shape).where(scalar(0), -9)
            : undefined,
    });
  },
};

const moves: Readonly<Record<string, StepRule>> = {
  "flatten two axes"(x, make) {
    const y = make.ranked(x, 2, 4);
    const at = make.pick(
      "from",
      y.shape.slice(1).map((_, i) => i),
    );
    return y.reshape([...y.shape.slice(0, at), -1, ...y.shape.slice(at + 2)]);
  },
  "split an axis"(x, make) {
    const y = make.ranked(x, 1, 3);
    const at = make.axis(y);
    const size = y.shape[at];
    const part = make.pick(
      "by",
      [1, 2, 3].filter((n) => size % n === 0),
    );
    return y.reshape([...y.shape.slice(0, at), part, size / part, ...y.shape.slice(at + 1)]);
  },
  permute: (x, make) => x.permute(make.order(x.rank)),
  slice(x, make) {
    const [at, step] = [make.axis(x), make.pick("step", [1, 2, -1])];
    const size = x.shape[at];
    if (step === -1) return x.slice(at, -1, -size - 1, -1);
    return x.slice(at, Math.min(size - 1, make.pick("start", [0, 1, 2])), size, step);
  },
  concat: (x, make) => concat([x, make.partner(x).expand(x.shape), x.mul(0.5)], make.axis(x)),
  stack(x, make) {
    const y = make.ranked(x, 1, 3);
    return stack([y, make.partner(y).expand(y.shape)], make.pick("axis", [0, 1, -1]));
  },
  "split and swap"(x, make) {
    const at = make.axis(x);
    const size = x.shape[at];
    if (size < 2) return x.mul(2);
    const [first, second] = split(x, [1, size - 1], at);
    return concat([second.tanh(), first], at);
  },
  pad(x, make) {
    const mode = make.pick("mode", ["constant", "edge", "reflect"]);
    const most = mode === "reflect" ? x.shape[x.rank - 1] - 1 : 2;
    const sides = [
      Math.min(most, make.pick("before", [0, 1, 2])),
      Math.min(most, make.pick("after", [1, 0, 2])),
    ] as const;
    return pad(x, [sides], { mode, value: 0.5 });
  },
  roll: (x, make) => roll(x, [make.pick("shift", [1, 2, -1])], [make.axis(x)]),
  flip: (x, make) => flip(x, make.axis(x)),
  tile: (x, make) =>
    tile(
      x,
      x.shape.map((_, i) => (i === make.axis(x, "along") ? 2 : 1)),
    ),
  expand: (x, make) => make.ranked(x, 1, 3).expand([2, ...make.ranked(x, 1, 3).shape]),
  pixelShuffle(x, make) {
    const y = make.ranked(x, 4, 4);
    return pixelShuffle(concat([y, y.mul(0.5), y.neg(), y.mul(2)], 1), 2);
  },
  pixelUnshuffle(x, make) {
    const y = make.ranked(x, 4, 4);
    return pixelUnshuffle(
      pad(y, [
        [0, y.shape[2] % 2],
        [0, y.shape[3] % 2],
      ]),
      2,
    );
  },
  indexSelect(x, make) {
    const at = make.axis(x);
    return indexSelect(x, make.indices([3], x.shape[at]), at);
  },
  gather(x, make) {
    const at = make.axis(x);
    return gather(x, make.indices(x.shape, x.shape[at]), at);
  },
  scatterAdd(x, make) {
    const at = make.axis(x);
    return scatterAdd(x, make.indices(x.shape, x.shape[at]), x.tanh(), at);
  },
  embedding: (x, make) => x.add(embedding(make.weight([4, x.shape[x.rank - 1]]), make.indices([], 4))),
  cumsum: (x, make) => cumsum(x, make.axis(x)),
};

const reductions: Readonly<Record<string, StepRule>> = {
  sum: (x, make) => x.sum(make.axes(x), { keepDims: make.keepDims(x) }),
  mean: (x, make) => x.mean(make.axes(x), { keepDims: make.keepDims(x) }),
  logSumExp: (x, make) => logSumExp(x, make.axes(x), { keepDims: make.keepDims(x) }),
  l2Norm: (x, make) => l2Norm(x.add(4), make.axis(x), { keepDims: make.keepDims(x) }),
  variance: (x, make) => variance(x, make.axes(x), { unbiased: false, keepDims: make.keepDims(x) }),
  standardDeviation(x, make) {
    const at = make.axis(x);
    const y = concat([x, x.mul(0.5).add(4)], at); // two clusters: away from 0, where the root has a kink
    return standardDeviation(y, at, { keepDims: make.keepDims(x) });
  },
  "less the mean": (x, make) => x.sub(x.mean(make.axes(x), { keepDims: true }).mul(0.5)),
  softmax: (x, make) => x.softmax(make.axis(x)),
  logSoftmax: (x, make) => logSoftmax(x, make.axis(x)),
  globalAveragePool: (x, make) => globalAveragePool(make.ranked(x, 3, 4)),
};

const norms: Readonly<Record<string, StepRule>> = {
  layerNorm(x, make) {
    const [weight, bias] = make.affine(x.shape[x.rank - 1]);
    return layerNorm(x, weight, bias, eps);
  },
  groupNorm(x, make) {
    const y = make.ranked(x, 2, 4);
    const groups = make.pick(
      "groups",
      [1, 2, 3, 4].filter((n) => y.shape[1] % n === 0),
    );
    const [weight, bias] = make.affine(y.shape[1]);
    return groupNorm(y, groups, { weight, bias, eps });
  },
  batchNorm(x, make) {
    const y = make.ranked(x, 2, 4);
    const [weight, bias] = make.affine(y.shape[1]);
    return batchNorm(y, batchStatistics(y), { weight, bias, eps });
  },
};

/** A convolution over `axes` spatial axes that fits x [B, C, ...S]. */
function convolution(axes: number): StepRule {
  return (x, make) => {
    const y = make.ranked(x, axes + 2, axes + 2);
    const channels = y.shape[1];
    const kernel = make.pick("kernel", [1, 2, 3]);
    const padding = make.pick("padding", [1, 0, 2]);
    const smallest = Math.min(...y.shape.slice(2)) + 2 * padding;
    const dilation = make.pick(
      "dilation",
      [1, 2].filter((n) => (kernel - 1) * n + 1 <= smallest),
    );
    const fitting = (kernel - 1) * (dilation ?? 1) + 1 <= smallest ? kernel : 1;
    const groups = make.pick(
      "groups",
      [1, 2, 3, channels].filter((n) => channels % n === 0),
    );
    const out = groups * make.pick("out per group", [1, 2, 4]);
    return conv(y, make.weight([out, channels / groups, ...y.shape.slice(2).map(() => fitting)]), {
      bias: make.pick("bias", [false, true]) ? make.weight([out]) : undefined,
      stride: make.pick("stride", [1, 2]),
      padding,
      dilation: dilation ?? 1,
      groups,
    });
  };
}

const windows: Readonly<Record<string, StepRule>> = {
  conv1d: convolution(1),
  conv2d: convolution(2),
  convTranspose(x, make) {
    const y = make.ranked(x, 4, 4);
    const [stride, kernel] = [make.pick("stride", [1, 2]), make.pick("kernel", [2, 3])];
    const weight = make.weight([y.shape[1], make.pick("out", [1, 2]), kernel, kernel]);
    return convTranspose(y, weight, { stride, outputPadding: make.pick("outputPadding", [0, stride - 1]) });
  },
  averagePool(x, make) {
    const y = make.ranked(x, 3, 4);
    const padding = make.pick("padding", [1, 0]);
    const kernel = y.shape.slice(2).map((size) => Math.min(size + 2 * padding, 2 + padding));
    const inside = kernel.map((k) => Math.min(padding, Math.floor(k / 2)));
    const stride = make.pick("stride", [1, 2]);
    return averagePool(y, kernel, { stride, padding: inside, countPadding: make.pick("countPadding", [true, false]) });
  },
  adaptiveAveragePool: (x, make) =>
    adaptiveAveragePool(make.ranked(x, 4, 4), [make.pick("rows", [1, 2, 3]), make.pick("columns", [1, 2, 3])]),
  interpolate(x, make) {
    const y = make.ranked(x, 3, 4);
    const sizes = y.shape.slice(2).map((n) => make.pick("size", [2 * n, n + 1, 2, 3]));
    const mode = make.pick("mode", ["linear", "nearest", "cubic"]);
    return interpolate(y, sizes, {
      mode,
      alignCorners: mode !== "nearest" && make.pick("alignCorners", [false, true]),
    });
  },
  unfold(x, make) {
    const y = make.ranked(x, 4, 4);
    return unfold(y, make.pick("kernel", [2, 1]), { padding: 1, stride: make.pick("stride", [1, 2]) });
  },
  gridSample(x, make) {
    const y = make.ranked(x, 4, 4);
    const grid = make.positions([y.shape[0], 2, 3, 2]);
    return gridSample(y, grid, { outside: make.pick("outside", ["zeros", "border"]) });
  },
};

export const steps: Readonly<Record<string, StepRule>> = {
  ...elementwise,
  ...pairs,
  ...productRules,
  ...moves,
  ...reductions,
  ...norms,
  ...windows,
};
