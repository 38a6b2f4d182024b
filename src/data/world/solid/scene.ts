import type { Colour, ColourName } from "../colours.ts";
import type { FigurePoint, Person } from "../things/person.ts";
import type { ThingName } from "../things/categories.ts";
import type { Camera } from "./camera.ts";
import type { Ground } from "./ground.ts";
import type { Part } from "./part.ts";
import type { Vec3 } from "./vector.ts";

/** A thing that stands in a scene. */
export interface Thing {
  readonly category: ThingName;
  /** Of its main part, where it has a name. */
  readonly colour?: ColourName;
  /** The shade that it was given. */
  readonly paint?: Colour;
  readonly parts: readonly Part[];
  /** Who it is, to be posed anew as time goes on. */
  readonly person?: Person;
  /** A person's 17 key points. */
  readonly points?: readonly FigurePoint[];
  /** Metres on the ground; `y` above it. */
  readonly x: number;
  readonly y?: number;
  readonly z: number;
  /** Radians from +z towards +x in which it faces. */
  readonly heading: number;
  readonly size: number;
  /** Of its shadow, metres. */
  readonly radius: number;
  /** The same number in every frame of a clip. */
  readonly track?: number;
  /** Does what is not normal here. */
  readonly anomalous?: boolean;
}

/** A scene of solid things as plain data, without a size in pixels. */
export interface SolidScene {
  readonly camera: Camera;
  readonly ground: Ground;
  /** Unit vector to the sun in ground coordinates. */
  readonly sun: Vec3;
  /** Share of the light that comes from the sun. */
  readonly contrast: number;
  readonly things: readonly Thing[];
}
