/** Resizing and rearranging of images. */
import { FoveaError } from "../../../errors/fovea-error.ts";
import { gridSample } from "../../functions/sample.ts";
import { pad } from "../../operators/pad.ts";
import { alongAxis, Resize } from "../../operators/resize.ts";
import { resizeMatrix } from "../../operators/resize-matrix.ts";
import { GridSample, RoiAlign } from "../../operators/unruled.ts";
import { constantOf, int64Constant, show, type Tensor } from "../../tensor.ts";
import { hostTensor } from "../../dtype.ts";
import type { Conversion, ForeignNode } from "../foreign-node.ts";
import { floatConstant, numbers, oneOf, required, wholeNumbers } from "./inputs.ts";

const resize: Conversion = (node) => {
  const { attributes, opset } = node;
  const x = required(node, 0);
  if (opset < 11) return [older(node, x)];
  const [roi, scales, sizes] = [numbers(node, "roi", 1), numbers(node, "scales", 2), numbers(node, "sizes", 3)];
  if (attributes.text("coordinate_transformation_mode") === "align_corners" && scales !== undefined) {
    const whole = scales.every((scale, i) => Number.isInteger(scale * x.shape[i]));
    if (!whole && scales.length === x.rank) return [alignedBetween(node, x, scales)];
  }
  const constant = (values: readonly number[] | undefined): Tensor | undefined => values && floatConstant(values);
  return [
    Resize(
      { x, roi: constant(roi), scales: constant(scales), sizes: scales || !sizes ? undefined : int64Constant(sizes) },
      {
        mode: attributes.text("mode", "nearest"),
        coordinate_transformation_mode: attributes.text("coordinate_transformation_mode", "half_pixel"),
        nearest_mode: attributes.text("nearest_mode", "round_prefer_floor"),
        cubic_coeff_a: attributes.float("cubic_coeff_a", -0.75),
        exclude_outside: attributes.int("exclude_outside", 0),
        extrapolation_value: attributes.float("extrapolation_value", 0),
        antialias: attributes.int("antialias", 0),
        keep_aspect_ratio_policy: attributes.text("keep_aspect_ratio_policy", "stretch"),
        axes: attributes.ints("axes"),
      },
    ).y,
  ];
};

/** align_corners with an output length of size·scale that is not whole, which ONNX Runtime rounds: by matrices. */
function alignedBetween({ attributes }: ForeignNode, x: Tensor, scales: readonly number[]): Tensor {
  const kind = {
    mode: oneOf("Resize", "mode", attributes.text("mode", "nearest"), ["nearest", "linear", "cubic"]) as "linear", // or the others
    transformation: "align_corners",
    rounding: attributes.text("nearest_mode", "round_prefer_floor"),
    cubicA: attributes.float("cubic_coeff_a", -0.75),
    excludeOutside: attributes.int("exclude_outside", 0) === 1,
    antialias: attributes.int("antialias", 0) === 1,
  };
  attributes.ignore("extrapolation_value", "keep_aspect_ratio_policy");
  return scales.reduce((y, scale, axis) => {
    const from = y.shape[axis];
    const to = Math.floor(from * scale);
    if (scale === 1) return y;
    const matrix = resizeMatrix(from, to, scale, { ...kind, length: from * scale });
    const turned = Float64Array.from({ length: from * to }, (_, i) => matrix[(i % to) * from + Math.floor(i / to)]);
    return alongAxis(y, axis, turned, to);
  }, x);
}

/** Resize-10 and Upsample: pixel i comes from place i/scale, rounded down. */
function older(node: ForeignNode, x: Tensor): Tensor {
  const scales = node.attributes.floats("scales") ?? numbers(node, "scales", 1);
  if (scales === undefined) throw new FoveaError("graph/input", `${node.type}: the scales are missing`);
  const mode = oneOf(node.type, "mode", node.attributes.text("mode", "nearest"), ["nearest", "linear"]);
  return Resize(
    { x, scales: floatConstant(scales) },
    { mode, coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
  ).y;
}

/** Bilinear on images with zeros or the border outside has gradients; the other kinds run only. */
const gridSampleOf: Conversion = (node) => {
  const [x, grid] = [required(node, 0), required(node, 1)];
  const given = node.attributes.text("mode", "linear");
  const mode = { bilinear: "linear", bicubic: "cubic" }[given] ?? given;
  const padding_mode = oneOf("GridSample", "padding_mode", node.attributes.text("padding_mode", "zeros"), [
    "zeros",
    "border",
    "reflection",
  ]);
  oneOf("GridSample", "mode", mode, ["linear", "nearest", "cubic"]);
  const align_corners = node.attributes.int("align_corners", 0);
  if (mode === "linear" && padding_mode !== "reflection" && x.rank === 4 && x.dtype === "float32")
    return [
      gridSample(x, grid, {
        alignCorners: align_corners === 1,
        outside: padding_mode === "border" ? "border" : "zeros",
      }),
    ];
  return [GridSample({ x, grid }, { mode, padding_mode, align_corners }).y];
};

const roiAlign: Conversion = (node) => {
  const { attributes } = node;
  const half = node.opset < 16 ? "output_half_pixel" : "half_pixel";
  return [
    RoiAlign(
      { x: required(node, 0), boxes: required(node, 1), batch: required(node, 2) },
      {
        mode: oneOf("RoiAlign", "mode", attributes.text("mode", "avg"), ["avg", "max"]),
        output_height: attributes.int("output_height", 1),
        output_width: attributes.int("output_width", 1),
        sampling_ratio: attributes.int("sampling_ratio", 0),
        spatial_scale: attributes.float("spatial_scale", 1),
        coordinate_transformation_mode: attributes.text("coordinate_transformation_mode", half),
      },
    ).y,
  ];
};

function blocks(node: ForeignNode): { x: Tensor; size: number } {
  const [x, size] = [required(node, 0), node.attributes.int("blocksize", 0)];
  if (x.rank !== 4 || !(size >= 1))
    throw new FoveaError("shape/blocks", `${node.type}: ${show(x)} in blocks of ${size}`);
  return { x, size };
}

/** [B, C·s², H, W] → [B, C, H·s, W·s]; mode DCR: the block's place is the slower part of the channel. */
const depthToSpace: Conversion = (node) => {
  const { x, size } = blocks(node);
  const [batch, channels, height, width] = x.shape;
  const inner = channels / size ** 2;
  const first = node.attributes.text("mode", "DCR") === "DCR";
  const apart = x.reshape(
    first ? [batch, size, size, inner, height, width] : [batch, inner, size, size, height, width],
  );
  const order = first ? [0, 3, 4, 1, 5, 2] : [0, 1, 4, 2, 5, 3];
  return [apart.permute(order).reshape([batch, inner, height * size, width * size])];
};

/** [B, C, H·s, W·s] → [B, C·s², H, W] */
const spaceToDepth: Conversion = (node) => {
  const { x, size } = blocks(node);
  const [batch, channels, height, width] = x.shape;
  const [rows, columns] = [height / size, width / size];
  const parts = x.reshape([batch, channels, rows, size, columns, size]);
  const first = node.attributes.text("mode", "DCR") === "DCR";
  const order = first ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4];
  return [parts.permute(order).reshape([batch, channels * size ** 2, rows, columns])];
};

/** Cut or filled with zeros about the centre, to the sizes `shape` of `axes`. */
const centerCropPad: Conversion = (node) => {
  const x = required(node, 0);
  const shape = wholeNumbers(node, "shape", 1) ?? [];
  const axes = (node.attributes.ints("axes") ?? x.shape.map((_, i) => i)).map((axis) => x.axis(axis, "CenterCropPad"));
  const cut = axes.reduce((y, axis, i) => {
    const start = Math.floor((y.shape[axis] - shape[i]) / 2);
    return start < 0 || shape[i] >= y.shape[axis] ? y : y.slice(axis, start, start + shape[i]);
  }, x);
  const sides = cut.shape.map((size, axis): readonly [number, number] => {
    const missing = axes.includes(axis) ? Math.max(0, shape[axes.indexOf(axis)] - size) : 0;
    return [Math.floor(missing / 2), missing - Math.floor(missing / 2)];
  });
  return [sides.every(([before, after]) => before === 0 && after === 0) ? cut : pad(cut, sides)];
};

/** theta [B, n, n + 1] times the places of a grid from −1 to 1 → [B, ...S, n]. */
const affineGrid: Conversion = (node) => {
  const theta = required(node, 0);
  const sizes = (wholeNumbers(node, "size", 1) ?? []).slice(2);
  const aligned = node.attributes.int("align_corners", 0) === 1;
  const axes = sizes.length;
  if (axes < 2 || theta.rank !== 3 || theta.shape[1] !== axes || theta.shape[2] !== axes + 1)
    throw new FoveaError("shape/sample", `AffineGrid: theta ${show(theta)} for [${sizes.join(", ")}]`);
  const places = (size: number): number[] =>
    Array.from({ length: size }, (_, i) =>
      aligned ? (size > 1 ? -1 + (2 * i) / (size - 1) : 0) : (2 * i + 1) / size - 1,
    );
  const lists = sizes.map(places);
  const rows = lists.reduce<number[][]>((all, list) => all.flatMap((row) => list.map((at) => [...row, at])), [[]]);
  const homogeneous = Float32Array.from(rows.flatMap((row) => [...[...row].reverse(), 1])); // x before y before z
  const grid = constantOf(hostTensor("float32", [rows.length, axes + 1], homogeneous)).cast(theta.dtype);
  return [grid.matmul(theta.transpose()).reshape([theta.shape[0], ...sizes, axes])];
};

export const resampling: Readonly<Record<string, Conversion>> = {
  Resize: resize,
  Upsample: (node) => [older(node, required(node, 0))],
  GridSample: gridSampleOf,
  RoiAlign: roiAlign,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  CenterCropPad: centerCropPad,
  AffineGrid: affineGrid,
};
