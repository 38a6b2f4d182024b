import { FoveaError } from "../../errors/fovea-error.ts";
import type { Rle } from "./rle.ts";

/** Steps of one polygon's outline, a fifth of a pixel each. */
const mostSteps = 2 ** 25;
const scale = 5;

/**
 * A polygon x, y, x, y, … in continuous pixels drawn as pycocotools' `rleFrPoly` does: the outline is walked in steps of a
 * fifth of a pixel, and where it passes the middle of a column inside and outside change there. The same pixels as
 * there, self-crossing outlines included.
 *
 * @throws FoveaError `coco/polygon` for numbers that are none, and outlines of more than 6.7 million pixels
 */
export function polygonRle(polygon: readonly number[], width: number, height: number): Rle {
  const crossings = new Crossings(width, height);
  const corners = scaledCorners(polygon);
  for (let at = 0; at < corners.length; at += 2) {
    const next = (at + 2) % corners.length;
    walkEdge(corners[at], corners[at + 1], corners[next], corners[next + 1], crossings);
  }
  return { width, height, counts: crossings.counts() };
}

function scaledCorners(polygon: readonly number[]): number[] {
  const corners = polygon.map((value) => Math.trunc(scale * value + 0.5));
  let steps = 0;
  for (let at = 0; at < corners.length; at += 2) {
    const next = (at + 2) % corners.length;
    steps += Math.max(Math.abs(corners[at] - corners[next]), Math.abs(corners[at + 1] - corners[next + 1]));
  }
  if (polygon.length % 2 === 0 && steps <= mostSteps) return corners; // NaN and infinity are not ≤ either
  throw new FoveaError("coco/polygon", `a polygon of ${polygon.length} numbers, ${steps / scale} pixels around`, {
    hint: "corners are pairs of pixels near the image",
  });
}

/** From corner to corner, both included, each step one unit along the longer side. */
function walkEdge(x0: number, y0: number, x1: number, y1: number, crossings: Crossings): void {
  const dx = Math.abs(x1 - x0);
  const dy = Math.abs(y1 - y0);
  const flat = dx >= dy;
  const flipped = (flat && x0 > x1) || (!flat && y0 > y1);
  const [xs, ys, xe, ye] = flipped ? [x1, y1, x0, y0] : [x0, y0, x1, y1];
  const steps = flat ? dx : dy;
  const slope = steps === 0 ? 0 : (flat ? ye - ys : xe - xs) / steps;
  let [beforeX, beforeY] = [x0, y0];
  for (let step = 1; step <= steps; step++) {
    const t = flipped ? steps - step : step;
    const x = flat ? t + xs : Math.trunc(xs + slope * t + 0.5);
    const y = flat ? Math.trunc(ys + slope * t + 0.5) : t + ys;
    if (x !== beforeX) crossings.add(Math.min(x, beforeX), Math.min(y, beforeY));
    [beforeX, beforeY] = [x, y];
  }
}

/** Where the outline passes the middle of a column: there the mask changes from out to in or back. */
class Crossings {
  readonly #places: number[] = [];
  readonly #width: number;
  readonly #height: number;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
  }

  /** Of a step from `x` to x + 1, in fifths of a pixel. */
  add(x: number, y: number): void {
    const column = (x + 0.5) / scale - 0.5;
    if (!Number.isInteger(column) || column < 0 || column > this.#width - 1) return;
    const row = Math.ceil(Math.min(Math.max((y + 0.5) / scale - 0.5, 0), this.#height));
    this.#places.push(column * this.#height + row);
  }

  /** Two changes at one place undo each other: the runs on both sides become one. */
  counts(): Uint32Array {
    const places = [...Float64Array.from(this.#places).sort(), this.#width * this.#height];
    const runs = places.map((place, i) => (i === 0 ? place : place - places[i - 1]));
    const counts = [runs[0]];
    for (let i = 1; i < runs.length; i++) {
      if (runs[i] > 0) counts.push(runs[i]);
      else if (++i < runs.length) counts[counts.length - 1] += runs[i];
    }
    return Uint32Array.from(counts);
  }
}
