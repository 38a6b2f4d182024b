import type { Colour } from "../colours.ts";

/** The kinds of object, and so the classes, of the procedural set, in the order of their labels. */
export const shapeKinds = [
  "disc",
  "square",
  "triangle",
  "cross",
  "ring",
  "diamond",
  "horizontal bar",
  "vertical bar",
] as const;
export type ShapeKind = (typeof shapeKinds)[number];

/** A scalar field in [0, 1] over the picture; lengths in picture sides, angles in radians. */
export type Pattern =
  | { readonly kind: "plain" }
  | { readonly kind: "gradient"; readonly angle: number }
  | {
      readonly kind: "stripes" | "checks" | "dots";
      readonly angle: number;
      readonly period: number;
      readonly phase: number;
    }
  | { readonly kind: "noise"; readonly period: number; readonly lattice: number };

/** A pattern that mixes two colours: the first where it is 0, the second where it is 1. */
export interface Fill {
  readonly pattern: Pattern;
  readonly colours: readonly [Colour, Colour];
}

/** A shape; `centre` in picture sides from the top left, `radius` in picture sides, `angle` clockwise in radians. */
export interface SceneObject {
  readonly kind: ShapeKind;
  readonly centre: readonly [x: number, y: number];
  readonly radius: number;
  readonly angle: number;
  readonly fill: Fill;
}

/** A stroke or, where `from` equals `to`, a spot: what distracts from the object, below it or above it. */
export interface Clutter {
  readonly from: readonly [x: number, y: number];
  readonly to: readonly [x: number, y: number];
  readonly width: number;
  readonly colour: Colour;
  readonly above: boolean;
}

/** All that is in a picture, as plain data without a size in pixels. */
export interface Scene {
  readonly background: Fill;
  readonly clutter: readonly Clutter[];
  readonly objects: readonly SceneObject[];
  /** Brightness changes by ±`strength` across the picture, along `angle`. */
  readonly light: { readonly angle: number; readonly strength: number };
  /** Grain of `strength` (standard deviation about half of it) on a fixed lattice, so that it grows with the picture. */
  readonly grain: { readonly strength: number; readonly lattice: number };
}
