import type { LimbPose, Pose } from "./pose.ts";

const limb = (raise: number, bend: number, spread = 0.05): LimbPose => ({
  upper: { raise, spread },
  lower: { raise: raise + bend, spread: spread * 0.4 },
});
const leg = (raise: number, bend: number): LimbPose => limb(raise, -bend, 0.03);

/** Walking at `phase` of a double step, in turns: legs and arms swing against each other. */
export function walking(phase: number, stride = 0.5): Pose {
  const s = Math.sin(2 * Math.PI * phase);
  const c = Math.cos(2 * Math.PI * phase);
  return {
    leftLeg: leg(stride * s, 0.1 + 0.7 * stride * Math.max(0, c)),
    rightLeg: leg(-stride * s, 0.1 + 0.7 * stride * Math.max(0, -c)),
    leftArm: limb(-0.8 * stride * s, 0.25, 0.14),
    rightArm: limb(0.8 * stride * s, 0.25, 0.14),
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
    leftArm: limb(-1.0 * s, 1.5, 0.2),
    rightArm: limb(1.0 * s, 1.5, 0.2),
    lean: 0.28,
    hips: 0.88 + 0.06 * Math.abs(s),
  };
}

/** Standing with a slow sway of the arms. */
export const standing = (phase: number): Pose => ({
  leftArm: limb(0.05 * Math.sin(2 * Math.PI * phase), 0.15, 0.16),
  rightArm: limb(-0.05 * Math.sin(2 * Math.PI * phase), 0.15, 0.16),
});

/** The right hand up, from side to side. */
export function waving(phase: number): Pose {
  const swing = 0.45 * Math.sin(2 * Math.PI * phase);
  return {
    ...standing(0),
    rightArm: { upper: { raise: 0.1, spread: 1.75 }, lower: { raise: 0.1, spread: 2.85 + swing } },
  };
}
