import { logAlphaOfLambda, type NoiseSchedule } from "./noise-schedule.ts";

const offset = 0.008;
const angle = (t: number): number => ((Math.PI / 2) * (t + offset)) / (1 + offset);
const cosineAtZero = Math.cos(angle(0));

/**
 * C: α = cos u(t) / cos u(0), u(t) = π/2 · (t + 0.008)/1.008; the network is told 999 t. Solvers start at 0.9946, for
 * λ falls without bound towards t = 1. Source: u-vit section 4.2.
 */
export const cosineSchedule: NoiseSchedule = {
  name: "cosine",
  logAlpha: (t) => Math.log(Math.cos(angle(t)) / cosineAtZero),
  beta: (t) => (Math.PI / (1 + offset)) * Math.tan(angle(t)),
  timeOf: (lambda) =>
    ((2 * (1 + offset)) / Math.PI) * Math.acos(Math.exp(logAlphaOfLambda(lambda)) * cosineAtZero) - offset,
  networkTime: (t) => 999 * t,
  start: 0.9946,
};
