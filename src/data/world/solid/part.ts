import type { Colour } from "../colours.ts";
import type { Matrix, Vec3 } from "./vector.ts";

/** How a surface is coloured. Patterns run over the surface's own coordinates, in metres. */
export interface Paint {
  readonly colour: Colour;
  readonly pattern?: "stripes" | "checks" | "dots" | "bands";
  /** The pattern's other colour. */
  readonly second?: Colour;
  /** Metres from stripe to stripe. */
  readonly period?: number;
}

/**
 * A convex solid: an ellipsoid, a box, a cone cut off at the top (a cylinder at `taper` 1; its axis is y), or a flat ring
 * around z with a hole of `taper` times its radius. It fills [−1, 1]³ · `half` around `centre`, turned by `turn`.
 */
export interface SolidPart {
  readonly kind: "ellipsoid" | "box" | "cone" | "ring";
  readonly centre: Vec3;
  readonly half: Vec3;
  readonly turn?: Matrix;
  readonly taper?: number;
  readonly paint: Paint;
}

/** All points within `radius` of the line from `from` to `to`. */
export interface LimbPart {
  readonly kind: "limb";
  readonly from: Vec3;
  readonly to: Vec3;
  readonly radius: number;
  readonly paint: Paint;
}

/** A piece of a thing, in the thing's own coordinates: it stands on y = 0 and faces +z, +x to its right. */
export type Part = SolidPart | LimbPart;

export const ellipsoid = (centre: Vec3, half: Vec3, paint: Paint, turn?: Matrix): SolidPart =>
  solid("ellipsoid", centre, half, paint, turn);
export const ball = (centre: Vec3, radius: number, paint: Paint): SolidPart =>
  ellipsoid(centre, [radius, radius, radius], paint);
export const box = (centre: Vec3, half: Vec3, paint: Paint, turn?: Matrix): SolidPart =>
  solid("box", centre, half, paint, turn);
/** From the foot's radius to `taper` times it; height is 2 · `halfHeight`. */
export const cone = (centre: Vec3, radius: number, halfHeight: number, taper: number, paint: Paint, turn?: Matrix) => ({
  ...solid("cone", centre, [radius, halfHeight, radius], paint, turn),
  taper,
});
export const ring = (centre: Vec3, radius: number, hole: number, paint: Paint, turn?: Matrix): SolidPart => ({
  ...solid("ring", centre, [radius, radius, 0.03], paint, turn),
  taper: hole,
});
export const limb = (from: Vec3, to: Vec3, radius: number, paint: Paint): LimbPart => ({
  kind: "limb",
  from,
  to,
  radius,
  paint,
});

function solid(kind: SolidPart["kind"], centre: Vec3, half: Vec3, paint: Paint, turn?: Matrix): SolidPart {
  return { kind, centre, half, paint, ...(turn === undefined ? {} : { turn }) };
}
