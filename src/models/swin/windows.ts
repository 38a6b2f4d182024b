/** Windows of a map of tokens: the order of its tokens, and which pairs of a shifted window see each other. */
import { hostTensor } from "../../graph/dtype.ts";
import { constant } from "../../graph/leaf.ts";
import type { Tensor } from "../../graph/tensor.ts";

/** Tokens along the rows and along the columns: [height, width]. */
export type Grid = readonly [height: number, width: number];

/** What is added to the scores of pairs that a shifted window must not join. Not −∞: released weights know −100. */
const blocked = -100;

/**
 * Source token of each place when a map is rolled by −`shift` along both axes and cut into windows: windows row by row,
 * tokens row by row in each. The window divides the grid. (swin-backbone sections 3.2 and 3.4)
 */
export function windowOrder([height, width]: Grid, [high, wide]: Grid, shift = 0): number[] {
  const order: number[] = [];
  for (let top = 0; top < height; top += high)
    for (let left = 0; left < width; left += wide)
      for (let row = top; row < top + high; row++)
        for (let column = left; column < left + wide; column++)
          order.push(((row + shift) % height) * width + ((column + shift) % width));
  return order;
}

/**
 * The window and shift of block `index` of a stage with fixed size: a map that is no larger than the window is one
 * window and does not shift; else every second block shifts by half a window (swin-backbone section 3.3).
 */
export function effectiveWindow(window: number, [height, width]: Grid, index: number): { size: number; shift: number } {
  const least = Math.min(height, width);
  if (least <= window) return { size: least, shift: 0 };
  return { size: window, shift: index % 2 === 0 ? 0 : Math.floor(window / 2) };
}

/**
 * Region of each token of the rolled map, window by window, [nW · M²]: rows and columns fall into the bands [0, H−M),
 * [H−M, H−s) and [H−s, H), which gives 0 to 8.
 */
export function regions([height, width]: Grid, window: number, shift: number): Float32Array<ArrayBuffer> {
  const band = (place: number, size: number): number => (place < size - window ? 0 : place < size - shift ? 1 : 2);
  const order = windowOrder([height, width], [window, window]);
  return Float32Array.from(order, (at) => 3 * band(Math.floor(at / width), height) + band(at % width, width));
}

/**
 * What is added to the scores of a map that was rolled by −`shift`: [nW, 1, M², M²], 0 where both tokens of a pair are
 * of one region and −100 elsewhere. Built in the graph, so that a file holds the regions and not the pairs.
 */
export function shiftMask(grid: Grid, window: number, shift: number): Tensor {
  const tokens = window ** 2;
  const count = (grid[0] * grid[1]) / tokens;
  const region = constant(hostTensor("float32", [count, 1, tokens, 1], regions(grid, window, shift)));
  const same = region.equal(region.reshape([count, 1, 1, tokens])).cast("float32");
  return same.sub(1).mul(-blocked);
}
