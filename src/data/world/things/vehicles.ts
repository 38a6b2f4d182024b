import { lighten, type Colour } from "../colours.ts";
import { box, cone, limb, ring, type Part } from "../solid/part.ts";
import { roll, yaw, type Vec3 } from "../solid/vector.ts";

const black = { colour: [0.1, 0.1, 0.11] as Colour };
const glass = { colour: [0.24, 0.31, 0.38] as Colour };
const chrome = { colour: [0.8, 0.8, 0.82] as Colour };
const lamp = { colour: [1, 0.95, 0.7] as Colour };
const rear = { colour: [0.8, 0.1, 0.08] as Colour };

/** A small car, 2.6 m long. */
export function carParts(colour: Colour): Part[] {
  const paint = { colour };
  return [
    box([0, 0.46, 0], [0.62, 0.2, 1.3], paint),
    box([0, 0.86, -0.12], [0.53, 0.2, 0.68], glass),
    box([0, 1.07, -0.12], [0.5, 0.04, 0.6], paint),
    ...[0.53, -0.1, -0.77].flatMap((z) => [-0.52, 0.52].map((x) => box([x, 0.86, z], [0.025, 0.2, 0.05], paint))),
    ...[-0.8, 0.8].flatMap((z) => [-0.58, 0.58].flatMap((x) => wheel([x, 0.28, z], 0.28))),
    ...[-0.42, 0.42].flatMap((x) => [
      box([x, 0.52, 1.29], [0.12, 0.07, 0.03], lamp),
      box([x, 0.52, -1.29], [0.12, 0.06, 0.03], rear),
    ]),
  ];
}

/** A bus, 4.4 m long. */
export function busParts(colour: Colour): Part[] {
  const paint = { colour };
  const windows = [-1.5, -0.75, 0, 0.75, 1.5].flatMap((z) =>
    [-0.74, 0.74].map((x) => box([x, 1.42, z], [0.02, 0.28, 0.3], glass)),
  );
  return [
    box([0, 1.12, 0], [0.75, 0.78, 2.2], paint),
    box([0, 1.94, 0], [0.72, 0.05, 2.15], { colour: lighten(colour, 0.5) }),
    box([0, 0.72, 0], [0.765, 0.08, 2.21], { colour: lighten(colour, 0.75) }),
    box([0, 1.4, 2.2], [0.62, 0.32, 0.02], glass),
    ...windows,
    ...[-1.3, 1.3].flatMap((z) => [-0.68, 0.68].flatMap((x) => wheel([x, 0.34, z], 0.34))),
    ...[-0.5, 0.5].map((x) => box([x, 0.55, 2.21], [0.13, 0.08, 0.02], lamp)),
  ];
}

function wheel(centre: Vec3, radius: number): Part[] {
  const side = centre[0] < 0 ? -1 : 1;
  const lying = roll(Math.PI / 2);
  return [
    cone(centre, radius, 0.08, 1, black, lying),
    cone([centre[0] + 0.06 * side, centre[1], centre[2]], radius * 0.5, 0.04, 1, chrome, lying),
  ];
}

/** Wheels and frame, 1.75 m long. `crank` turns the pedals. */
export function bicycleParts(colour: Colour, crank = 0.6): Part[] {
  const paint = { colour };
  const upright = yaw(Math.PI / 2);
  const tube = (from: Vec3, to: Vec3, radius = 0.035): Part => limb(from, to, radius, paint);
  const [seat, head, hub, back, front]: Vec3[] = [
    [0, 0.86, -0.22],
    [0, 0.86, 0.4],
    [0, 0.34, 0.02],
    [0, 0.36, -0.54],
    [0, 0.36, 0.56],
  ];
  const spokes = [back, front].flatMap((at) =>
    [0, 1, 2].map((k) => {
      const angle = (k * Math.PI) / 3 + crank;
      const [y, z] = [0.33 * Math.sin(angle), 0.33 * Math.cos(angle)];
      return limb([0, at[1] - y, at[2] - z], [0, at[1] + y, at[2] + z], 0.008, chrome);
    }),
  );
  return [
    ring(back, 0.36, 0.83, black, upright),
    ring(front, 0.36, 0.83, black, upright),
    ...spokes,
    tube(back, hub),
    tube(back, seat),
    tube(hub, seat),
    tube(hub, head),
    tube(seat, head),
    tube(front, [0, 0.98, 0.36]),
    limb([-0.24, 1, 0.33], [0.24, 1, 0.33], 0.03, black),
    box([0, 0.92, -0.24], [0.08, 0.03, 0.14], black),
    ...[-1, 1].flatMap((side) => pedal(hub, side, crank)),
  ];
}

function pedal(hub: Vec3, side: number, crank: number): Part[] {
  const at = pedalPoint(side, crank);
  return [limb([side * 0.06, hub[1], hub[2]], at, 0.02, chrome), box(at, [0.05, 0.02, 0.05], black)];
}

/** Where the pedal of a side (−1 left, 1 right) is, in the bicycle's coordinates. */
export function pedalPoint(side: number, crank: number): Vec3 {
  const angle = crank + (side < 0 ? 0 : Math.PI);
  return [side * 0.12, 0.34 + 0.17 * Math.sin(angle), 0.02 + 0.17 * Math.cos(angle)];
}
