/** Fourier transforms and windows: products with constant matrices, so that they have gradients. */
import { FoveaError } from "../../../errors/fovea-error.ts";
import { hostTensor, type DType } from "../../dtype.ts";
import { concat } from "../../operators/layout.ts";
import { pad } from "../../operators/pad.ts";
import { indexSelect } from "../../operators/gather.ts";
import { constantOf, int64Constant, show, type Tensor } from "../../tensor.ts";
import type { Conversion, ForeignNode } from "../foreign-node.ts";
import { dtypeOf } from "../tensor-proto.ts";
import { constantNumbers, required } from "./inputs.ts";

/** Elements of a transform's matrix. */
const mostElements = 2 ** 24;

/** [to, from] of f. */
function matrix(to: number, from: number, dtype: DType, f: (row: number, column: number) => number): Tensor {
  if (to * from > mostElements)
    throw new FoveaError("shape/dft", `a Fourier transform of ${from} points to ${to} is larger than supported`);
  const data = Float64Array.from({ length: to * from }, (_, i) => f(Math.floor(i / from), i % from));
  return constantOf(hostTensor("float64", [to, from], data)).cast(dtype);
}

interface Transform {
  /** Points of the full transform. */
  readonly length: number;
  readonly inverse: boolean;
  readonly onesided: boolean;
}

/** x [..., N, 1 or 2] along its axis −2 → [..., points, 2 (1 for a real result)]. */
function transform(x: Tensor, { length, inverse, onesided }: Transform): Tensor {
  const [count, parts] = [x.shape[x.rank - 2], x.shape[x.rank - 1]];
  const half = Math.floor(length / 2) + 1;
  const [from, to] = [inverse && onesided ? half : length, onesided && !inverse ? half : length];
  const cut = count > from ? x.slice(-2, 0, from) : x;
  const filledUp =
    count < from
      ? pad(cut, [
          [0, from - count],
          [0, 0],
        ])
      : cut;
  const turn = (2 * Math.PI) / length;
  const scale = inverse ? 1 / length : 1;
  // a real result: each bin but the first and the middle one stands for two
  const weight = (k: number): number => (inverse && onesided && k !== 0 && 2 * k !== length ? 2 * scale : scale);
  const cosine = matrix(to, from, x.dtype, (n, k) => weight(k) * Math.cos(turn * ((n * k) % length)));
  const sine = matrix(
    to,
    from,
    x.dtype,
    (n, k) => weight(k) * Math.sin(turn * ((n * k) % length)) * (inverse ? -1 : 1),
  );
  const real = filledUp.slice(-1, 0, 1); // [..., from, 1]
  const imaginary = parts === 2 ? filledUp.slice(-1, 1, 2) : undefined;
  const re = imaginary ? cosine.matmul(real).add(sine.matmul(imaginary)) : cosine.matmul(real);
  if (inverse && onesided) return re;
  const negative = sine.matmul(real).neg();
  return concat([re, imaginary ? cosine.matmul(imaginary).add(negative) : negative], -1);
}

/** The axis is an attribute (default 1) before opset 20, then an input (default −2). */
const dft: Conversion = (node) => {
  const x = required(node, 0);
  const { attributes, inputs } = node;
  const given = attributes.int("axis") ?? (node.opset < 20 ? 1 : undefined);
  const axis = given ?? (inputs[2] === undefined ? -2 : constantNumbers("DFT", "axis", inputs[2])[0]);
  const at = x.axis(axis, "DFT");
  const [inverse, onesided] = [attributes.int("inverse", 0) === 1, attributes.int("onesided", 0) === 1];
  const parts = x.shape[x.rank - 1];
  const natural = inverse && onesided ? 2 * (x.shape[at] - 1) : x.shape[at];
  const length = inputs[1] === undefined ? natural : constantNumbers("DFT", "dft_length", inputs[1])[0];
  if (at === x.rank - 1 || (parts !== 1 && parts !== 2) || !(length >= 1))
    throw new FoveaError("shape/dft", `DFT: ${show(x)} along axis ${at} in ${length} points does not fit`);
  const last = at === x.rank - 2 ? x : x.transpose(at, -2);
  const y = transform(last, { length, inverse, onesided });
  return [at === x.rank - 2 ? y : y.transpose(at, -2)];
};

/** Frames of a signal [B, N, 1 or 2], each times the window and transformed: [B, frames, points, 2]. */
const stft: Conversion = (node) => {
  const { inputs } = node;
  const [signal, window] = [required(node, 0), inputs[2]];
  const [step] = constantNumbers("STFT", "frame_step", required(node, 1));
  const length = inputs[3] === undefined ? window?.size : constantNumbers("STFT", "frame_length", inputs[3])[0];
  const [batch, count, parts] = signal.shape;
  if (signal.rank !== 3 || length === undefined || !(step >= 1) || !(length >= 1 && length <= count))
    throw new FoveaError("shape/dft", `STFT: frames of ${length} every ${step} of ${show(signal)} do not fit`);
  const frames = 1 + Math.floor((count - length) / step);
  const places = int64Constant(
    Array.from({ length: frames * length }, (_, i) => Math.floor(i / length) * step + (i % length)),
  );
  const cut = indexSelect(signal, places, 1).reshape([batch, frames, length, parts]);
  const shaped = window === undefined ? cut : cut.mul(window.reshape([length, 1]));
  return [transform(shaped, { length, inverse: false, onesided: node.attributes.int("onesided", 1) === 1 })];
};

/** Σ cᵢ·cos(2πin/N), N the size or, where the window is symmetric, one less. */
const cosineWindow =
  (...coefficients: readonly number[]): Conversion =>
  (node: ForeignNode) => {
    const [size] = constantNumbers(node.type, "size", required(node, 0));
    const dtype = dtypeOf(node.attributes.int("output_datatype", 1), `${node.type}.output_datatype`, "model");
    const period = node.attributes.int("periodic", 1) === 1 ? size : size - 1;
    if (!(size >= 0 && size <= mostElements)) throw new FoveaError("shape/constant", `${node.type}: size ${size}`);
    const value = (_: number, n: number): number =>
      coefficients.reduce((sum, c, i) => sum + c * Math.cos((2 * Math.PI * i * n) / period), 0);
    return [matrix(1, size, dtype, value).reshape([size])];
  };

export const signals: Readonly<Record<string, Conversion>> = {
  DFT: dft,
  STFT: stft,
  HannWindow: cosineWindow(0.5, -0.5),
  HammingWindow: cosineWindow(25 / 46, -21 / 46),
  BlackmanWindow: cosineWindow(0.42, -0.5, 0.08),
};
