import type { Generator } from "../../../random/generator.ts";
import { fromHue, mixColours } from "../colours.ts";
import { between, oneOf, anyAngle } from "../draw-random.ts";
import type { Ground, Strip } from "./ground.ts";
import { groundNames, stuffIndex, surfaceNames } from "./stuff.ts";

/** Some ground with, half of the time, a road or a river across it. `texture` scales its textures. */
export function describeGround(random: Generator, texture: number): Ground {
  const base = stuffIndex(oneOf(random, groundNames));
  const crossed = random.uniform() < 0.5;
  const strip = someStrip(random);
  const tint = between(random, [0.8, 1.1]);
  const warm = between(random, [-0.06, 0.06]);
  const hue = between(random, [195, 225]);
  const top = fromHue(hue, between(random, [0.35, 0.7]), between(random, [0.75, 0.95]));
  const far = fromHue(between(random, [90, 240]), between(random, [0.15, 0.4]), between(random, [0.35, 0.6]));
  return {
    base,
    ...(crossed ? { strip } : {}),
    tint: [tint + warm, tint, tint - warm],
    shift: between(random, [0, 60]),
    texture: texture * between(random, [0.6, 1]),
    sky: { top, bottom: mixColours(top, [1, 0.98, 0.94], 0.7) },
    hills: {
      height: random.uniform() < 0.7 ? between(random, [0.04, 0.14]) : 0,
      phase: anyAngle(random),
      colour: far,
    },
  };
}

/** The ground with a road where there was a river. */
export function dry({ strip, ...ground }: Ground): Ground {
  return strip === undefined ? ground : { ...ground, strip: { ...strip, stuff: stuffIndex("road") } };
}

function someStrip(random: Generator): Strip {
  return {
    stuff: stuffIndex(oneOf(random, surfaceNames)),
    x: 0,
    z: between(random, [3, 8]),
    angle: between(random, [-0.7, 0.7]),
    width: between(random, [1.6, 3.2]),
  };
}
