import type { Generator } from "../../../random/generator.ts";
import { fromHue } from "../colours.ts";
import { between, oneOf } from "../draw-random.ts";
import { rider, type Prop } from "../things/actions.ts";
import { somebody } from "../things/categories.ts";
import { running, standing } from "../things/gait.ts";
import { ballParts } from "../things/objects.ts";
import { personFigure, type Person } from "../things/person.ts";
import { carParts } from "../things/vehicles.ts";
import { lanes, secondsOf, walker } from "./surveillance-traffic.ts";
import type { Thing } from "./scene.ts";
import { stand } from "./stage.ts";

/** What is not normal on a street for people on foot. */
export const eventNames = ["bicycle", "vehicle", "running", "wrong direction", "loitering", "thrown object"] as const;
export type EventName = (typeof eventNames)[number];

/** A video's length, and how far to the side things appear and vanish. */
export interface Street {
  readonly frames: number;
  readonly reach: number;
}

/** The things of an event at a frame; none before and after it. */
export type StreetEvent = (frame: number) => Thing[];

/**
 * An event that begins anywhere in a video, the edges included: the first or last part of it may lie outside.
 * Tracks are numbered from `track`.
 */
export function describeEvent(random: Generator, name: EventName, street: Street, track: number): StreetEvent {
  switch (name) {
    case "bicycle":
      return crossing(random, street, track, [2.6, 3.6], (way, look) => rider(look.person, look.paint, way, 0));
    case "vehicle":
      return crossing(random, street, track, [2, 3], (way, look) => [
        { category: "car", parts: carParts(look.paint), forward: way, size: 1.1, radius: 1.25 },
      ]);
    case "running":
      return crossing(random, street, track, [3, 3.8], (way, look) => [runner(look.person, way)]);
    case "wrong direction":
      return wrongWay(random, street, track);
    case "loitering":
      return loitering(random, street, track);
    case "thrown object":
      return thrown(random, street, track);
  }
}

interface Look {
  readonly person: Person;
  readonly paint: readonly [number, number, number];
}

const someLook = (random: Generator): Look => {
  const paint = fromHue(360 * random.uniform(), 0.8, 0.85);
  return { person: somebody(random, paint), paint };
};

/** Something that goes from one side to the other, in a lane's own direction. */
function crossing(
  random: Generator,
  { frames, reach }: Street,
  track: number,
  pace: readonly [number, number],
  props: (way: number, look: Look) => Prop[],
): StreetEvent {
  const speed = between(random, pace);
  const look = someLook(random);
  const lane = oneOf(random, lanes);
  const right = lane.oneWay || random.integer(2) === 0;
  const z = lane.z + between(random, [-0.5, 0.5]);
  const length = (2 * reach) / speed;
  const start = startOf(random, frames, length);
  return (frame) => {
    const seconds = secondsOf(frame) - start;
    if (seconds < 0 || seconds > length) return [];
    const x = (right ? 1 : -1) * (seconds * speed - reach);
    const heading = right ? Math.PI / 2 : -Math.PI / 2;
    // the way turns legs and cranks, so the props are made there and the stage moves back by it
    const way = seconds * speed;
    const stage = { x: x - way * Math.sin(heading), z, heading };
    return stand(props(way, look), stage, track).map(notNormal);
  };
}

const runner = (person: Person, way: number): Prop => ({
  category: "person",
  ...personFigure(person, running(way / 1.7)),
  forward: way,
  size: 1,
  radius: 0.32,
});

/** Against the one-way lane, as fast as others. */
function wrongWay(random: Generator, { frames, reach }: Street, track: number): StreetEvent {
  const lane = lanes.find(({ oneWay }) => oneWay) ?? lanes[0];
  const { person } = someLook(random);
  const speed = between(random, [1, 1.5]);
  const z = lane.z + between(random, [-0.5, 0.5]);
  const length = (2 * reach) / speed;
  const start = startOf(random, frames, length);
  return (frame) => {
    const seconds = secondsOf(frame) - start;
    if (seconds < 0 || seconds > length) return [];
    const way = seconds * speed;
    return [notNormal(walker(person, reach - way, z, -1, way, track))];
  };
}

/** Walks in, stays 9 to 14 seconds on one spot, turning now and then, and walks on; only the stay is not normal. */
function loitering(random: Generator, { frames, reach }: Street, track: number): StreetEvent {
  const lane = oneOf(random, lanes);
  const { person } = someLook(random);
  const side = lane.oneWay || random.integer(2) === 0 ? 1 : -1;
  const speed = between(random, [1, 1.4]);
  const z = lane.z + between(random, [-0.6, 0.6]);
  const stop = between(random, [-0.55, 0.55]) * reach;
  const stay = between(random, [9, 14]);
  const start = startOf(random, frames, stay); // of the stay
  return (frame) => {
    const seconds = secondsOf(frame) - start;
    const walked = seconds < 0 ? seconds * speed : seconds > stay ? (seconds - stay) * speed : 0;
    const x = stop + side * walked;
    if (Math.abs(x) > reach) return [];
    if (walked !== 0) return [walker(person, x, z, side, Math.abs(walked), track)];
    const heading = side * (Math.PI / 2) + 1.3 * Math.sin(0.7 * seconds);
    const figure = personFigure(person, standing(seconds));
    const thing: Thing = { category: "person", ...figure, x, z, heading, size: 1, radius: 0.32, track };
    return [notNormal(thing)];
  };
}

/** A ball that flies, bounces and rolls across the street; in sight for well over ten frames. */
function thrown(random: Generator, { frames, reach }: Street, track: number): StreetEvent {
  const { paint } = someLook(random);
  const right = random.integer(2) === 0;
  const z = between(random, [lanes[0].z - 0.5, lanes[1].z + 0.5]);
  const from = (right ? -1 : 1) * between(random, [0.2, 0.75]) * reach;
  const speed = between(random, [3, 4.5]);
  const start = startOf(random, frames, 2);
  return (frame) => {
    const seconds = secondsOf(frame) - start;
    if (seconds < 0) return [];
    const x = from + (right ? 1 : -1) * speed * seconds;
    if (Math.abs(x) > reach) return [];
    const y = bounce(1.5, 3.2, seconds);
    const ball: Thing = {
      category: "ball",
      parts: ballParts(paint),
      x,
      y,
      z,
      heading: -2 * seconds * speed,
      size: 0.6,
      radius: 0.36,
      track,
    };
    return [notNormal(ball)];
  };
}

/** Height of a ball thrown up from `height` at `rise` metres a second; half of its speed is left at each bounce. */
function bounce(height: number, rise: number, seconds: number): number {
  let [y, v, left] = [height, rise, seconds];
  for (let k = 0; k < 4; k++) {
    const flight = (v + Math.sqrt(v * v + 19.6 * y)) / 9.8;
    if (left <= flight) return y + v * left - 4.9 * left * left;
    left -= flight;
    v = 0.5 * (9.8 * flight - v);
    y = 0;
  }
  return 0;
}

/** Seconds at which an event of `length` seconds starts; half of it may lie outside the video. */
const startOf = (random: Generator, frames: number, length: number): number =>
  between(random, [-length / 2, Math.max(0.1, secondsOf(frames) - length / 2)]);

const notNormal = (thing: Thing): Thing => ({ ...thing, anomalous: true });
