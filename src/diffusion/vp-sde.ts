import type { NoiseSchedule } from "./noise-schedule.ts";

/** β at t = 0 and its slope. */
const [first, slope] = [0.1, 19.9];

/**
 * A: the continuous VP-SDE, β(t) = 0.1 + 19.9 t; the network is told 999 t. λ is infinite at t = 0.
 * Source: u-vit sections 4.2 and 5.4.
 */
export const vpSde: NoiseSchedule = {
  name: "vp-sde",
  logAlpha: (t) => -0.25 * slope * t ** 2 - 0.5 * first * t,
  beta: (t) => first + slope * t,
  timeOf(lambda) {
    const scaled = 2 * slope * Math.log1p(Math.exp(-2 * lambda));
    return scaled / ((Math.sqrt(first ** 2 + scaled) + first) * slope);
  },
  networkTime: (t) => 999 * t,
  start: 1,
};
