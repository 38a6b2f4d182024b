import type { Colour, ColourName } from "../colours.ts";
import type { FlatShapeName } from "./flat-shape.ts";
import type { TextureName } from "./texture.ts";

export const sizeNames = ["small", "large"] as const;
export type SizeName = (typeof sizeNames)[number];

/** Ninths of the picture, row by row. */
export const placeNames = [
  "top left",
  "top",
  "top right",
  "left",
  "centre",
  "right",
  "bottom left",
  "bottom",
  "bottom right",
] as const;

/** Directions of a texture: of its first axis, in steps of 45 degrees. */
export const orientationNames = ["level", "falling", "upright", "rising"] as const;

/** A flat shape; lengths in picture sides, angles clockwise in radians. */
export interface FlatObject {
  readonly shape: FlatShapeName;
  readonly colour: ColourName;
  readonly size: SizeName;
  readonly texture: TextureName;
  readonly paints: readonly [Colour, Colour];
  /** Of the texture against the picture, in steps of 45 degrees; `textureTurn` is added. */
  readonly orientation: number;
  readonly textureTurn: number;
  readonly texturePhase: number;
  readonly centre: readonly [x: number, y: number];
  /** Half of the side. */
  readonly radius: number;
  readonly angle: number;
}

/** A sine wave across the ground. */
export interface Grating {
  readonly angle: number;
  /** Waves along the picture's side. */
  readonly frequency: number;
  readonly phase: number;
  readonly strength: Colour;
}

export interface FlatGround {
  readonly from: Colour;
  readonly to: Colour;
  /** Of the gradient from `from` to `to`. */
  readonly angle: number;
  readonly gratings: readonly Grating[];
}

/** Later objects lie above earlier ones. */
export interface FlatScene {
  readonly ground: FlatGround;
  readonly objects: readonly FlatObject[];
}

/** Which ninth of the picture a point lies in. */
export function placeOf([x, y]: readonly [number, number]): number {
  const third = (value: number): number => Math.min(2, Math.max(0, Math.floor(3 * value)));
  return 3 * third(y) + third(x);
}
