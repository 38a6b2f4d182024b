import { darken, type Colour } from "../colours.ts";
import { ball, ellipsoid, limb, type Part } from "../solid/part.ts";
import { add, scale, unit, type Matrix, type Vec3 } from "../solid/vector.ts";
import { poseBody, type Body, type Build, type Joints, type Pose } from "./pose.ts";

/** What a person looks like. */
export interface Person extends Build {
  readonly skin: Colour;
  readonly hair: Colour;
  readonly shirt: Colour;
  readonly trousers: Colour;
}

/** A point of a figure that may be hidden by what is nearer than `depth` metres in front of it. */
export interface FigurePoint {
  readonly at: Vec3;
  /** How far below the surface it may lie and still count as visible. */
  readonly below: number;
}

/** A posed person: its solids and its 17 points in COCO's order. */
export interface Figure {
  readonly parts: readonly Part[];
  readonly points: readonly FigurePoint[];
}

/** The solids and key points of a person in a pose, standing on y = 0 and facing +z. */
export function personFigure(person: Person, pose: Pose): Figure {
  const body = poseBody(pose, person);
  return { parts: bodyParts(body, person), points: bodyPoints(body, person) };
}

function bodyParts(body: Body, person: Person): Part[] {
  const thick = person.girth * person.size;
  const { skin, hair, shirt, trousers } = person;
  const radius = 0.125 * person.size;
  const shoes = { colour: darken(trousers, 0.6) };
  const arm = ([shoulder, elbow, wrist]: Joints): Part[] => [
    limb(shoulder, elbow, 0.062 * thick, { colour: shirt }),
    limb(elbow, wrist, 0.05 * thick, { colour: skin }),
    ball(add(wrist, scale(difference(wrist, elbow), 0.15)), 0.06 * thick, { colour: skin }),
  ];
  const leg = ([hip, knee, ankle]: Joints): Part[] => [
    limb(hip, knee, 0.088 * thick, { colour: trousers }),
    limb(knee, ankle, 0.068 * thick, { colour: trousers }),
    limb(ankle, add(ankle, foot(knee, ankle, body, person.size)), 0.055 * person.size, shoes),
  ];
  const [left, right] = body.arms;
  return [
    limb(body.hips, body.chest, 0.15 * thick, { colour: shirt }),
    limb(left[0], right[0], 0.09 * thick, { colour: shirt }),
    limb(body.legs[0][0], body.legs[1][0], 0.11 * thick, { colour: trousers }),
    limb(body.neck, body.head, 0.06 * thick, { colour: skin }),
    ellipsoid(body.head, [radius * 0.9, radius * 1.1, radius], { colour: skin }, headTurn(body)),
    ellipsoid(
      add(body.head, add(scale(body.up, 0.045 * person.size), scale(body.front, -0.03 * person.size))),
      [radius * 1.0, radius * 0.95, radius],
      { colour: hair },
      headTurn(body),
    ),
    ...[-0.35, 0.35].map((side) => ball(onHead(body, radius, side, 0.12, 0.86), 0.022 * person.size, eye)),
    ...arm(left),
    ...arm(right),
    ...leg(body.legs[0]),
    ...leg(body.legs[1]),
  ];
}

/** From the ankle to the toes: square to the shin, towards the front. */
function foot(knee: Vec3, ankle: Vec3, { front, up }: Body, size: number): Vec3 {
  const shin = unit(difference(ankle, knee));
  const forward = add(front, scale(up, 0.001));
  const along = shin[0] * forward[0] + shin[1] * forward[1] + shin[2] * forward[2];
  const square = add(forward, scale(shin, -along));
  const length = Math.sqrt(square[0] ** 2 + square[1] ** 2 + square[2] ** 2);
  return length < 0.2 ? scale(shin, 0.1 * size) : scale(square, (0.15 * size) / length);
}

const headTurn = ({ right, up, front }: Body): Matrix => [
  [right[0], up[0], front[0]],
  [right[1], up[1], front[1]],
  [right[2], up[2], front[2]],
];

function bodyPoints(body: Body, { size, girth }: Person): FigurePoint[] {
  const radius = 0.125 * size;
  const at = (right: number, up: number, front: number): Vec3 => onHead(body, radius, right, up, front);
  const face = (point: Vec3): FigurePoint => ({ at: point, below: 0.05 * size });
  const joint = (point: Vec3, thickness: number): FigurePoint => ({
    at: point,
    below: (thickness + 0.05) * girth * size,
  });
  const pair = ([left, right]: readonly [Joints, Joints], index: number, thickness: number): FigurePoint[] => [
    joint(left[index], thickness),
    joint(right[index], thickness),
  ];
  return [
    face(at(0, -0.1, 0.97)), // nose
    face(at(-0.35, 0.15, 0.9)),
    face(at(0.35, 0.15, 0.9)),
    face(at(-0.88, 0, 0)),
    face(at(0.88, 0, 0)),
    ...pair(body.arms, 0, 0.09),
    ...pair(body.arms, 1, 0.06),
    ...pair(body.arms, 2, 0.06),
    ...pair(body.legs, 0, 0.15),
    ...pair(body.legs, 1, 0.09),
    ...pair(body.legs, 2, 0.07),
  ];
}

/** A point of the head, in head radii right, up and to the front of its middle. */
const onHead = ({ head, right, up, front }: Body, radius: number, r: number, u: number, f: number): Vec3 =>
  add(head, add(scale(right, r * radius), add(scale(up, u * radius), scale(front, f * radius))));

const eye = { colour: [0.08, 0.07, 0.07] as Colour };

const difference = (a: Vec3, b: Vec3): Vec3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
