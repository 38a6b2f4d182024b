import type { Paint, Part } from "./part.ts";
import { add, apply, multiply, scale, type Matrix, type Vec3 } from "./vector.ts";

/** Ways to meet a ray. */
export const ELLIPSOID = 0;
export const BOX = 1;
export const CONE = 2;
export const RING = 3;
export const LIMB = 4;

/**
 * A part in the camera's coordinates, ready for rays from the camera's centre along (dx, dy, 1), so that the distance along
 * a ray is the depth. `m` (rows) and `o` take a ray into the part's own coordinates, where it fills [−1, 1]³; a limb keeps
 * its ends instead: `o` is one end, `m[0..2]` the way to the other.
 */
export interface Primitive {
  readonly kind: number;
  readonly m: Float64Array;
  readonly o: Float64Array;
  /** Half sizes in metres; of a limb, its radius and length. */
  readonly half: Vec3;
  readonly taper: number;
  readonly paint: Paint;
  /** Index of the thing it belongs to. */
  readonly owner: number;
  /** Bounds on the picture, in units of the focal length: least and greatest dx, least and greatest dy. */
  readonly bounds: readonly [number, number, number, number];
}

const kinds = { ellipsoid: ELLIPSOID, box: BOX, cone: CONE, ring: RING } as const;
/** Nothing nearer than this is drawn. */
export const nearest = 0.05;

/**
 * Takes a part into the camera's coordinates: p ↦ `size` · `turn` · p + `place`. Undefined where it reaches behind the
 * camera.
 */
export function primitive(part: Part, owner: number, turn: Matrix, place: Vec3, size: number): Primitive | undefined {
  const moved = (p: Vec3): Vec3 => add(scale(apply(turn, p), size), place);
  if (part.kind === "limb") return limb(moved(part.from), moved(part.to), part.radius * size, part.paint, owner);
  const axes = part.turn === undefined ? turn : multiply(turn, part.turn);
  const centre = moved(part.centre);
  const half = scale(part.half, size);
  const { taper = 1, paint } = part;
  const wide = part.kind === "cone" ? Math.max(1, taper) : 1; // a cone may be wider at the top
  const bounds = cornerBounds(centre, axes, [half[0] * wide, half[1], half[2] * wide]);
  if (bounds === undefined) return undefined;
  const m = new Float64Array(9);
  const o = new Float64Array(3);
  for (let row = 0; row < 3; row++) {
    for (let k = 0; k < 3; k++) {
      m[3 * row + k] = axes[k][row] / half[row];
      o[row] -= m[3 * row + k] * centre[k];
    }
  }
  return { kind: kinds[part.kind], m, o, half, taper, paint, owner, bounds };
}

function limb(from: Vec3, to: Vec3, radius: number, paint: Paint, owner: number): Primitive | undefined {
  const way: Vec3 = [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
  const length = Math.sqrt(way[0] ** 2 + way[1] ** 2 + way[2] ** 2);
  const bounds = sphereBounds(from, radius, sphereBounds(to, radius));
  if (bounds === undefined || from[2] - radius < nearest || to[2] - radius < nearest) return undefined;
  const [m, o] = [Float64Array.from(way), Float64Array.from(from)];
  return { kind: LIMB, m, o, half: [radius, length, radius], taper: 1, paint, owner, bounds };
}

type Bounds = [number, number, number, number];

function cornerBounds(centre: Vec3, axes: Matrix, half: Vec3): Bounds | undefined {
  const bounds: Bounds = [Infinity, -Infinity, Infinity, -Infinity];
  for (let corner = 0; corner < 8; corner++) {
    const local: Vec3 = [
      corner & 1 ? half[0] : -half[0],
      corner & 2 ? half[1] : -half[1],
      corner & 4 ? half[2] : -half[2],
    ];
    const [x, y, z] = add(apply(axes, local), centre);
    if (z < nearest) return undefined;
    widen(bounds, x / z, y / z, x / z, y / z);
  }
  return bounds;
}

/** Wider than the sphere's outline, never narrower. */
function sphereBounds([x, y, z]: Vec3, radius: number, bounds: Bounds = [Infinity, -Infinity, Infinity, -Infinity]) {
  for (const depth of [z - radius, z + radius]) {
    widen(bounds, (x - radius) / depth, (y - radius) / depth, (x + radius) / depth, (y + radius) / depth);
  }
  return bounds;
}

function widen(bounds: Bounds, x0: number, y0: number, x1: number, y1: number): void {
  if (x0 < bounds[0]) bounds[0] = x0;
  if (x1 > bounds[1]) bounds[1] = x1;
  if (y0 < bounds[2]) bounds[2] = y0;
  if (y1 > bounds[3]) bounds[3] = y1;
}
