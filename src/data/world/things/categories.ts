import type { Generator } from "../../../random/generator.ts";
import { fromHue, hueOf, type Colour, type ColourName } from "../colours.ts";
import type { Part } from "../solid/part.ts";
import {
  ballParts,
  barrelParts,
  cactusParts,
  chairParts,
  crateParts,
  dogParts,
  houseParts,
  lampParts,
  mushroomParts,
  snowmanParts,
  tableParts,
  trafficConeParts,
  treeParts,
} from "./objects.ts";
import type { Person } from "./person.ts";
import { bicycleParts, busParts, carParts } from "./vehicles.ts";

/** Everything that comes in instances. The first ten are the classes of the classification task. */
export const thingNames = [
  "person",
  "car",
  "bicycle",
  "dog",
  "chair",
  "tree",
  "house",
  "ball",
  "mushroom",
  "cone",
  "bus",
  "table",
  "lamp",
  "crate",
  "barrel",
  "snowman",
  "cactus",
] as const;
export type ThingName = (typeof thingNames)[number];

/** How a category is built, of a size for 1 in metres. */
export interface ThingKind {
  /** Radius on the ground and height. */
  readonly radius: number;
  readonly height: number;
  /** Least and greatest size. */
  readonly sizes: readonly [number, number];
  /** Its side rather than its front should be seen, within this many radians of straight across. */
  readonly sideways?: number;
  readonly parts: (colour: Colour) => Part[];
}

/** All but the person, who is posed. */
export const thingKinds: Readonly<Record<Exclude<ThingName, "person">, ThingKind>> = {
  car: { radius: 1.25, height: 1.1, sizes: [0.85, 1.1], parts: carParts },
  bicycle: { radius: 0.8, height: 1, sizes: [1, 1.15], sideways: 0.7, parts: bicycleParts },
  dog: { radius: 0.6, height: 1, sizes: [0.85, 1.2], sideways: 1, parts: (colour) => dogParts(colour) },
  chair: { radius: 0.4, height: 1.05, sizes: [1, 1.3], parts: chairParts },
  tree: { radius: 0.6, height: 2.6, sizes: [0.75, 1.1], parts: treeParts },
  house: { radius: 1.6, height: 2.3, sizes: [0.9, 1.2], parts: houseParts },
  ball: { radius: 0.36, height: 0.7, sizes: [0.8, 1.3], parts: ballParts },
  mushroom: { radius: 0.5, height: 0.9, sizes: [0.9, 1.4], parts: mushroomParts },
  cone: { radius: 0.4, height: 0.9, sizes: [0.9, 1.3], parts: trafficConeParts },
  bus: { radius: 2, height: 2, sizes: [0.8, 1], parts: busParts },
  table: { radius: 0.85, height: 0.85, sizes: [0.9, 1.2], parts: tableParts },
  lamp: { radius: 0.3, height: 2.5, sizes: [0.8, 1], parts: lampParts },
  crate: { radius: 0.55, height: 0.8, sizes: [0.9, 1.3], parts: crateParts },
  barrel: { radius: 0.42, height: 1, sizes: [0.9, 1.2], parts: barrelParts },
  snowman: { radius: 0.5, height: 1.95, sizes: [0.7, 1], parts: snowmanParts },
  cactus: { radius: 0.5, height: 1.75, sizes: [0.8, 1.2], parts: cactusParts },
};

/** A shade of the named colour that things are painted with. */
export function paintColour(random: Generator, name: ColourName): Colour {
  const hue = (hueOf(name) + 360 + 10 * (random.uniform() - 0.5)) % 360;
  return fromHue(hue, 0.7 + 0.25 * random.uniform(), 0.75 + 0.25 * random.uniform());
}

const skins: readonly Colour[] = [
  [0.96, 0.8, 0.69],
  [0.87, 0.67, 0.52],
  [0.7, 0.48, 0.34],
  [0.47, 0.31, 0.22],
];
const hairs: readonly Colour[] = [
  [0.12, 0.09, 0.08],
  [0.35, 0.22, 0.12],
  [0.75, 0.58, 0.3],
  [0.6, 0.58, 0.57],
];

/** Somebody in a shirt of `shirt`. */
export function somebody(random: Generator, shirt: Colour): Person {
  const hue = 360 * random.uniform();
  return {
    size: 0.88 + 0.22 * random.uniform(),
    girth: 0.9 + 0.35 * random.uniform(),
    skin: skins[random.integer(skins.length)],
    hair: hairs[random.integer(hairs.length)],
    shirt,
    trousers: fromHue(hue, 0.15 + 0.4 * random.uniform(), 0.2 + 0.35 * random.uniform()),
  };
}
