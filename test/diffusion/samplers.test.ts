import { describe, expect, test } from "vitest";
import { ddim } from "../../src/diffusion/ddim.ts";
import { denoised } from "../../src/diffusion/denoise.ts";
import { dpmAdaptive } from "../../src/diffusion/dpm-adaptive.ts";
import { dpmMultistep } from "../../src/diffusion/dpm-multistep.ts";
import { dpmSolverFast, dpmSolverPlusFast, dpmSolverSingleStep } from "../../src/diffusion/dpm-solver.ts";
import { eulerMaruyama } from "../../src/diffusion/euler-maruyama.ts";
import { fastOrders } from "../../src/diffusion/fast-orders.ts";
import { clampImage, withCorrection } from "../../src/diffusion/image-correction.ts";
import { guided, type NoiseFunction } from "../../src/diffusion/noise-function.ts";
import { lambdaOf, type NoiseSchedule } from "../../src/diffusion/noise-schedule.ts";
import { findSampler, samplerNames } from "../../src/diffusion/samplers.ts";
import { singleStep } from "../../src/diffusion/single-step.ts";
import { type Prediction, solverProblem, type SolverProblem } from "../../src/diffusion/solver-model.ts";
import { timeGrid } from "../../src/diffusion/spacing.ts";
import { stableDiffusion } from "../../src/diffusion/stable-diffusion.ts";
import { vpSde } from "../../src/diffusion/vp-sde.ts";
import { exactEnd, gaussianData } from "./gaussian.ts";

const one = (value = 1): Float64Array => Float64Array.of(value);

/** m(x, t) = 0.5 x + 0.1 t, whatever it stands for (u-vit section 11). */
const linearProblem = (schedule: NoiseSchedule, prediction: Prediction): SolverProblem => ({
  schedule,
  prediction,
  model: (x, t) => Promise.resolve(x.map((value) => 0.5 * value + 0.1 * t)),
});

describe("orders of the fast schedule", () => {
  const threes = (count: number): number[] => Array<number>(count).fill(3);
  test.each([
    [50, [...threes(16), 2]],
    [20, [...threes(6), 2]],
    [21, [...threes(6), 2, 1]],
    [22, [...threes(7), 1]],
    [10, [3, 3, 3, 1]],
    [3, [2, 1]],
  ])("%d evaluations", (evaluations, orders) => {
    expect(fastOrders(evaluations)).toEqual(orders);
  });

  test("of order 2 are twos, and a one where the number is odd", () => {
    expect(fastOrders(7, 2)).toEqual([2, 2, 2, 1]);
  });

  test("refuses half an evaluation", () => {
    expect(() => fastOrders(2.5)).toThrow("2.5 evaluations: give a whole number from 1");
  });
});

test("the outer times of the noise solver for 50 evaluations are the published ones", () => {
  const times = timeGrid(vpSde, "logSNR", { from: 1, to: 1e-4, steps: 17 });
  const expected = [
    1, 0.934479, 0.864048, 0.787444, 0.702847, 0.607676, 0.498889, 0.375998, 0.250204, 0.146556, 0.078831, 0.04022,
    0.019437, 0.008646, 0.003387, 0.001145, 0.000347, 0.0001,
  ];
  times.forEach((time, i) => {
    expect(time).toBeCloseTo(expected[i], 6);
  });
  expect(lambdaOf(vpSde, times[1]) - lambdaOf(vpSde, times[0])).toBeCloseTo(0.6339110707, 9);
});

test.each([
  ["A noise", vpSde, "noise", [3.5274335677, 1.4401032344, 2.4207454824]],
  ["B noise", stableDiffusion, "noise", [1.670241978, 1.4355178066, 1.5067387783]],
  ["A data", vpSde, "data", [1.1013333272, 1.1022160559, 1.1032526334]],
  ["B data", stableDiffusion, "data", [1.0749008265, 1.078166847, 1.0786090845]],
] as const)("one step of %s gives the published value for every order", async (_, schedule, prediction, expected) => {
  for (const [i, value] of expected.entries()) {
    const step = { x: one(), s: 0.8, t: 0.5 };
    const { x } = await singleStep(linearProblem(schedule, prediction), step, { order: i + 1 });
    expect(x[0]).toBeCloseTo(value, 8);
  }
});

test("whole runs of ++ on schedule B give the published values", async () => {
  const problem = linearProblem(stableDiffusion, "data");
  const range = (evaluations: number) => ({ to: 1e-3, evaluations });
  for (const [n, value] of [
    [5, 0.4276822377],
    [6, 0.52949996],
    [7, 0.5061927348],
  ])
    expect((await dpmSolverPlusFast(problem, one(), range(n)))[0]).toBeCloseTo(value, 8);
  const final = await dpmMultistep(problem, one(), range(8), { order: 2, lowerOrderFinal: true });
  expect(final[0]).toBeCloseTo(0.490723009, 8);
  expect((await dpmMultistep(problem, one(), range(12), { order: 2 }))[0]).toBeCloseTo(0.2495472577, 8);
  expect((await dpmMultistep(problem, one(), range(12), { order: 3 }))[0]).toBeCloseTo(0.1329624802, 8);
});

describe("Gaussian data, whose noise is known", () => {
  test("the fast noise solver goes to the exact end as published", async () => {
    expect(exactEnd(vpSde, 1, 1e-4)).toBeCloseTo(0.7990283884, 9);
    for (const [n, value] of [
      [10, 0.8080989059],
      [20, 0.8048996914],
      [50, 0.7992653317],
      [100, 0.7990509031],
      [200, 0.7990311689],
    ]) {
      const diffusion = gaussianData(vpSde);
      const [x] = await dpmSolverFast(solverProblem(diffusion, "noise"), one(), { to: 1e-4, evaluations: n });
      expect(x).toBeCloseTo(value, 8);
      expect(diffusion.evaluated).toHaveLength(n);
    }
  });

  test("the solvers of schedule B go to the exact end as published", async () => {
    expect(exactEnd(stableDiffusion, 1, 1e-3)).toBeCloseTo(0.7911160001, 9);
    const diffusion = gaussianData(stableDiffusion);
    const problem = solverProblem(diffusion, "data");
    const range = (evaluations: number) => ({ to: 1e-3, evaluations });
    for (const [n, value] of [
      [10, 0.7207024369],
      [20, 0.8165595698],
      [50, 0.7984916154],
      [200, 0.7916296955],
    ])
      expect((await dpmSolverPlusFast(problem, one(), range(n)))[0]).toBeCloseTo(value, 8);
    expect((await dpmMultistep(problem, one(), range(20), { order: 2 }))[0]).toBeCloseTo(0.8546501036, 8);
    expect((await dpmMultistep(problem, one(), range(20), { order: 3 }))[0]).toBeCloseTo(0.7936008821, 8);
    expect((await ddim(diffusion, one(), range(20)))[0]).toBeCloseTo(0.7357748238, 8);
  });

  test.each([
    [1, 5.63e-2, 2],
    [2, 7.74e-3, 4],
    [3, 9.26e-5, 8.5],
  ])("order %d: the error at 20 steps, and its fall where steps are halved", async (order, first, factor) => {
    const exact = exactEnd(vpSde, 1, 1e-3);
    const errorOf = async (steps: number): Promise<number> => {
      const range = { to: 1e-3, evaluations: steps * order };
      const problem = solverProblem(gaussianData(vpSde), "noise");
      const [x] = await dpmSolverSingleStep(problem, one(), range, { order, spacing: "logSNR" });
      return Math.abs(x - exact);
    };
    const errors = await Promise.all([20, 40, 80, 160].map(errorOf));
    expect(errors[0] / first).toBeCloseTo(1, 2);
    for (let i = 0; i < 3; i++) {
      expect(errors[i] / errors[i + 1]).toBeGreaterThan(0.8 * factor);
      expect(errors[i] / errors[i + 1]).toBeLessThan(1.3 * factor);
    }
  });

  test("order 1 is the same of noise and of data", async () => {
    const range = { to: 1e-3, evaluations: 7 };
    const end = async (prediction: Prediction): Promise<number> => {
      const problem = solverProblem(gaussianData(vpSde), prediction);
      return (await dpmSolverSingleStep(problem, one(), range, { order: 1, spacing: "logSNR" }))[0];
    };
    expect(await end("noise")).toBeCloseTo(await end("data"), 12);
  });

  test("the adaptive solvers meet their tolerance, and the smaller one with more evaluations", async () => {
    for (const order of [2, 3]) {
      const counts: number[] = [];
      for (const absolute of [1e-2, 1e-4]) {
        const diffusion = gaussianData(vpSde);
        const options = { order, to: 1e-3, absolute, relative: 0 };
        const [x] = await dpmAdaptive(solverProblem(diffusion, "noise"), one(), options);
        expect(Math.abs(x - exactEnd(vpSde, 1, 1e-3))).toBeLessThan(10 * absolute);
        counts.push(diffusion.evaluated.length);
      }
      expect(counts[1]).toBeGreaterThan(counts[0]);
    }
  });

  test.each(samplerNames.filter((name) => name !== "euler-maruyama"))(
    "%s reaches the image from noise",
    async (name) => {
      for (const schedule of [vpSde, stableDiffusion]) {
        const options = { evaluations: 300, batch: 1, noise: () => one(0) };
        const [x] = await findSampler(name).sample(gaussianData(schedule), one(), options);
        expect(Math.abs(x - exactEnd(schedule, 1, 1e-3))).toBeLessThan(0.03);
      }
    },
  );
});

describe("Euler-Maruyama", () => {
  /** Mean of the end, and its variance: the squares of what the start and every step's noise are multiplied by. */
  async function moments(evaluations: number): Promise<{ mean: number; variance: number }> {
    const starts = new Float64Array(evaluations + 1); // from 0, from 1, and from 0 with the noise of one step each
    starts[1] = 1;
    const noise = (step: number): Float64Array => starts.map((_, i) => (i === step + 2 ? 1 : 0));
    const [mean, ...moved] = await eulerMaruyama(gaussianData(vpSde), starts, { evaluations, noise });
    return { mean, variance: moved.reduce((sum, end) => sum + (end - mean) ** 2, 0) };
  }

  test.each([
    [100, 0.30179116, 0.25373238],
    [1000, 0.30017691, 0.25023275],
  ])("the reverse SDE of %d steps has the published mean and variance", async (evaluations, mean, variance) => {
    const found = await moments(evaluations);
    expect(found.mean).toBeCloseTo(mean, 8);
    expect(found.variance).toBeCloseTo(variance, 8);
  });

  test("the ODE has the published mean and variance", async () => {
    const end = async (x: number): Promise<number> =>
      (await eulerMaruyama(gaussianData(vpSde), one(x), { evaluations: 1000 }))[0];
    const mean = await end(0);
    expect(mean).toBeCloseTo(0.29911154, 7);
    expect(((await end(1)) - mean) ** 2).toBeCloseTo(0.24977355, 7);
  });

  test("evaluates on the published grid, from the top", async () => {
    const diffusion = gaussianData(vpSde);
    await eulerMaruyama(diffusion, one(), { evaluations: 5 });
    expect(diffusion.evaluated).toEqual(
      [1, 0.75025, 0.5005, 0.25075, 0.001].map((t) => expect.closeTo(t, 12) as number),
    );
  });
});

describe("guidance", () => {
  const times =
    (factor: number): NoiseFunction =>
    (x) =>
      Promise.resolve(x.map((value) => factor * value));

  test("of scale 0 is the conditional function itself", () => {
    const conditional = times(0.3);
    expect(guided(conditional, times(0.1), 0)).toBe(conditional);
  });

  test("moves away from the unconditional noise, and does nothing where both agree", async () => {
    expect((await guided(times(0.3), times(0.1), 2)(one(), 0.5))[0]).toBeCloseTo(0.3 + 2 * 0.2, 12);
    expect((await guided(times(0.3), times(0.3), 7)(one(), 0.5))[0]).toBe(0.3);
  });
});

test("a clamp keeps every sampler's image inside its limits", async () => {
  const wild = { schedule: vpSde, eps: (x: Float64Array) => Promise.resolve(x.map((value) => -value)) };
  const tame = withCorrection(wild, clampImage(), 1);
  for (const name of samplerNames.filter((sampler) => !sampler.includes("adaptive"))) {
    const options = { evaluations: 12, batch: 1, noise: () => one(0) };
    const [x] = await findSampler(name).sample(tame, one(), options);
    expect(Math.abs(x)).toBeLessThan(1.1);
  }
});

test("the last denoising is the image that the model sees, by either prediction", async () => {
  const ends = ["noise", "data"].map((prediction) =>
    denoised(solverProblem(gaussianData(vpSde), prediction as Prediction), one(), 0.1),
  );
  const [a, b] = await Promise.all(ends);
  expect(a[0]).toBeCloseTo(b[0], 12);
});

test("an unknown sampler's name is answered with the nearest", () => {
  expect(() => findSampler("dpm-solver+")).toThrow(/sampler.*dpm-solver\+/);
});
