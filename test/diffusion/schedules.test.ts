import fc from "fast-check";
import { expect, test } from "vitest";
import { cosineSchedule } from "../../src/diffusion/cosine-schedule.ts";
import { alphaOf, lambdaOf, type NoiseSchedule, sigmaOf } from "../../src/diffusion/noise-schedule.ts";
import { schedules } from "../../src/diffusion/schedules.ts";
import { discreteBetas, stableDiffusion } from "../../src/diffusion/stable-diffusion.ts";
import { vpSde } from "../../src/diffusion/vp-sde.ts";

// u-vit section 11
test.each([
  [1e-4, -5.0498e-6, 0.9999949503, 0.003177963, 5.7515098],
  [1e-3, -5.4975e-5, 0.9999450265, 0.0104854163, 4.55771493],
  [0.1, -0.05475, 0.9467217988, 0.3220525355, 1.07829059],
  [0.5, -1.26875, 0.2811828808, 0.9596542021, -1.22756773],
  [1, -5.025, 0.0065715865, 0.9999784069, -5.02497841],
])("schedule A at t = %d", (t, logAlpha, alpha, sigma, lambda) => {
  expect(vpSde.logAlpha(t) / logAlpha).toBeCloseTo(1, 4);
  expect(alphaOf(vpSde, t)).toBeCloseTo(alpha, 9);
  expect(sigmaOf(vpSde, t)).toBeCloseTo(sigma, 9);
  expect(lambdaOf(vpSde, t)).toBeCloseTo(lambda, 7);
});

test("schedule A has β(0.5) = 10.05 and keeps 4.3e-5 of the variance", () => {
  expect(vpSde.beta(0.5)).toBeCloseTo(10.05, 12);
  expect(alphaOf(vpSde, 1) ** 2).toBeCloseTo(4.318575e-5, 11);
});

test.each([
  [1, 0.99915, 0.02915476, 3.534712],
  [100, 0.8954627735, 0.32332217, 1.073899],
  [500, 0.2776696505, 0.8499002, -0.478025],
  [1000, 0.0046600985, 0.99766723, -2.682024],
])("schedule B at step %d", (n, kept, sigma, lambda) => {
  const t = n / 1000;
  expect(alphaOf(stableDiffusion, t) ** 2).toBeCloseTo(kept, 9);
  expect(sigmaOf(stableDiffusion, t)).toBeCloseTo(sigma, 8);
  expect(lambdaOf(stableDiffusion, t)).toBeCloseTo(lambda, 6);
});

test("schedule B has the published betas, and log α between its steps is linear", () => {
  expect(discreteBetas[0]).toBeCloseTo(0.00085, 12);
  expect(discreteBetas[1]).toBeCloseTo(0.00085469866, 10);
  expect(discreteBetas[499]).toBeCloseTo(0.00480379298, 10);
  expect(discreteBetas[999]).toBeCloseTo(0.012, 12);
  expect(discreteBetas.reduce((sum, beta) => sum + beta, 0)).toBeCloseTo(5.348992792, 9);
  expect(stableDiffusion.logAlpha(0.5005)).toBeCloseTo(-0.6418682356, 10);
});

test("the cosine option keeps the published variances", () => {
  expect(alphaOf(cosineSchedule, 0.25) ** 2).toBeCloseTo(0.8470121613, 10);
  expect(alphaOf(cosineSchedule, 0.5) ** 2).toBeCloseTo(0.4938435904, 10);
});

test.each(Object.values(schedules))("$name: t of λ(t) is t, and β is −2 d log α / dt", (schedule) => {
  fc.assert(
    fc.property(fc.double({ min: 0.002, max: schedule.start - 1e-4, noNaN: true }), (t) => {
      expect(schedule.timeOf(lambdaOf(schedule, t))).toBeCloseTo(t, 8);
      const slope = (schedule.logAlpha(t + 1e-9) - schedule.logAlpha(t - 1e-9)) / 2e-9;
      const knot = schedule === stableDiffusion && Math.abs(t * 1000 - Math.round(t * 1000)) < 1e-4;
      if (!knot) expect(Math.abs(-2 * slope - schedule.beta(t))).toBeLessThan(1e-4 * Math.max(1, schedule.beta(t)));
    }),
    { numRuns: 100 },
  );
});

test("the best predictor of normal data has the published loss", () => {
  const loss = (schedule: NoiseSchedule, variance: number, times: readonly number[]): number =>
    times.reduce((sum, t) => {
      const signal = variance * alphaOf(schedule, t) ** 2;
      return sum + signal / (signal + sigmaOf(schedule, t) ** 2);
    }, 0) / times.length;
  const middles = Array.from({ length: 20_000 }, (_, i) => (i + 0.5) / 20_000);
  const steps = Array.from({ length: 1000 }, (_, i) => (i + 1) / 1000);
  expect(loss(vpSde, 1, middles)).toBeCloseTo(0.2759954, 6);
  expect(loss(stableDiffusion, 1, steps)).toBeCloseTo(0.3733766, 6);
  expect(loss(vpSde, 0.25, middles)).toBeCloseTo(0.1733156, 6);
});
