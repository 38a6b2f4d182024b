import type { FlatObject, FlatScene } from "./flat-scene.ts";

/** The eight directions, clockwise from right; y points down. */
const directions = ["right", "down right", "down", "down left", "left", "up left", "up", "up right"] as const;

/** Speeds in 32nds of the picture's side a frame. */
const speeds = { slow: 1, fast: 2.5 } as const;

/** Eight directions at two speeds: no single frame tells them apart. */
export const directionClasses: readonly string[] = Object.keys(speeds).flatMap((speed) =>
  directions.map((direction) => `${direction}, ${speed}`),
);
/** Eight directions, two ways of turning, growing and shrinking. */
export const motionClasses: readonly string[] = [
  ...directions,
  "turning right",
  "turning left",
  "growing",
  "shrinking",
];

/** What an object does, by frame counted from the clip's middle. */
export type Motion =
  | { readonly kind: "move"; readonly dx: number; readonly dy: number }
  | { readonly kind: "turn"; readonly angle: number }
  | { readonly kind: "grow"; readonly factor: number };

/** The motion of a class of `directionClasses`. */
export function directionMotion(label: number): Motion {
  return move(label % 8, label < 8 ? speeds.slow : speeds.fast);
}

/** The motion of a class of `motionClasses`; `pace` in [0, 1) varies its speed. */
export function namedMotion(label: number, pace: number): Motion {
  if (label < 8) return move(label, speeds.slow + pace * (speeds.fast - speeds.slow));
  const sign = label % 2 === 0 ? 1 : -1;
  if (label < 10) return { kind: "turn", angle: sign * (0.12 + 0.12 * pace) };
  return { kind: "grow", factor: (1.08 + 0.05 * pace) ** sign };
}

function move(direction: number, speed: number): Motion {
  const angle = (direction * Math.PI) / 4;
  return { kind: "move", dx: (speed * Math.cos(angle)) / 32, dy: (speed * Math.sin(angle)) / 32 };
}

/** The scene `time` frames after the clip's middle: its last object, the one on top, has moved. */
export function movedScene({ ground, objects }: FlatScene, motion: Motion, time: number): FlatScene {
  return {
    ground,
    objects: [...objects.slice(0, -1), ...objects.slice(-1).map((object) => moved(object, motion, time))],
  };
}

function moved(object: FlatObject, motion: Motion, time: number): FlatObject {
  switch (motion.kind) {
    case "move":
      return { ...object, centre: [object.centre[0] + time * motion.dx, object.centre[1] + time * motion.dy] };
    case "turn":
      return { ...object, angle: object.angle + time * motion.angle };
    case "grow":
      return { ...object, radius: object.radius * motion.factor ** time };
  }
}
