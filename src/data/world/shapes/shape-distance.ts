import type { ShapeKind } from "./scene.ts";

/** Distance of (x, y) from the outline of a shape of radius about 1 around (0, 0), negative inside; y points down. */
type Distance = (x: number, y: number) => number;

const box =
  (halfWidth: number, halfHeight: number): Distance =>
  (x, y) =>
    Math.max(Math.abs(x) - halfWidth, Math.abs(y) - halfHeight);

const lying = box(1.05, 0.34);
const standing = box(0.34, 1.05);

/** Near an edge these are true distances; beyond a corner they are a little short, which only sharpens the corner. */
const distances: Readonly<Record<ShapeKind, Distance>> = {
  disc: (x, y) => Math.sqrt(x * x + y * y) - 0.95,
  square: box(0.82, 0.82),
  triangle: (x, y) => Math.max(y - 0.6, 0.894 * Math.abs(x) - 0.447 * y - 0.45),
  cross: (x, y) => Math.min(lying(x, y), standing(x, y)),
  ring: (x, y) => Math.abs(Math.sqrt(x * x + y * y) - 0.74) - 0.24,
  diamond: (x, y) => (Math.abs(x) + Math.abs(y) - 1.1) * Math.SQRT1_2,
  "horizontal bar": lying,
  "vertical bar": standing,
};

/** The distance function of a kind of shape. */
export const shapeDistance = (kind: ShapeKind): Distance => distances[kind];
