/** Convolutions and pools: automatic padding becomes numbers, output sizes become paddings. */
import { FoveaError } from "../../../errors/fovea-error.ts";
import { Conv, ConvTranspose } from "../../operators/conv.ts";
import { AveragePool, MaxPool } from "../../operators/pool.ts";
import { ConvInteger, QLinearConv } from "../../operators/quantised.ts";
import { forEachAxis, type WindowAttributes } from "../../operators/window.ts";
import { sizeOf } from "../../dtype.ts";
import { scatterAdd } from "../../operators/gather.ts";
import { pad } from "../../operators/pad.ts";
import { filled, show, type Tensor } from "../../tensor.ts";
import { asIs } from "./as-is.ts";
import type { Conversion, ForeignNode } from "../foreign-node.ts";
import { oneOf, required, wholeNumbers } from "./inputs.ts";

type Given = Omit<WindowAttributes, "auto_pad"> & { readonly kernel_shape: readonly number[] };

/** The node needs nothing but its attributes as they are. */
const isPlain = ({ attributes }: ForeignNode): boolean =>
  ["NOTSET", "VALID"].includes(attributes.text("auto_pad", "NOTSET")) && !attributes.has("output_shape");

/** `build` for nodes whose padding has to be computed; all others as they are. */
const unlessPlain =
  (build: Conversion): Conversion =>
  (node) =>
    isPlain(node) ? asIs(node) : build(node);

/** Window attributes with the padding spelt out, for x [B, C, ...S]. */
function windowOf(node: ForeignNode, x: Tensor, kernel: readonly number[]): Given {
  const { attributes, type } = node;
  const axes = x.rank - 2;
  const strides = attributes.ints("strides") ?? forEachAxis(1, axes);
  const dilations = attributes.ints("dilations") ?? forEachAxis(1, axes);
  const given = attributes.ints("pads") ?? forEachAxis(0, 2 * axes);
  const automatic = oneOf(type, "auto_pad", attributes.text("auto_pad", "NOTSET"), [
    "NOTSET",
    "VALID",
    "SAME_UPPER",
    "SAME_LOWER",
  ]);
  if (automatic === "NOTSET") return { strides, dilations, pads: given, kernel_shape: kernel };
  if (automatic === "VALID") return { strides, dilations, pads: forEachAxis(0, 2 * axes), kernel_shape: kernel };
  const totals = x.shape.slice(2).map((size, i) => {
    const places = Math.ceil(size / strides[i]);
    return Math.max(0, (places - 1) * strides[i] + (kernel[i] - 1) * dilations[i] + 1 - size);
  });
  return { strides, dilations, pads: halves(totals, automatic === "SAME_UPPER"), kernel_shape: kernel };
}

/** Totals as all starts, then all ends; the odd one goes to the end or the start. */
function halves(totals: readonly number[], endGetsMore: boolean): number[] {
  const starts = totals.map((total) => (endGetsMore ? Math.floor(total / 2) : Math.ceil(total / 2)));
  return [...starts, ...totals.map((total, i) => total - starts[i])];
}

function kernelOf(node: ForeignNode, w?: Tensor): readonly number[] {
  const listed = node.attributes.ints("kernel_shape");
  if (w !== undefined && listed !== undefined && listed.join() !== w.shape.slice(2).join())
    throw new FoveaError("shape/conv", `${node.type}: kernel_shape [${listed.join(", ")}] is not the weight's`);
  const kernel = listed ?? w?.shape.slice(2);
  if (kernel === undefined) throw new FoveaError("graph/attribute", `${node.type}: attribute kernel_shape is missing`);
  return kernel;
}

const conv: Conversion = (node) => {
  const [x, w] = [required(node, 0), required(node, 1)];
  const group = node.attributes.int("group", 1);
  return [Conv({ x, w, bias: node.inputs[2] }, { ...windowOf(node, x, kernelOf(node, w)), group }).y];
};

const convInteger: Conversion = (node) => {
  const [x, w] = [required(node, 0), required(node, 1)];
  const group = node.attributes.int("group", 1);
  const attributes = { ...windowOf(node, x, kernelOf(node, w)), group };
  const [, , xZero, wZero] = node.inputs;
  if (wZero === undefined || wZero.size === 1 || group !== 1)
    return [ConvInteger({ x, w, xZero, wZero }, attributes).y];
  // a zero point for each output channel, which ONNX Runtime lacks: w₀ times the sum under the window is taken off
  const ones = filled([1, ...w.shape.slice(1)], 1, "uint8");
  const offset = wZero.cast("int32").reshape([wZero.size, ...w.shape.slice(2).map(() => 1)]);
  return [ConvInteger({ x, w, xZero }, attributes).y.sub(ConvInteger({ x, w: ones, xZero }, attributes).y.mul(offset))];
};

const qlinearConv: Conversion = (node) => {
  const [x, xScale, xZero, w, wScale, wZero, yScale, yZero] = Array.from({ length: 8 }, (_, i) => required(node, i));
  const attributes = { ...windowOf(node, x, kernelOf(node, w)), group: node.attributes.int("group", 1) };
  return [QLinearConv({ x, xScale, xZero, w, wScale, wZero, yScale, yZero, bias: node.inputs[8] }, attributes).y];
};

const convTranspose: Conversion = (node) => {
  const { attributes } = node;
  const [x, w] = [required(node, 0), required(node, 1)];
  const kernel = kernelOf(node, w);
  const axes = x.rank - 2;
  const automatic = attributes.text("auto_pad", "NOTSET");
  const strides = attributes.ints("strides") ?? forEachAxis(1, axes);
  const dilations = attributes.ints("dilations") ?? forEachAxis(1, axes);
  const sizes =
    attributes.ints("output_shape")?.slice(-axes) ??
    (automatic.startsWith("SAME") ? x.shape.slice(2).map((size, i) => size * strides[i]) : undefined);
  const extra = attributes.ints("output_padding") ?? forEachAxis(0, axes);
  const window = { strides, dilations, group: attributes.int("group", 1), kernel_shape: kernel };
  const operands = { x, w, bias: node.inputs[2] };
  const given = attributes.ints("pads") ?? forEachAxis(0, 2 * axes);
  if (sizes === undefined) {
    const pads = automatic === "VALID" ? forEachAxis(0, 2 * axes) : given;
    return [ConvTranspose(operands, { ...window, pads, output_padding: extra }).y];
  }
  const totals = sizes.map(
    (size, i) => (x.shape[i + 2] - 1) * strides[i] + extra[i] + (kernel[i] - 1) * dilations[i] + 1 - size,
  );
  const pads = halves(
    totals.map((total) => Math.max(0, total)),
    automatic !== "SAME_LOWER",
  );
  const output_padding = totals.map((total, i) => extra[i] + Math.max(0, -total));
  return [ConvTranspose(operands, { ...window, pads, output_padding }).y];
};

const maxPool: Conversion = (node) => {
  const x = required(node, 0);
  const [ceil_mode, storage_order] = [node.attributes.int("ceil_mode", 0), node.attributes.int("storage_order", 0)];
  const { y, indices } = MaxPool({ x }, { ...windowOf(node, x, kernelOf(node)), ceil_mode, storage_order });
  return [y, indices];
};

const averagePool: Conversion = (node) => {
  const x = required(node, 0);
  const attributes = {
    ceil_mode: node.attributes.int("ceil_mode", 0),
    count_include_pad: node.attributes.int("count_include_pad", 0),
  };
  return [AveragePool({ x }, { ...windowOf(node, x, kernelOf(node)), ...attributes }).y];
};

/** (Σ |x|^p)^(1/p) in each window: the mean with the padding counted, times the window's size. */
const lpPool: Conversion = (node) => {
  const x = required(node, 0);
  const p = node.attributes.int("p", 2);
  const window = windowOf(node, x, kernelOf(node));
  const ceil_mode = node.attributes.int("ceil_mode", 0);
  const count = window.kernel_shape.reduce((product, size) => product * size, 1);
  const mean = AveragePool({ x: x.abs().pow(p) }, { ...window, ceil_mode, count_include_pad: 1 }).y;
  return [mean.mul(count).pow(1 / p)];
};

/** Values put back where MaxPool found them; `indices` count in the image that the window attributes give. */
const maxUnpool: Conversion = (node) => {
  const [x, indices] = [required(node, 0), required(node, 1)];
  const kernel = kernelOf(node);
  const axes = x.rank - 2;
  const strides = node.attributes.ints("strides") ?? forEachAxis(1, axes);
  const pads = node.attributes.ints("pads") ?? forEachAxis(0, 2 * axes);
  if (axes < 1 || indices.shape.join() !== x.shape.join() || kernel.length !== axes)
    throw new FoveaError("shape/pool", `MaxUnpool: x ${show(x)} and indices ${show(indices)} do not fit`);
  const own = x.shape.slice(2).map((n, i) => (n - 1) * strides[i] + kernel[i] - pads[i] - pads[i + axes]);
  const whole = [...x.shape.slice(0, 2), ...own];
  const wanted = wholeNumbers(node, "output_shape", 2) ?? whole;
  if (wanted.length !== x.rank || wanted.some((size, i) => size < whole[i]))
    throw new FoveaError(
      "shape/pool",
      `MaxUnpool: ${show(x)} becomes [${whole.join(", ")}], not [${wanted.join(", ")}]`,
    );
  const zeros = filled([sizeOf(whole)], 0, x.dtype);
  const flat = scatterAdd(zeros, indices.reshape([x.size]), x.reshape([x.size]), 0).reshape(whole);
  const more = wanted.map((size, i): readonly [number, number] => [0, size - whole[i]]);
  return [more.every(([, after]) => after === 0) ? flat : pad(flat, more)];
};

/** All spatial axes of x [B, C, ...S] at once. */
const overPlanes =
  (reduce: (x: Tensor, axes: readonly number[], node: ForeignNode) => Tensor): Conversion =>
  (node) => {
    const x = required(node, 0);
    if (x.rank < 3) throw new FoveaError("shape/pool", `${node.type}: [${x.shape.join(", ")}] has no spatial axes`);
    return [
      reduce(
        x,
        x.shape.slice(2).map((_, i) => i + 2),
        node,
      ),
    ];
  };

export const windows: Readonly<Record<string, Conversion>> = {
  Conv: unlessPlain(conv),
  ConvInteger: convInteger,
  QLinearConv: unlessPlain(qlinearConv),
  ConvTranspose: unlessPlain(convTranspose),
  MaxPool: unlessPlain(maxPool),
  MaxUnpool: maxUnpool,
  AveragePool: unlessPlain(averagePool),
  LpPool: lpPool,
  GlobalAveragePool: overPlanes((x, axes) => x.mean(axes, { keepDims: true })),
  GlobalMaxPool: overPlanes((x, axes) => x.max(axes, { keepDims: true })),
  GlobalLpPool: overPlanes((x, axes, node) => {
    const p = node.attributes.int("p", 2);
    return x
      .abs()
      .pow(p)
      .sum(axes, { keepDims: true })
      .pow(1 / p);
  }),
};
