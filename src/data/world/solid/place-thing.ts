import type { Generator } from "../../../random/generator.ts";
import type { ColourName } from "../colours.ts";
import { anyAngle, between, oneOf } from "../draw-random.ts";
import { paintColour, somebody, thingKinds, type ThingName } from "../things/categories.ts";
import { running, standing, walking, waving } from "../things/gait.ts";
import { personFigure } from "../things/person.ts";
import type { Thing } from "./scene.ts";

/** A thing that has no place yet. */
export type LooseThing = Omit<Thing, "x" | "z"> & { readonly height: number };

/** A thing of a category, painted in the named colour, in some size, pose and heading. */
export function looseThing(random: Generator, category: ThingName, colour: ColourName): LooseThing {
  const paint = paintColour(random, colour);
  if (category === "person") {
    const person = somebody(random, paint);
    const figure = personFigure(person, oneOf(random, [walking, walking, standing, running, waving])(random.uniform()));
    const { parts, points } = figure;
    const heading = anyAngle(random);
    return {
      category,
      colour,
      paint,
      person,
      parts,
      points,
      heading,
      size: 1,
      radius: 0.32,
      height: 1.75 * person.size,
    };
  }
  const { radius, height, sizes, sideways, parts } = thingKinds[category];
  const size = between(random, sizes);
  const heading =
    sideways === undefined
      ? anyAngle(random)
      : oneOf(random, [-1, 1]) * (Math.PI / 2) + between(random, [-sideways, sideways]);
  return { category, colour, paint, parts: parts(paint), heading, size, radius, height: height * size };
}
