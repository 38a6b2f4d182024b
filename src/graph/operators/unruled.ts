/** Operators of foreign models that run as ONNX has them and have no gradient rule here yet: `grad` refuses by name. */
import { FoveaError } from "../../errors/fovea-error.ts";
import { float, int, ints, string } from "../attributes.ts";
import { defineOperator, type TensorType } from "../operator.ts";
import { show } from "../tensor.ts";
import { constantValues } from "./constant-input.ts";
import { forEachAxis } from "./window.ts";

/** ONNX Det-11: determinants of the matrices in the last two axes. */
export const Det = defineOperator({
  type: "Det",
  opset: 11,
  inputs: ["x"],
  outputs: ["y"],
  infer({ x }): { y: TensorType } {
    if (x.rank < 2 || x.shape[x.rank - 1] !== x.shape[x.rank - 2])
      throw new FoveaError("shape/det", `Det: ${show(x)} holds no square matrices`);
    return { y: { shape: x.shape.slice(0, -2), dtype: x.dtype } };
  },
  gradientless: true,
});

/** ONNX GridSample-20: x [B, C, ...S] read at grid [B, ...S′, axes]. The bilinear kinds are built from others on import. */
export const GridSample = defineOperator({
  type: "GridSample",
  opset: 20,
  inputs: ["x", "grid"],
  outputs: ["y"],
  attributes: { mode: string("linear"), padding_mode: string("zeros"), align_corners: int(0) },
  infer({ x, grid }): { y: TensorType } {
    if (x.rank < 3 || grid.rank !== x.rank || grid.shape[0] !== x.shape[0] || grid.shape[x.rank - 1] !== x.rank - 2)
      throw new FoveaError("shape/sample", `GridSample: x ${show(x)} and grid ${show(grid)} do not fit`);
    return { y: { shape: [x.shape[0], x.shape[1], ...grid.shape.slice(1, -1)], dtype: x.dtype } };
  },
  gradientless: true,
});

/** ONNX RoiAlign-16: x [B, C, H, W] pooled within boxes [R, 4] of the images `batch` [R]. */
export const RoiAlign = defineOperator({
  type: "RoiAlign",
  opset: 16,
  inputs: ["x", "boxes", "batch"],
  outputs: ["y"],
  attributes: {
    mode: string("avg"),
    output_height: int(1),
    output_width: int(1),
    sampling_ratio: int(0),
    spatial_scale: float(1),
    coordinate_transformation_mode: string("half_pixel"),
  },
  infer({ x, boxes, batch }, { output_height, output_width }): { y: TensorType } {
    const fits = x.rank === 4 && boxes.rank === 2 && boxes.shape[1] === 4 && batch.rank === 1;
    if (!fits || batch.size !== boxes.shape[0] || output_height < 1 || output_width < 1)
      throw new FoveaError("shape/sample", `RoiAlign: x ${show(x)}, boxes ${show(boxes)}, images ${show(batch)}`);
    return { y: { shape: [boxes.shape[0], x.shape[1], output_height, output_width], dtype: x.dtype } };
  },
  gradientless: true,
});

/** ONNX Col2Im-18: columns [B, C·taps, places] added up into an image [B, C, ...S]. */
export const Col2Im = defineOperator({
  type: "Col2Im",
  opset: 18,
  inputs: ["x", "imageShape", "blockShape"],
  outputs: ["y"],
  attributes: { dilations: ints(undefined), pads: ints(undefined), strides: ints(undefined) },
  infer({ x, imageShape, blockShape }, { dilations, pads, strides }): { y: TensorType } {
    const image = constantValues("Col2Im", "image_shape", imageShape);
    const block = constantValues("Col2Im", "block_shape", blockShape);
    const axes = image.length;
    const [apart, step, cut] = [
      dilations ?? forEachAxis(1, axes),
      strides ?? forEachAxis(1, axes),
      pads ?? forEachAxis(0, 2 * axes),
    ];
    const taps = block.reduce((product, size) => product * size, 1);
    const places = image.map(
      (n, i) => Math.floor((n + cut[i] + cut[i + axes] - (block[i] - 1) * apart[i] - 1) / step[i]) + 1,
    );
    const fits = x.rank === 3 && block.length === axes && taps > 0 && x.shape[1] % taps === 0;
    if (!fits || x.shape[2] !== places.reduce((product, size) => product * size, 1))
      throw new FoveaError(
        "shape/col2im",
        `Col2Im: ${show(x)} are no columns of [${image.join(", ")}] by [${block.join(", ")}]`,
      );
    return { y: { shape: [x.shape[0], x.shape[1] / taps, ...image], dtype: x.dtype } };
  },
  gradientless: true,
});

/** ONNX Einsum-12 for equations that our own `einsum` does not take: an ellipsis, a diagonal, more than two operands. */
export const Einsum = defineOperator({
  type: "Einsum",
  opset: 12,
  inputs: ["...xs"],
  outputs: ["y"],
  attributes: { equation: string() },
  infer({ xs }, { equation }): { y: TensorType } {
    const refuse = (why: string): FoveaError =>
      new FoveaError("shape/einsum", `Einsum "${equation}" of ${xs.map(show).join(", ")}: ${why}`);
    const [left, right] = equation.replaceAll(" ", "").split("->");
    const terms = left.split(",");
    if (terms.length !== xs.length) throw refuse(`${terms.length} terms for ${xs.length} tensors`);
    const sizes = new Map<string, readonly number[]>([["…", []]]);
    terms.forEach((term, i) => {
      const letters = [...term.replace("...", "…")];
      const dots = xs[i].rank - letters.length + 1;
      if (letters.includes("…") ? dots < 0 : letters.length !== xs[i].rank) throw refuse(`${term} does not fit`);
      let axis = 0;
      for (const letter of letters) {
        const count = letter === "…" ? dots : 1;
        const found = xs[i].shape.slice(axis, axis + count);
        axis += count;
        const before = sizes.get(letter);
        if (before !== undefined && letter !== "…" && before[0] !== found[0])
          throw refuse(`axis ${letter} has two sizes`);
        if (before === undefined || found.length > before.length) sizes.set(letter, found);
      }
    });
    const result = right ?? implicit(left);
    const shape = [...result.replace("...", "…")].flatMap((letter) => {
      const found = sizes.get(letter);
      if (found === undefined) throw refuse(`no term has the axis ${letter}`);
      return found;
    });
    return { y: { shape, dtype: xs[0].dtype } };
  },
  gradientless: true,
});

/** Without an arrow: the ellipsis, then the letters that stand once, in alphabetical order. */
function implicit(left: string): string {
  const letters = [...left.replaceAll(/[.,]/g, "")];
  const once = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter)).sort();
  return (left.includes("...") ? "..." : "") + once.join("");
}
