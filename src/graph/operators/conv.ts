/**
 * Convolutions over any number of spatial axes. y = x ∗ w: dx is dy convolved with w back to front (stride 1) or
 * transposed (else), dw one product a tap (conv-weight-gradient.ts), dbias = Σ dy over batch and places.
 */
import { FoveaError } from "../../errors/fovea-error.ts";
import { int, ints } from "../attributes.ts";
import { sizeOf } from "../dtype.ts";
import { graphError } from "../graph-error.ts";
import { defineOperator, type TensorType } from "../operator.ts";
import { filled, show, type Tensor } from "../tensor.ts";
import { checkDTypes } from "./binary.ts";
import { concat } from "./layout.ts";
import { noteConvGradient } from "./conv-gradient.ts";
import { weightGradient } from "./conv-weight-gradient.ts";
import {
  attributesOf,
  forEachAxis,
  placesOf,
  spans,
  windowAttributes,
  windowOf,
  type Window,
  type WindowAttributes,
} from "./window.ts";

const convAttributes = { ...windowAttributes, group: int(1), kernel_shape: ints(undefined) };

function checkConv(
  type: string,
  x: Tensor,
  w: Tensor,
  bias: Tensor | undefined,
  channels: number,
  group: number,
): void {
  checkDTypes(type, x, w);
  if (x.rank !== w.rank || x.rank < 3 || x.shape[1] !== channels || group < 1 || w.shape[0] % group !== 0)
    throw new FoveaError(
      "shape/conv",
      `${type}: x ${show(x)} and weight ${show(w)} in ${group} ${group === 1 ? "group" : "groups"} do not fit`,
      {
        hint:
          type === "Conv"
            ? "x is [B, C, ...], the weight [K, C/groups, ...kernel]"
            : "x is [B, C, ...], the weight [C, K/groups, ...kernel]",
      },
    );
  if (bias !== undefined && (bias.rank !== 1 || bias.size !== (type === "Conv" ? w.shape[0] : w.shape[1] * group)))
    throw new FoveaError("shape/conv", `${type}: bias ${show(bias)} is not one value for each output channel`);
}

/** ONNX Conv-11: x [B, C, ...S], w [K, C/group, ...k], bias [K] → [B, K, ...places]. */
export const Conv = defineOperator({
  type: "Conv",
  opset: 11,
  inputs: ["x", "w", "bias?"],
  outputs: ["y"],
  attributes: convAttributes,
  infer({ x, w, bias }, { group, ...given }): { y: TensorType } {
    checkConv("Conv", x, w, bias, w.shape[1] * group, group);
    const window = windowOf("Conv", x, w.shape.slice(2), given);
    return { y: { shape: [x.shape[0], w.shape[0], ...placesOf("Conv", x, window)], dtype: x.dtype } };
  },
  flops: ({ w, y }) => 2 * y.size * sizeOf(w.shape.slice(1)),
  gradient({ x, w, bias }, { dy }, { group, ...given }): { x: Tensor; w: Tensor; bias: Tensor | undefined } {
    const window = windowOf("Conv", x, w.shape.slice(2), given);
    return {
      x: noteConvGradient(inputGradient(x, w, dy, window, group), { of: "input", x, w, dy, window, group }),
      w: noteConvGradient(weightGradient(x, dy, window, group).reshape(w.shape), {
        of: "weight",
        x,
        dy,
        window,
        group,
      }),
      bias: bias === undefined ? undefined : biasGradient(dy),
    };
  },
});

const biasGradient = (dy: Tensor): Tensor => dy.sum(dy.shape.map((_, i) => i).filter((i) => i !== 1));

function inputGradient(x: Tensor, w: Tensor, dy: Tensor, window: Window, group: number): Tensor {
  const span = spans(window);
  const before = window.before.map((pad, i) => span[i] - 1 - pad);
  const after = window.after.map((pad, i) => span[i] - 1 - pad);
  if (window.strides.every((stride) => stride === 1) && [...before, ...after].every((pad) => pad >= 0)) {
    const operands = safeChannels(dy, backToFront(w, group), group);
    return Conv(operands, { ...attributesOf({ ...window, before, after }), group }).y;
  }
  const reached = dy.shape
    .slice(2)
    .map((places, i) => (places - 1) * window.strides[i] + span[i] - window.before[i] - window.after[i]);
  const output_padding = reached.map((size, i) => x.shape[i + 2] - size);
  return ConvTranspose({ x: dy, w }, { ...attributesOf(window), group, output_padding }).y;
}

/**
 * x and w with channels of zeros added where the WebGPU provider's Conv is wrong (onnxruntime-node 1.30; compare
 * microsoft/onnxruntime#29651): more than 3 input channels, a multiple of 3 and not of 4, to a multiple of 4 outputs.
 * Relative errors of 0.3 to 19 were measured there for 6, 9, 15, 18 and 21 channels, 1e-7 for all others up to 16.
 */
function safeChannels(x: Tensor, w: Tensor, group: number): { x: Tensor; w: Tensor } {
  const channels = w.shape[1];
  if (group !== 1 || channels <= 3 || channels % 3 !== 0 || channels % 4 === 0 || w.shape[0] % 4 !== 0) return { x, w };
  const more = (t: Tensor): Tensor => {
    const zeros = filled(
      t.shape.map((size, i) => (i === 1 ? 4 - (channels % 4) : size)),
      0,
      t.dtype,
    );
    return concat([t, zeros], 1);
  };
  return { x: more(x), w: more(w) };
}

/** w [K, C/g, ...k] with input and output channels of each group swapped and each spatial axis reversed. */
function backToFront(w: Tensor, group: number): Tensor {
  const [k, c, ...kernel] = w.shape;
  const grouped = w.reshape([group, k / group, c, ...kernel]);
  const swapped = grouped.transpose(1, 2).reshape([group * c, k / group, ...kernel]);
  return kernel.reduce<Tensor>(
    (flipped, size, i) => (size === 1 ? flipped : flipped.slice(i + 2, -1, -size - 1, -1)),
    swapped,
  );
}

/** ONNX ConvTranspose-11, the adjoint of Conv: x [B, C, ...S], w [C, K/group, ...k], bias [K] → [B, K, ...]. */
export const ConvTranspose = defineOperator({
  type: "ConvTranspose",
  opset: 11,
  inputs: ["x", "w", "bias?"],
  outputs: ["y"],
  attributes: { ...convAttributes, output_padding: ints(undefined), output_shape: ints(undefined) },
  infer({ x, w, bias }, { group, output_padding, output_shape, ...given }): { y: TensorType } {
    checkConv("ConvTranspose", x, w, bias, w.shape[0], group);
    if (output_shape !== undefined)
      throw new FoveaError("graph/attribute", "ConvTranspose: output_shape is not supported; give pads");
    const sizes = transposedSizes(x, w, given, output_padding);
    return { y: { shape: [x.shape[0], w.shape[1] * group, ...sizes], dtype: x.dtype } };
  },
  flops: ({ x, w }) => 2 * x.size * sizeOf(w.shape.slice(1)),
  gradient({ x, w, bias }, { dy }, { group, ...given }): { x: Tensor; w: Tensor; bias: Tensor | undefined } {
    const window = windowOf("ConvTranspose", x, w.shape.slice(2), given);
    return {
      x: Conv({ x: dy, w }, { ...attributesOf(window), group }).y,
      w: noteConvGradient(weightGradient(dy, x, window, group).reshape(w.shape), {
        of: "weight",
        x: dy,
        dy: x,
        window,
        group,
      }),
      bias: bias === undefined ? undefined : biasGradient(dy),
    };
  },
});

function transposedSizes(
  x: Tensor,
  w: Tensor,
  given: WindowAttributes,
  padding: readonly number[] = w.shape.slice(2).map(() => 0),
): number[] {
  const window = windowOf("ConvTranspose", x, w.shape.slice(2), given);
  const span = spans(window);
  const sizes = x.shape.slice(2).map((size, i) => {
    const most = Math.max(window.strides[i], window.dilations[i]) - 1;
    if (!(padding[i] >= 0 && padding[i] <= most))
      throw new FoveaError(
        "shape/conv",
        `ConvTranspose: output padding ${padding[i]} along axis ${i + 2} of ${show(x)} is not from 0 to ${most}`,
      );
    return (size - 1) * window.strides[i] + span[i] + padding[i] - window.before[i] - window.after[i];
  });
  if (padding.length !== sizes.length || sizes.some((size) => size < 1))
    throw new FoveaError("shape/conv", `ConvTranspose: nothing of [${sizes.join(", ")}] is left of ${show(x)}`);
  return sizes;
}

export interface ConvOptions {
  /** [K] */
  readonly bias?: Tensor | undefined;
  /** One number for all spatial axes, or one for each. */
  readonly stride?: number | readonly number[];
  /** Zeros on both sides. */
  readonly padding?: number | readonly number[];
  readonly dilation?: number | readonly number[];
  readonly groups?: number;
}

const attributes = (w: Tensor, { stride = 1, padding = 0, dilation = 1, groups = 1 }: ConvOptions) => {
  const axes = w.rank - 2;
  const pads = forEachAxis(padding, axes);
  return {
    strides: forEachAxis(stride, axes),
    dilations: forEachAxis(dilation, axes),
    pads: [...pads, ...pads],
    group: groups,
  };
};

/** x [B, C, ...S] ∗ weight [K, C/groups, ...k] + bias → [B, K, ...]; 1, 2, 3 or more spatial axes. */
export const conv = (x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor =>
  Conv({ ...checked(x, weight, options.groups), bias: options.bias }, attributes(weight, options)).y;

/** Zeros are added only to operands that fit: the error for others names their own shapes. */
const checked = (x: Tensor, w: Tensor, groups = 1): { x: Tensor; w: Tensor } =>
  x.rank === w.rank && x.shape[1] === w.shape[1] ? safeChannels(x, w, groups) : { x, w };

/** The adjoint of `conv`: x [B, C, ...S], weight [C, K/groups, ...k] → [B, K, ...]; sizes grow by the stride. */
export function convTranspose(
  x: Tensor,
  weight: Tensor,
  { outputPadding = 0, ...options }: ConvOptions & { readonly outputPadding?: number | readonly number[] } = {},
): Tensor {
  const output_padding = forEachAxis(outputPadding, weight.rank - 2);
  if (weight.rank < 3) throw graphError("shape/conv", `convTranspose: the weight ${show(weight)} has no spatial axes`);
  return ConvTranspose({ x, w: weight, bias: options.bias }, { ...attributes(weight, options), output_padding }).y;
}
