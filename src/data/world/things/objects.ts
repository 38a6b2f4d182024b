import { darken, lighten, type Colour } from "../colours.ts";
import { ball, box, cone, ellipsoid, limb, type Paint, type Part } from "../solid/part.ts";
import { pitch, roll, type Vec3 } from "../solid/vector.ts";

const white: Colour = [0.95, 0.95, 0.96];
const dark = { colour: [0.13, 0.12, 0.12] as Colour };
const wood: Colour = [0.5, 0.34, 0.2];

/** 0.7 m across, with panels. */
export const ballParts = (colour: Colour): Part[] => [
  ball([0, 0.35, 0], 0.35, { colour, pattern: "stripes", second: white, period: 0.34 }),
];

/** A wooden crate, 0.8 m. */
export function crateParts(colour: Colour): Part[] {
  const frame: Paint = { colour: darken(colour, 0.35) };
  const edges: Part[] = [];
  for (const a of [-1, 1]) {
    for (const b of [-1, 1]) {
      edges.push(box([0.37 * a, 0.4, 0.37 * b], [0.05, 0.41, 0.05], frame));
      edges.push(box([0, 0.4 + 0.37 * a, 0.37 * b], [0.41, 0.05, 0.05], frame));
      edges.push(box([0.37 * a, 0.4 + 0.37 * b, 0], [0.05, 0.05, 0.41], frame));
    }
  }
  const plank = { colour: darken(colour, 0.3) };
  const cross = [-1, 1].flatMap((side) => [
    box([0, 0.4, 0.375 * side], [0.46, 0.045, 0.03], plank, roll(Math.PI / 4)),
    box([0.375 * side, 0.4, 0], [0.03, 0.045, 0.46], plank, pitch(Math.PI / 4)),
  ]);
  return [
    box([0, 0.4, 0], [0.37, 0.37, 0.37], { colour, pattern: "bands", second: lighten(colour, 0.18), period: 0.25 }),
    ...edges,
    ...cross,
  ];
}

/** 1 m high, with hoops. */
export function barrelParts(colour: Colour): Part[] {
  const hoop = { colour: [0.3, 0.3, 0.33] as Colour };
  return [
    cone([0, 0.25, 0], 0.32, 0.25, 1.25, { colour }),
    cone([0, 0.75, 0], 0.4, 0.25, 0.8, { colour }),
    ...[0.12, 0.5, 0.88].map((y) => cone([0, y, 0], y === 0.5 ? 0.415 : 0.365, 0.045, 1, hoop)),
    cone([0, 1.0, 0], 0.28, 0.01, 1, { colour: darken(colour, 0.4) }),
  ];
}

/** A traffic cone, 0.9 m. */
export const trafficConeParts = (colour: Colour): Part[] => [
  box([0, 0.04, 0], [0.36, 0.04, 0.36], { colour: darken(colour, 0.35) }),
  cone([0, 0.26, 0], 0.29, 0.2, 0.72, { colour }),
  cone([0, 0.53, 0], 0.209, 0.09, 0.82, { colour: white }),
  cone([0, 0.75, 0], 0.17, 0.15, 0.35, { colour }),
];

/** Seat, back and four legs; 1 m high. */
export const chairParts = (colour: Colour): Part[] => [
  box([0, 0.5, 0], [0.28, 0.045, 0.28], { colour }),
  box([0, 0.94, -0.25], [0.28, 0.12, 0.035], { colour }),
  ...[-0.24, 0.24].flatMap((x) => [
    limb([x, 0, 0.24], [x, 0.48, 0.24], 0.04, { colour: darken(colour, 0.25) }),
    limb([x, 0, -0.25], [x, 1.02, -0.25], 0.04, { colour: darken(colour, 0.25) }),
  ]),
];

/** 1.5 m long, 0.8 m high. */
export const tableParts = (colour: Colour): Part[] => [
  box([0, 0.78, 0], [0.78, 0.05, 0.45], { colour }),
  box([0, 0.68, 0], [0.7, 0.06, 0.38], { colour: darken(colour, 0.25) }),
  ...[-0.68, 0.68].flatMap((x) =>
    [-0.36, 0.36].map((z) => box([x, 0.37, z], [0.055, 0.37, 0.055], { colour: darken(colour, 0.3) })),
  ),
];

/** A street lamp, 2.5 m. */
export const lampParts = (colour: Colour): Part[] => [
  cone([0, 0.12, 0], 0.2, 0.12, 0.6, { colour: darken(colour, 0.3) }),
  limb([0, 0.1, 0], [0, 2.1, 0], 0.06, { colour }),
  cone([0, 2.2, 0], 0.14, 0.16, 1.6, { colour: [1, 0.93, 0.62] }),
  cone([0, 2.45, 0], 0.3, 0.09, 0.2, { colour }),
];

/** Trunk and a crown of three balls; 2.6 m. */
export function treeParts(colour: Colour): Part[] {
  const crown = { colour };
  return [
    cone([0, 0.55, 0], 0.17, 0.55, 0.6, { colour: wood }),
    ball([0, 1.75, 0], 0.72, crown),
    ball([-0.42, 1.4, 0.15], 0.5, { colour: darken(colour, 0.12) }),
    ball([0.42, 1.45, -0.1], 0.52, { colour: darken(colour, 0.08) }),
    ball([0.1, 2.2, 0.05], 0.45, { colour: lighten(colour, 0.1) }),
  ];
}

/** Stalk and a dotted cap; 0.9 m. */
export const mushroomParts = (colour: Colour): Part[] => [
  cone([0, 0.26, 0], 0.17, 0.26, 0.8, { colour: [0.93, 0.88, 0.78] }),
  ellipsoid([0, 0.55, 0], [0.5, 0.3, 0.5], { colour, pattern: "dots", second: white, period: 0.27 }),
  cone([0, 0.42, 0], 0.505, 0.14, 0.985, { colour: [0.93, 0.88, 0.78] }),
];

/** Three balls, a hat and a nose; 1.7 m. `colour` is its scarf and hat. */
export const snowmanParts = (colour: Colour): Part[] => [
  ball([0, 0.42, 0], 0.46, { colour: white }),
  ball([0, 1.02, 0], 0.33, { colour: white }),
  ball([0, 1.45, 0], 0.24, { colour: white }),
  cone([0, 1.25, 0], 0.22, 0.05, 1, { colour }),
  cone([0, 1.66, 0], 0.3, 0.02, 1, { colour }),
  cone([0, 1.8, 0], 0.19, 0.14, 1, { colour }),
  limb([0, 1.45, 0.22], [0, 1.42, 0.42], 0.035, { colour: [0.95, 0.5, 0.1] }),
  ...[-0.09, 0.09].map((x) => ball([x, 1.52, 0.2], 0.04, dark)),
  ...[0.9, 1.08].map((y) => ball([0, y, 0.32], 0.04, dark)),
  limb([-0.3, 1.1, 0], [-0.72, 1.35, 0], 0.03, { colour: wood }),
  limb([0.3, 1.1, 0], [0.72, 1.35, 0], 0.03, { colour: wood }),
];

/** Walls, a gable roof, a door and windows; 2.3 m high. `colour` is the walls'. */
export function houseParts(colour: Colour): Part[] {
  const roof = { colour: [0.48, 0.2, 0.15] as Colour };
  const pane = { colour: [0.3, 0.4, 0.5] as Colour };
  const frame = { colour: white };
  const slope = Math.PI / 4;
  const window = (x: number): Part[] => [
    box([x, 0.82, 1.0], [0.23, 0.2, 0.02], frame),
    box([x, 0.82, 1.02], [0.17, 0.14, 0.02], pane),
  ];
  return [
    box([0, 0.65, 0], [1.1, 0.65, 1.0], { colour }),
    ...[-1, 1].map((side) => box([0.62 * side, 1.86, 0], [0.9, 0.05, 1.12], roof, roll(side * slope))),
    // the gable: a square on its corner, most of it inside the walls
    box([0, 1.3, 0], [0.76, 0.76, 0.98], { colour: darken(colour, 0.06) }, roll(Math.PI / 4)),
    box([0, 0.45, 1.0], [0.22, 0.45, 0.03], { colour: darken(wood, 0.2) }),
    ...window(-0.68),
    ...window(0.68),
    box([0.6, 2.1, -0.3], [0.13, 0.3, 0.13], { colour: [0.4, 0.3, 0.28] }),
  ];
}

/** A standing dog, 1 m long. `stride` swings its legs. */
export function dogParts(colour: Colour, stride = 0): Part[] {
  const paint = { colour };
  const darker = { colour: darken(colour, 0.25) };
  const leg = (x: number, z: number, swing: number): Part =>
    limb([x, 0.42, z], [x, 0.05, z + 0.3 * Math.sin(swing)], 0.06, darker);
  return [
    limb([0, 0.52, -0.32], [0, 0.55, 0.26], 0.17, paint),
    limb([0, 0.6, 0.3], [0, 0.82, 0.46], 0.1, paint),
    ellipsoid([0, 0.88, 0.5], [0.14, 0.14, 0.17], paint),
    limb([0, 0.83, 0.6], [0, 0.81, 0.74], 0.07, darker),
    ball([0, 0.84, 0.81], 0.04, dark),
    ...[-1, 1].flatMap((side): Part[] => [
      ellipsoid([0.13 * side, 0.9, 0.44], [0.04, 0.14, 0.08], darker),
      ball([0.07 * side, 0.93, 0.63], 0.03, dark),
      leg(0.1 * side, 0.22, stride * side),
      leg(0.1 * side, -0.3, -stride * side),
    ]),
    limb([0, 0.6, -0.45], [0, 0.86, -0.66], 0.045, paint),
  ];
}

/** A column with two arms, 1.7 m. */
export function cactusParts(colour: Colour): Part[] {
  const paint: Paint = { colour, pattern: "stripes", second: darken(colour, 0.25), period: 0.11 };
  const arm = (side: number, y: number): Part[] => {
    const elbow: Vec3 = [0.5 * side, y, 0];
    return [limb([0, y, 0], elbow, 0.12, { colour }), limb(elbow, [0.5 * side, y + 0.45, 0], 0.12, { colour })];
  };
  return [
    limb([0, 0.1, 0], [0, 1.5, 0], 0.19, paint),
    ...arm(-1, 0.85),
    ...arm(1, 0.65),
    ball([0, 1.7, 0], 0.07, { colour: [0.95, 0.35, 0.6] }),
  ];
}
