import { drawInstanceMask } from "../instance-mask.ts";
import type { Box, Instance, InstancesTarget, KeypointFigure, KeypointsTarget } from "../targets.ts";
import { moveBox, movePoint, type Geometry } from "./geometry.ts";
import { gather } from "./nearest-pixels.ts";

/**
 * Instances after `geometry`, without those that have left. Masks become bitmaps, whose extent cuts the box where part of
 * the instance is gone (a corner cut off leaves less than the cut box); without a mask the box alone is moved and cut.
 */
export function moveInstances(target: InstancesTarget, geometry: Geometry, nearest: () => Int32Array): InstancesTarget {
  const { width, height } = geometry;
  const instances = target.instances.flatMap((one) => {
    const box = moveBox(one.box, geometry);
    if (box === undefined) return [];
    if (one.mask === undefined) return [{ ...one, box, area: movedArea(one, box, geometry) }];
    const bitmap = drawInstanceMask(one.mask, target.width, target.height);
    const moved = gather(bitmap, nearest(), new Uint8Array(width * height), 0);
    const seen = extent(moved, width);
    if (seen === undefined) return [];
    const keptWhole = keepsRight(geometry) && sameArea(one.box, box, geometry);
    return [
      { ...one, box: keptWhole ? box : seen.box, area: seen.area, mask: { kind: "bitmap" as const, bitmap: moved } },
    ];
  });
  return { kind: "instances", width, height, instances };
}

/** Upright boxes stay upright. */
const keepsRight = ({ forward }: Geometry): boolean => forward[1] === 0 && forward[3] === 0;

const sizeOf = ([x0, y0, x1, y1]: Box): number => (x1 - x0) * (y1 - y0);
const scaleOf = ({ forward: [a, b, , d, e] }: Geometry): number => Math.abs(a * e - b * d);

function sameArea(before: Box, after: Box, geometry: Geometry): boolean {
  return sizeOf(after) >= sizeOf(before) * scaleOf(geometry) * (1 - 1e-6);
}

/** The annotated area scaled, less the share of the box that was cut off. */
function movedArea({ box: before, area }: Pick<Instance, "box" | "area">, after: Box, geometry: Geometry): number {
  const whole = sizeOf(before) * scaleOf(geometry);
  return whole === 0 ? 0 : area * scaleOf(geometry) * Math.min(1, sizeOf(after) / whole);
}

function extent(bitmap: Uint8Array, width: number): { readonly box: Box; readonly area: number } | undefined {
  let [x0, y0, x1, y1, area] = [Infinity, Infinity, 0, 0, 0];
  for (let p = 0; p < bitmap.length; p++) {
    if (bitmap[p] === 0) continue;
    const [x, y] = [p % width, Math.floor(p / width)];
    area++;
    x0 = Math.min(x0, x);
    y0 = Math.min(y0, y);
    x1 = Math.max(x1, x + 1);
    y1 = Math.max(y1, y + 1);
  }
  return area === 0 ? undefined : { box: [x0, y0, x1, y1], area };
}

/** Figures after `geometry`; points that leave the image are no longer labelled, figures whose box leaves are taken out. */
export function moveKeypoints(target: KeypointsTarget, geometry: Geometry): KeypointsTarget {
  const figures = target.figures.flatMap((figure) => {
    const box = moveBox(figure.box, geometry);
    if (box === undefined) return [];
    const points = movePoints(figure, target.layout.mirrored, geometry);
    return [{ ...figure, points, box, area: movedArea(figure, box, geometry) }];
  });
  return { ...target, width: geometry.width, height: geometry.height, figures };
}

/** In the mirror the left hand is the right one: points change places by name too. */
function movePoints({ points }: KeypointFigure, mirrored: readonly number[], geometry: Geometry): Float32Array {
  const { width, height, forward, mirrors } = geometry;
  const moved = new Float32Array(points.length);
  for (let k = 0; k < mirrored.length; k++) {
    const from = 3 * (mirrors ? mirrored[k] : k);
    if (points[from + 2] === 0) continue;
    const [x, y] = movePoint(forward, points[from], points[from + 1]);
    if (x < 0 || y < 0 || x > width || y > height) continue;
    moved.set([x, y, points[from + 2]], 3 * k);
  }
  return moved;
}
