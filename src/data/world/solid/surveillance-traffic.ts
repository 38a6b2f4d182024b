import { generator } from "../../../random/generator.ts";
import { fromHue } from "../colours.ts";
import { between, oneOf } from "../draw-random.ts";
import { somebody } from "../things/categories.ts";
import { walking } from "../things/gait.ts";
import { personFigure, type Person } from "../things/person.ts";
import type { Thing } from "./scene.ts";

/** Frames a second of a surveillance video. */
export const streetRate = 10;
export const secondsOf = (frame: number): number => frame / streetRate;

/** Focal length of the street's camera, in picture heights. */
export const streetFocal = 1.5;
/** Metres left and right of the camera at which walkers appear and vanish: just out of sight of the farther lane. */
export const reachOf = (aspect: number): number => (aspect / 2 / streetFocal) * 13.5 + 1.2;

/** Depths of the two lanes on the ground; in the nearer one all walk to the right. */
export const lanes = [
  { z: 8.6, oneWay: true },
  { z: 11.4, oneWay: false },
] as const;

/** Somebody who walks; tracks are never used again. */
export function walker(person: Person, x: number, z: number, side: number, way: number, track: number): Thing {
  return {
    category: "person",
    ...personFigure(person, walking(way / 1.35)),
    x,
    z,
    heading: side * (Math.PI / 2),
    size: 1,
    radius: 0.32,
    track,
  };
}

/**
 * The normal traffic of a video: `count` walkers at 0.8 to 1.5 m/s who come back as somebody else after they have left.
 * Everyone is a pure function of (seed, split, video, walker, lap).
 */
export function traffic(
  seed: number,
  split: string,
  video: number,
  { count, reach }: { readonly count: number; readonly reach: number },
): (frame: number) => Thing[] {
  const look = (slot: number, lap: number) => {
    const random = generator(seed, `world/surveillance-walker-1/${split}`, video, slot, lap);
    const shirt = fromHue(360 * random.uniform(), between(random, [0.2, 0.8]), between(random, [0.4, 0.95]));
    return { person: somebody(random, shirt), shift: between(random, [-0.8, 0.8]) };
  };
  const slots = Array.from({ length: count }, (_, slot) => {
    const random = generator(seed, `world/surveillance-slot-1/${split}`, video, slot);
    const lane = oneOf(random, lanes);
    const side = lane.oneWay || random.integer(2) === 0 ? 1 : -1;
    return { lane, side, speed: between(random, [0.8, 1.5]), start: 2 * reach * random.uniform() };
  });
  const looks = slots.map(() => new Map<number, ReturnType<typeof look>>());
  return (frame) =>
    slots.map(({ lane, side, speed, start }, slot) => {
      const way = start + speed * secondsOf(frame);
      const lap = Math.floor(way / (2 * reach));
      const known = looks[slot].get(lap) ?? look(slot, lap);
      looks[slot].set(lap, known);
      const x = side * ((way % (2 * reach)) - reach);
      return walker(known.person, x, lane.z + known.shift, side, way, slot + 100 * lap);
    });
}
