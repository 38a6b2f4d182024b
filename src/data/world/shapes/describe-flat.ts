import type { Generator } from "../../../random/generator.ts";
import { fromHue, hueOf, mixColours, type Colour, type ColourName } from "../colours.ts";
import { anyAngle, between, countBetween, oneOf, type Range } from "../draw-random.ts";
import { orientationNames, sizeNames, type FlatGround, type FlatObject, type FlatScene } from "./flat-scene.ts";
import type { FlatShapeName } from "./flat-shape.ts";
import type { TextureName } from "./texture.ts";

/** What pictures of shapes are made of. */
export interface FlatOptions {
  readonly shapes: readonly FlatShapeName[];
  readonly colours: readonly ColourName[];
  readonly textures: readonly TextureName[];
  readonly objects: Range;
  /** Share of pictures with a textured ground. */
  readonly groundTexture: number;
  /** Side of a shape as a share of the picture's. */
  readonly scale: Range;
  /** Shapes are turned by up to this many radians either way. */
  readonly turn: number;
}

/** What is known of the first, largest object beforehand: what its label says. */
export interface FlatMain {
  readonly shape?: FlatShapeName;
  readonly colour?: ColourName;
  readonly size?: number;
  readonly place?: number;
  readonly texture?: TextureName;
  readonly orientation?: number;
}

/** A picture of one or more shapes of which the first is `main`; it lies on top of the others. */
export function describeFlat(random: Generator, options: FlatOptions, main: FlatMain): FlatScene {
  const ground = describeGround(random, random.uniform() < options.groundTexture);
  const count = countBetween(random, options.objects);
  const first = flatObject(random, options, main);
  const others: FlatObject[] = [];
  for (let k = 1; k < count; k++) {
    const other = freeObject(random, options, [first, ...others]);
    if (other !== undefined) others.push(other);
  }
  return { ground, objects: [...others, first] };
}

/** At most about 40% of either is hidden by the other. */
function freeObject(random: Generator, options: FlatOptions, placed: readonly FlatObject[]): FlatObject | undefined {
  for (let attempt = 0; attempt < 10; attempt++) {
    const candidate = flatObject(random, options, {});
    if (placed.every((other) => farEnough(candidate, other))) return candidate;
  }
  return undefined;
}

function farEnough(a: FlatObject, b: FlatObject): boolean {
  const [dx, dy] = [a.centre[0] - b.centre[0], a.centre[1] - b.centre[1]];
  const [small, large] = [Math.min(a.radius, b.radius), Math.max(a.radius, b.radius)];
  return dx * dx + dy * dy > (large + 0.2 * small) ** 2;
}

function flatObject(random: Generator, options: FlatOptions, main: FlatMain): FlatObject {
  const shape = main.shape ?? oneOf(random, options.shapes);
  const colour = main.colour ?? oneOf(random, options.colours);
  const texture = main.texture ?? oneOf(random, options.textures);
  const size = main.size ?? random.integer(2);
  const place = main.place ?? random.integer(9);
  const [low, high] = options.scale;
  // a gap between the sizes, so that they can be told apart
  const side = low + (high - low) * between(random, size === 0 ? [0, 0.35] : [0.65, 1]);
  const radius = side / 2;
  const margin = 1.1 * radius; // bars are a little longer
  const inside = (third: number): number =>
    Math.min(1 - margin, Math.max(margin, (third + between(random, [0.15, 0.85])) / 3));
  return {
    shape,
    colour,
    size: sizeNames[size],
    texture,
    paints: paintsOf(random, colour),
    orientation: main.orientation ?? random.integer(orientationNames.length),
    textureTurn: between(random, [-0.12, 0.12]),
    texturePhase: random.uniform(),
    centre: [inside(place % 3), inside(Math.floor(place / 3))],
    radius,
    angle: between(random, [-options.turn, options.turn]),
  };
}

/** Two shades of a colour: light or dark against each other, both plainly that colour. */
function paintsOf(random: Generator, name: ColourName): [Colour, Colour] {
  const hue = (hueOf(name) + 360 + between(random, [-6, 6])) % 360;
  const main = fromHue(hue, between(random, [0.75, 1]), between(random, [0.8, 1]));
  const other: Colour = random.uniform() < 0.5 ? [1, 1, 1] : [0, 0, 0];
  return [main, mixColours(main, other, between(random, [0.45, 0.65]))];
}

function describeGround(random: Generator, textured: boolean): FlatGround {
  const colour = (): Colour =>
    fromHue(360 * random.uniform(), between(random, [0, 0.35]), between(random, [0.25, 0.75]));
  const from = colour();
  if (!textured) return { from, to: from, angle: 0, gratings: [] };
  const to = mixColours(from, colour(), between(random, [0.3, 0.8]));
  const gratings = Array.from({ length: 2 }, () => {
    const strength = between(random, [0.03, 0.12]);
    return {
      angle: anyAngle(random),
      frequency: between(random, [2, 9]),
      phase: anyAngle(random),
      strength: [strength * random.uniform(), strength * random.uniform(), strength * random.uniform()] as const,
    };
  });
  return { from, to, angle: anyAngle(random), gratings };
}
