import { logAlphaOfLambda, type NoiseSchedule } from "./noise-schedule.ts";

/** Steps of the discrete schedule. */
export const discreteSteps = 1000;

/** β_n, n = 1 … 1000, at n − 1: (√0.00085 + (n − 1)/999 (√0.012 − √0.00085))². */
export const discreteBetas = Float64Array.from({ length: discreteSteps }, (_, i) => {
  const [first, last] = [Math.sqrt(0.00085), Math.sqrt(0.012)];
  return (first + (i / (discreteSteps - 1)) * (last - first)) ** 2;
});

/** log α_n at n − 1: ½ Σ log(1 − β). */
const logAlphas = ((): Float64Array => {
  let sum = 0;
  return discreteBetas.map((beta) => (sum += 0.5 * Math.log1p(-beta)));
})();

/**
 * B: Stable Diffusion's discrete schedule, t = n/1000; the network is told n = 1000 t. Between its steps log α is linear
 * in t, and the outermost pieces go on outside, so that log α > 0 below t = 0.0001. ᾱ at t = 1 is 0.00466: the end is no
 * pure noise. Source: u-vit sections 4.2 and 5.4.
 */
export const stableDiffusion: NoiseSchedule = {
  name: "stable-diffusion",
  logAlpha(t) {
    const left = piece(Math.floor(t * discreteSteps + 1e-9) - 1);
    return logAlphas[left] + (t * discreteSteps - (left + 1)) * rise(left);
  },
  beta: (t) => -2 * discreteSteps * rise(piece(Math.ceil(t * discreteSteps - 1e-9) - 2)),
  timeOf(lambda) {
    const wanted = logAlphaOfLambda(lambda);
    const left = piece(firstBelow(wanted) - 1);
    return (left + 1 + (wanted - logAlphas[left]) / rise(left)) / discreteSteps;
  },
  networkTime: (t) => discreteSteps * t,
  start: 1,
};

/** The piece that is used for knot `left` to `left + 1`. */
const piece = (left: number): number => Math.min(Math.max(left, 0), discreteSteps - 2);

const rise = (left: number): number => logAlphas[left + 1] - logAlphas[left];

/** The first knot whose log α is at most `wanted`, or 1000. */
function firstBelow(wanted: number): number {
  let [low, high] = [0, discreteSteps];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (logAlphas[middle] <= wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
