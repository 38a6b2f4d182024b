import { FoveaError } from "../../errors/fovea-error.ts";
import { hostTensor, type HostTensor } from "../../graph/dtype.ts";
import { bicubicResize } from "./bicubic-resize.ts";

/**
 * A table of absolute positions [1, E + g², D] for a grid of `height` × `width` patches: the first E rows (`extra`: class
 * token and the like) are kept, the others resized bicubically (a = −0.75, half-pixel centres, no antialiasing), in
 * double. Sources: deep-incubation, eva, swin-backbone, u-vit, section 8.
 */
export function resizePositions(
  table: HostTensor<"float32">,
  { extra, height, width = height }: { readonly extra: number; readonly height: number; readonly width?: number },
): HostTensor<"float32"> {
  const [, rows, channels] = table.shape;
  const side = Math.sqrt(rows - extra);
  if (table.shape.length !== 3 || table.shape[0] !== 1 || !Number.isInteger(side) || side < 1) {
    throw new FoveaError(
      "checkpoint/positions",
      `positions [${table.shape.join(", ")}] are not [1, ${extra} + g², D] for a square grid`,
      { hint: "give the number of rows that are no patches as `extra`" },
    );
  }
  const kept = table.data.subarray(0, extra * channels);
  const data = Float64Array.from(table.data.subarray(extra * channels));
  const grid = bicubicResize({ height: side, width: side, channels, data }, height, width);
  const resized = new Float32Array((extra + height * width) * channels);
  resized.set(kept);
  resized.set(grid.data, extra * channels);
  return hostTensor("float32", [1, extra + height * width, channels], resized);
}
