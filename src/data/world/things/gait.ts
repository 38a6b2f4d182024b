import type { LimbPose, Pose } from "./pose.ts";

/** An arm raised by `raise` with its elbow bent by `bend` further, held `spread` away from the body. */
export const arm = (raise: number, bend: number, spread = 0.14): LimbPose => ({
  upper: { raise, spread },
  lower: { raise: raise + bend, spread: spread * 0.4 },
});
/** A leg with its thigh raised and its knee bent back. */
export const leg = (raise: number, bend: number): LimbPose => ({
  upper: { raise, spread: 0.03 },
  lower: { raise: raise - bend, spread: 0.01 },
});

const legPiece = 0.43;
const armPiece = 0.28;

/** The leg whose ankle is `forward` of and `down` below its hip, in metres for a person of 1.75 m; the knee in front. */
export function legTo(forward: number, down: number): LimbPose {
  const [angle, bend] = reachTo(forward, down, legPiece);
  return { upper: { raise: angle + bend, spread: 0.03 }, lower: { raise: angle - bend, spread: 0.01 } };
}

/** The arm whose wrist is `forward` of and `down` below its shoulder; the elbow behind. */
export function armTo(forward: number, down: number): LimbPose {
  const [angle, bend] = reachTo(forward, down, armPiece);
  return { upper: { raise: angle - bend, spread: 0.08 }, lower: { raise: angle + bend, spread: 0 } };
}

/** Direction to a point, and the angle on either side of it that two pieces of equal length take. */
function reachTo(forward: number, down: number, piece: number): [angle: number, bend: number] {
  const distance = Math.min(1.99 * piece, Math.sqrt(forward * forward + down * down));
  return [Math.atan2(forward, down), Math.acos(distance / (2 * piece))];
}

/** Walking at `phase` of a double step, in turns: legs and arms swing against each other. */
export function walking(phase: number, stride = 0.5): Pose {
  const s = Math.sin(2 * Math.PI * phase);
  const c = Math.cos(2 * Math.PI * phase);
  return {
    leftLeg: leg(stride * s, 0.1 + 0.7 * stride * Math.max(0, c)),
    rightLeg: leg(-stride * s, 0.1 + 0.7 * stride * Math.max(0, -c)),
    leftArm: arm(-0.8 * stride * s, 0.25, 0.14),
    rightArm: arm(0.8 * stride * s, 0.25, 0.14),
    lean: 0.04,
    hips: 0.9 - 0.03 * s * s,
  };
}

/** Running: a long stride, elbows bent, leaning forward, off the ground twice a double step. */
export function running(phase: number): Pose {
  const s = Math.sin(2 * Math.PI * phase);
  const c = Math.cos(2 * Math.PI * phase);
  return {
    leftLeg: leg(0.25 + 0.85 * s, 0.35 + 1.25 * Math.max(0, c)),
    rightLeg: leg(0.25 - 0.85 * s, 0.35 + 1.25 * Math.max(0, -c)),
    leftArm: arm(-1.0 * s, 1.5, 0.2),
    rightArm: arm(1.0 * s, 1.5, 0.2),
    lean: 0.28,
    hips: 0.88 + 0.06 * Math.abs(s),
  };
}

/** Standing with a slow sway of the arms. */
export const standing = (phase: number): Pose => ({
  leftArm: arm(0.05 * Math.sin(2 * Math.PI * phase), 0.15, 0.16),
  rightArm: arm(-0.05 * Math.sin(2 * Math.PI * phase), 0.15, 0.16),
});

/** The right hand up, from side to side. */
export function waving(phase: number): Pose {
  const swing = 0.65 * Math.sin(2 * Math.PI * phase);
  return {
    ...standing(0),
    rightArm: { upper: { raise: 0.1, spread: 2.1 }, lower: { raise: 0.1, spread: 2.9 + swing } },
  };
}
