/** Bilinear sampling of images at positions that are computed: gradients pass to the image and to the positions. */
import { graphError } from "../graph-error.ts";
import { clamp } from "../operators/extremes.ts";
import { indexSelect } from "../operators/gather.ts";
import { Floor } from "../operators/unary.ts";
import { constantOf, show, type Tensor } from "../tensor.ts";
import { hostTensor } from "../dtype.ts";

/** Positions in pixels, 0 the centre of the first one; and the image of each, int64. All of one shape. */
interface Positions {
  readonly image: Tensor;
  readonly y: Tensor;
  readonly x: Tensor;
}

/**
 * Values of images [B, C, H, W] at P positions: [..., C] with the shape of the positions before. Corners outside an
 * image count as 0.
 *
 * Reads whole pixels, rows of [B·H·W, C], so that no index is repeated for each channel.
 */
function bilinear(images: Tensor, { image, y, x }: Positions): Tensor {
  const [batch, channels, height, width] = images.shape;
  const pixels = images.permute([0, 2, 3, 1]).reshape([batch * height * width, channels]);
  const [top, left] = [Floor({ x: y }).y.stopGradient(), Floor({ x }).y.stopGradient()];
  const corner = (down: 0 | 1, right: 0 | 1): Tensor => {
    const [row, column] = [top.add(down), left.add(right)];
    const weightDown = down === 1 ? y.sub(top) : top.add(1).sub(y);
    const weightRight = right === 1 ? x.sub(left) : left.add(1).sub(x);
    const inside = isInside(row, height).mul(isInside(column, width));
    const at = image
      .mul(height * width)
      .add(index(row, height).mul(width))
      .add(index(column, width));
    const weight = weightDown.mul(weightRight).mul(inside);
    return indexSelect(pixels, at).mul(weight.reshape([...weight.shape, 1]));
  };
  return corner(0, 0).add(corner(0, 1)).add(corner(1, 0)).add(corner(1, 1));
}

const index = (position: Tensor, size: number): Tensor => clamp(position, { min: 0, max: size - 1 }).cast("int64");

/** 1 where 0 ≤ position ≤ size − 1, else 0; of the position's dtype. */
const isInside = (position: Tensor, size: number): Tensor =>
  position.greaterOrEqual(0).cast(position.dtype).mul(position.less(size).cast(position.dtype));

export interface GridSampleOptions {
  /** −1 and 1 are the centres of the outer pixels; else their outer edges. */
  readonly alignCorners?: boolean;
  /** What lies outside: zeros, or the nearest pixel. */
  readonly outside?: "zeros" | "border";
}

/**
 * Images x [B, C, H, W] at grid [B, H′, W′, 2], (x, y) from −1 to 1 → [B, C, H′, W′], bilinear, as torch's grid_sample.
 */
export function gridSample(
  x: Tensor,
  grid: Tensor,
  { alignCorners = false, outside = "zeros" }: GridSampleOptions = {},
): Tensor {
  if (x.rank !== 4 || grid.rank !== 4 || grid.shape[3] !== 2 || grid.shape[0] !== x.shape[0])
    throw graphError("shape/sample", `gridSample: x ${show(x)} and grid ${show(grid)} do not fit`, {
      hint: "x is [B, C, H, W] and the grid [B, H', W', 2]",
    });
  const [batch, rows, columns] = grid.shape;
  const pixel = (axis: number, size: number): Tensor => {
    const g = grid.slice(3, axis, axis + 1).reshape([batch, rows, columns]);
    const position = alignCorners
      ? g.add(1).mul((size - 1) / 2)
      : g
          .add(1)
          .mul(size / 2)
          .sub(0.5);
    return outside === "border" ? clamp(position, { min: 0, max: size - 1 }) : position;
  };
  const image = numbers(batch).reshape([batch, 1, 1]).expand([batch, rows, columns]);
  return bilinear(x, { image, y: pixel(1, x.shape[2]), x: pixel(0, x.shape[3]) }).permute([0, 3, 1, 2]);
}

/** int64 0, 1, .. */
const numbers = (count: number): Tensor =>
  constantOf(
    hostTensor(
      "int64",
      [count],
      BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
    ),
  );

export interface RoiAlignOptions {
  readonly outputSize: readonly [height: number, width: number];
  /** Pixels of x for one unit of the boxes. */
  readonly spatialScale?: number;
  /** Samples along each axis of a bin. */
  readonly samplingRatio: number;
  /** Pixel centres lie at halves, as in Detectron2; false: the original, off by half a pixel. */
  readonly aligned?: boolean;
}

/**
 * Features x [B, C, H, W] within boxes [R, 5] (image, x1, y1, x2, y2) → [R, C, height, width], each bin the mean of
 * samplingRatio² bilinear samples. Source: Mask R-CNN, arXiv 1703.06870 §3; torchvision.ops.roi_align.
 */
export function roiAlign(
  x: Tensor,
  boxes: Tensor,
  { outputSize, spatialScale = 1, samplingRatio, aligned = true }: RoiAlignOptions,
): Tensor {
  if (x.rank !== 4 || boxes.rank !== 2 || boxes.shape[1] !== 5 || !(samplingRatio >= 1))
    throw graphError(
      "shape/sample",
      `roiAlign: x ${show(x)}, boxes ${show(boxes)}, sampling ratio ${samplingRatio} do not fit`,
      { hint: "x is [B, C, H, W], boxes are [R, 5], and the sampling ratio is a whole number from 1" },
    );
  const [count] = boxes.shape;
  const [height, width] = outputSize;
  const column = (i: number): Tensor => boxes.slice(1, i, i + 1); // [R, 1]
  const along = (low: number, high: number, bins: number, size: number): { at: Tensor; valid: Tensor } => {
    const start = column(low)
      .mul(spatialScale)
      .sub(aligned ? 0.5 : 0);
    const length = column(high).sub(column(low)).mul(spatialScale);
    const span = aligned ? length : clamp(length, { min: 1 });
    const places = Float32Array.from({ length: bins * samplingRatio }, (_, i) => (i + 0.5) / (bins * samplingRatio));
    const at = start.add(span.mul(constantOf(hostTensor("float32", [1, places.length], places)))); // [R, bins·ratio]
    const valid = at.greaterOrEqual(-1).cast(x.dtype).mul(at.greater(size).cast(x.dtype).neg().add(1));
    return { at: clamp(at, { min: 0, max: size - 1 }), valid };
  };
  const [rows, columns] = [along(2, 4, height, x.shape[2]), along(1, 3, width, x.shape[3])];
  const shape = [count, height * samplingRatio, width * samplingRatio];
  const tall = (t: Tensor): Tensor => t.reshape([count, shape[1], 1]).expand(shape);
  const wide = (t: Tensor): Tensor => t.reshape([count, 1, shape[2]]).expand(shape);
  const image = column(0).cast("int64").reshape([count, 1, 1]).expand(shape);
  const samples = bilinear(x, { image, y: tall(rows.at), x: wide(columns.at) }); // [R, rows, columns, C]
  const valid = tall(rows.valid).mul(wide(columns.valid));
  const counted = samples.mul(valid.reshape([...shape, 1]));
  const bins = counted.reshape([count, height, samplingRatio, width, samplingRatio, x.shape[1]]);
  return bins.mean([2, 4]).permute([0, 3, 1, 2]);
}
