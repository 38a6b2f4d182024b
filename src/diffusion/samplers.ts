import { unknownName } from "../errors/unknown-name.ts";
import { ddim } from "./ddim.ts";
import { dpmAdaptive } from "./dpm-adaptive.ts";
import { dpmMultistep } from "./dpm-multistep.ts";
import { dpmSolverFast, dpmSolverPlusFast, dpmSolverSingleStep } from "./dpm-solver.ts";
import { eulerMaruyama } from "./euler-maruyama.ts";
import type { Diffusion } from "./noise-function.ts";
import { solverProblem } from "./solver-model.ts";

export interface SamplingOptions {
  /** Calls of ε̂; guidance may make two network passes of one. Not for the adaptive samplers, which choose. */
  readonly evaluations: number;
  /** The last time. Default: the sampler's own. */
  readonly to?: number | undefined;
  /** Default: the schedule's start. */
  readonly from?: number | undefined;
  /** Images in x. */
  readonly batch: number;
  /** Noise of step i, of x's length, for samplers that add some. */
  noise(step: number): ArrayLike<number>;
}

/** From noise x to an image, by ε̂(x, t) alone: a pure function, the same in Node and in a browser. */
export interface Sampler {
  readonly summary: string;
  sample(diffusion: Diffusion, x: Float64Array, options: SamplingOptions): Promise<Float64Array>;
}

const singleStep = (order: 1 | 2 | 3): Sampler => ({
  summary: `DPM-Solver-${order}: steps of order ${order}, uniform in λ`,
  sample: (diffusion, x, { to = 1e-3, ...range }) =>
    dpmSolverSingleStep(solverProblem(diffusion, "noise"), x, { ...range, to }, { order, spacing: "logSNR" }),
});

const multistep = (order: 2 | 3): Sampler => ({
  summary: `DPM-Solver++ ${order}M: multistep of order ${order}, uniform in t`,
  sample: (diffusion, x, { to = 1e-3, ...range }) =>
    dpmMultistep(solverProblem(diffusion, "data"), x, { ...range, to }, { order, lowerOrderFinal: true }),
});

const adaptive = (order: 2 | 3): Sampler => ({
  summary: `DPM-Solver of order ${order} that chooses its steps`,
  sample: (diffusion, x, { to = 1e-3, from, batch }) =>
    dpmAdaptive(solverProblem(diffusion, "noise"), x, { order, to, from, batch }),
});

/** Every sampler by name. */
export const samplers = {
  "euler-maruyama": {
    summary: "Euler-Maruyama on the reverse SDE, with fresh noise in every step; many evaluations",
    sample: eulerMaruyama,
  },
  "euler-ode": {
    summary: "Euler steps along the probability-flow ODE",
    sample: (diffusion, x, { evaluations, to, from }) => eulerMaruyama(diffusion, x, { evaluations, from, to }),
  },
  ddim: {
    summary: "DDIM without noise, uniform in t",
    sample: (diffusion, x, { to = 1e-3, ...range }) => ddim(diffusion, x, { ...range, to }),
  },
  "dpm-solver": {
    summary: "DPM-Solver-fast (order 3), uniform in λ: the released sampler of the continuous models",
    sample: (diffusion, x, { to = 1e-4, ...range }) =>
      // log α > 0 at t = 0 of the discrete schedule: its first step is the end
      dpmSolverFast(solverProblem(diffusion, "noise"), x, {
        ...range,
        to: diffusion.schedule.name === "stable-diffusion" ? Math.max(to, 1e-3) : to,
      }),
  },
  "dpm-solver-1": singleStep(1),
  "dpm-solver-2": singleStep(2),
  "dpm-solver-3": singleStep(3),
  "dpm-solver-adaptive-2": adaptive(2),
  "dpm-solver-adaptive-3": adaptive(3),
  "dpm-solver++": {
    summary: "DPM-Solver++ fast (order 3), uniform in t: the released sampler of the discrete models",
    sample: (diffusion, x, { to = 1e-3, ...range }) =>
      dpmSolverPlusFast(solverProblem(diffusion, "data"), x, { ...range, to }),
  },
  "dpm-solver++2m": multistep(2),
  "dpm-solver++3m": multistep(3),
} satisfies Record<string, Sampler>;

export type SamplerName = keyof typeof samplers;

export const samplerNames = Object.keys(samplers) as SamplerName[]; // written above

/** The sampler called `name`. @throws FoveaError (exit code 2) with the nearest name where there is none */
export function findSampler(name: string): Sampler {
  if (Object.hasOwn(samplers, name)) return samplers[name as SamplerName]; // just checked
  throw unknownName("diffusion/sampler", "sampler", name, samplerNames);
}
