import { add, apply, pitch, roll, scale, type Vec3 } from "../solid/vector.ts";

/** Direction of a piece of a limb: `raise` radians forward of hanging straight down, `spread` away from the body. */
export interface Swing {
  readonly raise: number;
  readonly spread: number;
}

/** Two pieces: upper arm and forearm, or thigh and shin. */
export interface LimbPose {
  readonly upper: Swing;
  readonly lower: Swing;
}

/** How a body is held; what is left out hangs or stands straight. */
export interface Pose {
  readonly leftArm?: LimbPose;
  readonly rightArm?: LimbPose;
  readonly leftLeg?: LimbPose;
  readonly rightLeg?: LimbPose;
  /** The trunk's lean forward. */
  readonly lean?: number;
  /** The head's nod forward, beyond the lean. */
  readonly nod?: number;
  /** The whole body turned forward about the hips, and to its right. */
  readonly tilt?: number;
  readonly roll?: number;
  /** Height of the hips' middle in metres for a person of 1.75 m; standing on straight legs when left out. */
  readonly hips?: number;
}

/** Proportions. Lengths are for a person of 1.75 m. */
export interface Build {
  /** 1 is 1.75 m. */
  readonly size: number;
  /** Thickness of trunk and limbs, around 1. */
  readonly girth: number;
}

/** Names of the points of a posed body, in metres, on y = 0 and facing +z. */
export interface Body {
  readonly hips: Vec3;
  readonly chest: Vec3;
  readonly neck: Vec3;
  readonly head: Vec3;
  /** Unit vectors of the head: to its front, up, and to its right. */
  readonly front: Vec3;
  readonly up: Vec3;
  readonly right: Vec3;
  readonly arms: readonly [left: Joints, right: Joints];
  readonly legs: readonly [left: Joints, right: Joints];
}
/** Shoulder, elbow, wrist, or hip, knee, ankle. */
export type Joints = readonly [Vec3, Vec3, Vec3];

const standing = 0.93;
const thigh = 0.43;
const shin = 0.43;
const upperArm = 0.29;
const forearm = 0.27;
const straight: LimbPose = { upper: { raise: 0, spread: 0.04 }, lower: { raise: 0, spread: 0.02 } };
const hanging: LimbPose = { upper: { raise: 0, spread: 0.15 }, lower: { raise: 0.15, spread: 0.08 } };

/** Where the joints of a body in a pose are. */
export function poseBody(pose: Pose, { size }: Build): Body {
  const lean = pose.lean ?? 0;
  const [trunkUp, trunkFront] = [apply(pitch(lean), [0, 1, 0]), apply(pitch(lean), [0, 0, 1])];
  const height = pose.hips ?? standing;
  const whole = (p: Vec3): Vec3 => {
    const turned = apply(roll(pose.roll ?? 0), apply(pitch(pose.tilt ?? 0), p)); // about the hips
    return scale(add(turned, [0, height, 0]), size);
  };
  const direction = (v: Vec3): Vec3 => apply(roll(pose.roll ?? 0), apply(pitch(pose.tilt ?? 0), v));
  const up = apply(pitch(lean + (pose.nod ?? 0)), [0, 1, 0]);
  const neck = scale(trunkUp, 0.54);
  const shoulders = scale(trunkUp, 0.48);
  const arm = (side: number, limb: LimbPose = hanging): Joints =>
    chain(add(shoulders, [0.19 * side, 0, 0]), side, limb, upperArm, forearm, whole);
  const leg = (side: number, limb: LimbPose = straight): Joints =>
    chain([0.1 * side, -0.03, 0], side, limb, thigh, shin, whole);
  return {
    hips: whole([0, 0, 0]),
    chest: whole(add(scale(trunkUp, 0.34), scale(trunkFront, 0.01))),
    neck: whole(neck),
    head: whole(add(neck, scale(up, 0.19))),
    front: direction(apply(pitch(lean + (pose.nod ?? 0)), [0, 0, 1])),
    up: direction(up),
    right: direction([1, 0, 0]),
    arms: [arm(-1, pose.leftArm), arm(1, pose.rightArm)],
    legs: [leg(-1, pose.leftLeg), leg(1, pose.rightLeg)],
  };
}

function chain(
  root: Vec3,
  side: number,
  { upper, lower }: LimbPose,
  first: number,
  second: number,
  whole: (p: Vec3) => Vec3,
): Joints {
  const middle = add(root, scale(swung(upper, side), first));
  const end = add(middle, scale(swung(lower, side), second));
  return [whole(root), whole(middle), whole(end)];
}

const swung = ({ raise, spread }: Swing, side: number): Vec3 => [
  side * Math.sin(spread),
  -Math.cos(spread) * Math.cos(raise),
  Math.cos(spread) * Math.sin(raise),
];
