import type { Colour } from "../colours.ts";
import { arm, armTo, leg, legTo, running, walking, waving } from "./gait.ts";
import { ballParts, chairParts, crateParts } from "./objects.ts";
import { personFigure, type Figure, type Person } from "./person.ts";
import type { Pose } from "./pose.ts";
import type { Part } from "../solid/part.ts";
import type { ThingName } from "./categories.ts";
import { bicycleParts, pedalPoint } from "./vehicles.ts";

/** Classes of the action clips. */
export const actionNames = [
  "walk",
  "run",
  "jump",
  "wave",
  "sit down",
  "fall",
  "pick up",
  "push",
  "throw",
  "kick",
  "fight",
  "ride",
] as const;
export type ActionName = (typeof actionNames)[number];

/** One who acts or what is acted on, `forward` of and `right` of the stage's middle, in metres. */
export interface Prop {
  readonly category: ThingName;
  readonly parts: readonly Part[];
  readonly points?: Figure["points"];
  readonly forward: number;
  readonly right?: number;
  readonly up?: number;
  /** Faces the other way. */
  readonly turned?: boolean;
  readonly size: number;
  readonly radius: number;
}

/** Who acts, with what, and how this time differs from others. */
export interface Cast {
  readonly actor: Person;
  readonly other: Person;
  /** Of the object. */
  readonly paint: Colour;
  /** [0, 1): where in its step the clip starts. */
  readonly phase: number;
  /** Around 1. */
  readonly speed: number;
}

/** What stands on the stage at `p` in [0, 1] of the action, which takes about 1.6 s. */
export type Action = (p: number, cast: Cast) => Prop[];

/** Whether an action goes somewhere, so that it should be seen from the side. */
export const facesCamera = (name: ActionName): boolean => name === "wave";

const person = (
  who: Person,
  pose: Pose,
  place: { forward: number; right?: number; up?: number; turned?: boolean },
): Prop => ({
  category: "person",
  ...personFigure(who, pose),
  ...place,
  size: 1,
  radius: 0.32,
});
/** 0 before `from`, 1 after `to`, smooth between. */
function ease(p: number, from: number, to: number): number {
  const t = Math.min(1, Math.max(0, (p - from) / (to - from)));
  return t * t * (3 - 2 * t);
}

export const actions: Readonly<Record<ActionName, Action>> = {
  walk(p, { actor, phase, speed }) {
    const way = 1.9 * speed * (p - 0.5);
    return [person(actor, walking(way / 1.35 + phase), { forward: way })];
  },
  run(p, { actor, phase, speed }) {
    const way = 2.5 * speed * (p - 0.5);
    return [person(actor, running(way / 1.7 + phase), { forward: way, up: 0.04 })];
  },
  jump(p, { actor, speed }) {
    const flight = Math.min(1, Math.max(0, (p - 0.28) / 0.45));
    const crouch = 0.36 * (ease(p, 0, 0.2) - ease(p, 0.22, 0.3) + ease(p, 0.7, 0.8) - ease(p, 0.85, 1));
    const raise = 2.6 * (ease(p, 0.2, 0.4) - ease(p, 0.6, 0.85));
    const legs = legTo(0.05, 0.86 - crouch - 0.1 * Math.sin(Math.PI * flight));
    const pose: Pose = {
      leftLeg: legs,
      rightLeg: legs,
      leftArm: arm(raise - 0.5 * crouch, 0.1, 0.3),
      rightArm: arm(raise - 0.5 * crouch, 0.1, 0.3),
      hips: 0.93 - crouch,
      lean: 0.8 * crouch,
    };
    return [person(actor, pose, { forward: 0, up: 1.5 * speed * flight * (1 - flight) })];
  },
  wave: (p, { actor, phase }) => [person(actor, waving(2.5 * p + phase), { forward: 0 })],
  "sit down"(p, { actor, paint }) {
    const down = ease(p, 0.15, 0.75);
    const size = 0.98;
    const chair: Prop = { category: "chair", parts: chairParts(paint), forward: -0.42, size, radius: 0.4 };
    const back = 0.38 * down;
    const legs = legTo(back + 0.08, 0.87 - 0.3 * down);
    const pose: Pose = {
      leftLeg: legs,
      rightLeg: legs,
      leftArm: arm(0.2 + 0.6 * down, 0.3, 0.12),
      rightArm: arm(0.2 + 0.6 * down, 0.3, 0.12),
      hips: 0.93 - 0.3 * down,
      lean: 0.75 * Math.sin(Math.PI * ease(p, 0.1, 0.85)),
    };
    return [chair, person(actor, pose, { forward: -back })];
  },
  fall(p, { actor, phase }) {
    const t = ease(p, 0.12, 0.65) ** 1.4;
    const reach = 1.9 * Math.sin(Math.PI * Math.min(1, t * 1.1));
    const pose: Pose = {
      tilt: (phase < 0.6 ? 1 : -1) * 1.5 * t,
      hips: 0.93 - 0.78 * t,
      leftArm: arm(0.3 + reach, 0.2, 0.4),
      rightArm: arm(0.1 + reach, 0.3, 0.5),
      leftLeg: leg(0.35 * Math.sin(Math.PI * t), 0.5 * t),
      rightLeg: leg(-0.15 * t, 0.25 * t),
    };
    return [person(actor, pose, { forward: phase < 0.6 ? 0.4 * t : -0.4 * t })];
  },
  "pick up"(p, { actor, paint }) {
    const down = ease(p, 0.05, 0.42) - ease(p, 0.52, 0.92);
    const held = p >= 0.47;
    const lean = 1.25 * down;
    const hips = 0.93 - 0.22 * down;
    const shoulder = { forward: 0.48 * Math.sin(lean), up: hips + 0.48 * Math.cos(lean) };
    // the box: on the ground, then between the wrists
    const wrist = held
      ? { forward: 0.5 - 0.12 * (1 - down), up: 0.33 + 0.65 * (1 - down) }
      : { forward: 0.5, up: 0.33 };
    const grip = held ? 1 : ease(p, 0.05, 0.4);
    const hands = armTo(grip * (wrist.forward - shoulder.forward), 0.5 * (1 - grip) + grip * (shoulder.up - wrist.up));
    const legs = legTo(0.02 + 0.06 * down, hips - 0.07);
    const pose: Pose = { lean, hips, leftArm: hands, rightArm: hands, leftLeg: legs, rightLeg: legs, nod: 0.2 };
    const size = 0.5;
    const crate: Prop = {
      category: "crate",
      parts: crateParts(paint),
      forward: wrist.forward + 0.08,
      up: held ? Math.max(0, wrist.up - 0.33) : 0,
      size,
      radius: 0.55,
    };
    return [person(actor, pose, { forward: 0 }), crate];
  },
  push(p, { actor, paint, phase, speed }) {
    const way = 1.3 * speed * (p - 0.5);
    const hands = armTo(0.46, 0.26);
    const pose: Pose = { ...walking(way / 1.1 + phase, 0.45), lean: 0.5, hips: 0.84, leftArm: hands, rightArm: hands };
    const crate: Prop = { category: "crate", parts: crateParts(paint), forward: way + 0.72, size: 1.25, radius: 0.55 };
    return [person(actor, pose, { forward: way - 0.5 }), crate];
  },
  throw(p, { actor, paint, speed }) {
    const back = ease(p, 0, 0.35);
    const forth = ease(p, 0.38, 0.55);
    const raise = -0.3 - 2.1 * back + 4.4 * forth - 1.2 * ease(p, 0.6, 0.9);
    const pose: Pose = {
      lean: -0.25 * back + 0.6 * forth - 0.3 * ease(p, 0.6, 1),
      rightArm: {
        upper: { raise: -raise < 2.4 ? raise : -2.4, spread: 0.3 },
        lower: { raise: raise - 0.9 * (1 - forth), spread: 0.2 },
      },
      leftArm: arm(1.1 * back - 1.3 * forth, 0.3, 0.25),
      leftLeg: leg(0.25 * back + 0.15 * forth, 0.1),
      rightLeg: leg(-0.3 * back - 0.1 * forth, 0.2),
      hips: 0.9,
    };
    const flight = Math.max(0, p - 0.5) * 1.6;
    const hand = { forward: -0.45 * back * (1 - forth) + 0.45 * forth, up: 1.15 + 0.55 * back - 0.05 * forth };
    const ball: Prop = {
      category: "ball",
      parts: ballParts(paint),
      forward: hand.forward + 3.2 * speed * flight,
      right: 0.28,
      up: Math.max(0, hand.up + 1.6 * flight - 4.9 * flight * flight),
      size: 0.34,
      radius: 0.36,
    };
    return [person(actor, pose, { forward: -0.6 }), { ...ball, forward: ball.forward - 0.6 }];
  },
  kick(p, { actor, paint, speed }) {
    const back = ease(p, 0.05, 0.35);
    const forth = ease(p, 0.38, 0.55);
    const rest = ease(p, 0.65, 1);
    const swing = -0.85 * back + 2.1 * forth - 1.2 * rest;
    const pose: Pose = {
      rightLeg: leg(swing, 1.2 * back * (1 - forth) + 0.05),
      leftLeg: leg(0.05, 0.12),
      leftArm: arm(0.9 * forth - 0.6 * rest, 0.2, 0.5),
      rightArm: arm(0.5 * back - 1.2 * forth + 0.6 * rest, 0.2, 0.5),
      lean: 0.1 - 0.3 * forth + 0.2 * rest,
      hips: 0.91,
    };
    const flight = Math.max(0, p - 0.5) * 1.6;
    const ball: Prop = {
      category: "ball",
      parts: ballParts(paint),
      forward: 0.1 + 3.4 * speed * flight,
      right: 0.1,
      up: Math.max(0, 2.2 * flight - 4.9 * flight * flight),
      size: 0.45,
      radius: 0.36,
    };
    return [person(actor, pose, { forward: -0.5 }), ball];
  },
  fight(p, { actor, other, phase, speed }) {
    const blows = (shift: number): Pose => {
      const s = Math.sin(2 * Math.PI * (2.5 * speed * p + phase + shift));
      const out = (t: number) => Math.max(0, t);
      return {
        rightArm: armTo(0.24 + 0.32 * out(s), 0.05),
        leftArm: armTo(0.24 + 0.32 * out(-s), 0.05),
        leftLeg: leg(0.35, 0.3),
        rightLeg: leg(-0.35, 0.25),
        lean: 0.18 + 0.22 * Math.abs(s),
        hips: 0.84,
      };
    };
    const step = 0.08 * Math.sin(2 * Math.PI * (1.5 * p + phase));
    return [
      person(actor, blows(0), { forward: -0.48 + step }),
      person(other, blows(0.37), { forward: 0.48 + step, turned: true }),
    ];
  },
  ride(p, { actor, paint, phase, speed }) {
    return rider(actor, paint, 2.1 * speed * (p - 0.5), phase);
  },
};

/** Somebody on a bicycle, `way` metres along. */
export function rider(actor: Person, paint: Colour, way: number, phase: number): Prop[] {
  const crank = 2 * Math.PI * phase - way * 2.4; // forward on top
  const { size } = actor;
  const foot = (side: number) => {
    const [, up, forward] = pedalPoint(side, crank);
    return legTo(forward + 0.2 - 0.07, 0.95 - up - 0.09);
  };
  const hands = armTo(0.3, 0.38);
  const pose: Pose = {
    hips: 0.98,
    lean: 0.5,
    nod: -0.3,
    leftArm: hands,
    rightArm: hands,
    leftLeg: foot(-1),
    rightLeg: foot(1),
  };
  return [
    person(actor, pose, { forward: way - 0.2 * size }),
    { category: "bicycle", parts: bicycleParts(paint, crank), forward: way, size, radius: 0.8 },
  ];
}
