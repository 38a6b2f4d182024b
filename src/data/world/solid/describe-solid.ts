import { generator, type Generator } from "../../../random/generator.ts";
import type { Split } from "../../split.ts";
import type { ColourName } from "../colours.ts";
import { between, countBetween, oneOf, type Range } from "../draw-random.ts";
import type { ThingName } from "../things/categories.ts";
import { groundAt, project, type Camera } from "./camera.ts";
import { describeGround, dry } from "./describe-ground.ts";
import { stuffAt, type Ground } from "./ground.ts";
import { looseThing, type LooseThing } from "./place-thing.ts";
import type { SolidScene, Thing } from "./scene.ts";
import { WATER } from "./stuff.ts";
import { unit } from "./vector.ts";

/** What a scene is made of. */
export interface SolidOptions {
  readonly things: readonly ThingName[];
  readonly colours: readonly ColourName[];
  /** Things beside the main one. */
  readonly clutter: Range;
  /** Apparent height of the main thing, as a share of the picture's. */
  readonly scale: Range;
  /** Strength of the ground's textures. */
  readonly texture: number;
  readonly aspect: number;
}

const nearestThing = 2.3;
const farthestThing = 9.2;

/** Draws a scene: the main thing, of the given category and colour, comes first. A pure function of its arguments. */
export function describeSolid(
  seed: number,
  split: Split,
  index: number,
  main: { readonly category: ThingName; readonly colour: ColourName },
  options: SolidOptions,
): SolidScene {
  const random = generator(seed, `world/scene-1/${split}`, index);
  const camera = someCamera(random, options.aspect);
  const wet = describeGround(random, options.texture);
  const sun = unit([between(random, [-1, 1]), between(random, [0.6, 1.2]), between(random, [-1, 0.2])]);
  const contrast = between(random, [0.45, 0.75]);
  const things: Thing[] = [placeMain(random, camera, looseThing(random, main.category, main.colour), options.scale)];
  // what stands in the middle of a river is taken for wrong
  const ground = isWater(wet, things[0]) ? dry(wet) : wet;
  const others = countBetween(random, options.clutter);
  for (let k = 0; k < others; k++) {
    const loose = looseThing(random, oneOf(random, options.things), oneOf(random, options.colours));
    const placed = placeOther(random, camera, loose, things);
    if (placed !== undefined && !isWater(ground, placed)) things.push(placed);
  }
  return { camera, ground, sun, contrast, things };
}

const isWater = (ground: Ground, { x, z }: Thing): boolean => stuffAt(ground, x, z) === WATER;

function someCamera(random: Generator, aspect: number): Camera {
  const fov = between(random, [0.9, 1.15]);
  return {
    height: between(random, [1.3, 2.3]),
    pitch: between(random, [0.08, 0.26]),
    focal: 1 / (2 * Math.tan(fov / 2)),
    aspect,
    farthest: 10,
  };
}

/** Long things count by their length as well, or a bus would fill the picture. */
const extent = ({ height, radius, size }: LooseThing): number => Math.max(height, 1.5 * radius * size);

/** As far as makes it as high as wanted, and farther until it is whole in the picture. */
function placeMain(random: Generator, camera: Camera, loose: LooseThing, scale: Range): Thing {
  const reach = loose.radius * loose.size;
  let depth = Math.max(nearestThing + reach, (extent(loose) * camera.focal) / between(random, scale));
  while (depth < farthestThing && footSeen(camera, depth, reach) > 0.46) depth += 0.2;
  depth = Math.min(farthestThing, depth);
  const room = Math.max(0, camera.aspect / 2 - (1.1 * reach * camera.focal) / depth);
  const [x, z] = groundAt(camera, between(random, [-room, room]), depth);
  return stand(loose, x, z);
}

/** Where the near side of a thing's foot is seen, in picture heights below the middle. */
function footSeen(camera: Camera, depth: number, reach: number): number {
  const [, z] = groundAt(camera, 0, depth);
  return project(camera, [0, 0, z - 0.7 * reach])?.[1] ?? 1;
}

/** A free place on the ground that does not hide most of the main thing; undefined after some tries. */
function placeOther(random: Generator, camera: Camera, loose: LooseThing, things: readonly Thing[]): Thing | undefined {
  for (let attempt = 0; attempt < 12; attempt++) {
    const reach = loose.radius * loose.size;
    const depth = between(random, [nearestThing + reach * 0.8, farthestThing]);
    const half = camera.aspect * 0.45;
    const [x, z] = groundAt(camera, between(random, [-half, half]), depth);
    const place = stand(loose, x, z);
    if (things.every((other) => apart(place, other)) && !hides(place, things[0])) return place;
  }
  return undefined;
}

function stand({ height: _, ...thing }: LooseThing, x: number, z: number): Thing {
  return { ...thing, x, z };
}

const apart = (a: Thing, b: Thing): boolean =>
  (a.x - b.x) ** 2 + (a.z - b.z) ** 2 > (1.1 * (a.radius * a.size + b.radius * b.size)) ** 2;

/** Whether `a` stands before more than a third of `main`'s width. */
function hides(a: Thing, main: Thing): boolean {
  if (a.z > main.z) return false;
  const left = Math.max(a.x / a.z - reach(a), main.x / main.z - reach(main));
  const right = Math.min(a.x / a.z + reach(a), main.x / main.z + reach(main));
  return right - left > 0.66 * reach(main);
}
const reach = (thing: Thing): number => (thing.radius * thing.size) / thing.z;
