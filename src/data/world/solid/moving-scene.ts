import type { Generator } from "../../../random/generator.ts";
import type { ClipTarget } from "../../targets.ts";
import { between } from "../draw-random.ts";
import type { ThingName } from "../things/categories.ts";
import { walking } from "../things/gait.ts";
import { dogParts } from "../things/objects.ts";
import { personFigure } from "../things/person.ts";
import { renderClip, type ClipSize } from "./render-clip.ts";
import type { SolidScene, Thing } from "./scene.ts";

const framesPerSecond = 10;

/** Metres a second of what moves by itself. */
const speeds: Partial<Readonly<Record<ThingName, readonly [number, number]>>> = {
  person: [0.8, 1.5],
  dog: [0.8, 2],
  car: [1.5, 3],
  bus: [1.5, 2.5],
  bicycle: [1.5, 3],
  ball: [0.8, 2.5],
};

/** A clip of a scene in which people, animals, vehicles and balls go where they face. */
export function movingFrames(
  scene: SolidScene,
  random: Generator,
  { frames, ...size }: ClipSize & { readonly frames: number },
): ClipTarget {
  const paces = scene.things.map(({ category }) => between(random, speeds[category] ?? [0, 0]));
  const moments = Array.from({ length: frames }, (_, t) => ({
    ...scene,
    things: scene.things.map((thing, k) => movedThing(thing, paces[k], t / framesPerSecond)),
  }));
  return renderClip(moments, size, { framesPerSecond });
}

/** The thing `seconds` later. */
function movedThing(thing: Thing, pace: number, seconds: number): Thing {
  const way = pace * seconds;
  const { heading, person, paint } = thing;
  const moved = { ...thing, x: thing.x + way * Math.sin(heading), z: thing.z + way * Math.cos(heading) };
  if (person !== undefined) return { ...moved, ...personFigure(person, walking(way / 1.4)) };
  if (thing.category === "dog" && paint !== undefined) {
    return { ...moved, parts: dogParts(paint, 0.8 * Math.sin(8 * way)) };
  }
  return moved;
}
