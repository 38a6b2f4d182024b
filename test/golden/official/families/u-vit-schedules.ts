import { z } from "zod";
import { cosineSchedule } from "../../../../src/diffusion/cosine-schedule.ts";
import { fastOrders } from "../../../../src/diffusion/fast-orders.ts";
import { alphaOf, lambdaOf, type NoiseSchedule, sigmaOf } from "../../../../src/diffusion/noise-schedule.ts";
import { discreteBetas, stableDiffusion } from "../../../../src/diffusion/stable-diffusion.ts";
import { type Spacing, timeGrid } from "../../../../src/diffusion/spacing.ts";
import { vpSde } from "../../../../src/diffusion/vp-sde.ts";
import { hostTensor, type HostTensor } from "../../../../src/graph/dtype.ts";
import type { OfficialCase } from "../official-case.ts";
import type { OfficialFamily } from "../official-family.ts";

/** The noise schedules of the samplers and of training, and the samplers' grids. */
export const uVitSchedules: OfficialFamily = {
  fits: ({ official }) => official.classes[0]?.includes("VPSDE") ?? false,
  build(official) {
    const results = new Map<string, HostTensor>();
    for (const name of official.names) {
      const values = valuesOf(official, name);
      if (values !== undefined) results.set(name, doubles(official, name, values));
    }
    return { runs: [], results };
  },
  notOurs: [{ pattern: /(^|\/)(t|n|lambda_probe)$/, why: "given: times, steps and values of λ" }],
};

const solverSchedules: Readonly<Record<string, NoiseSchedule>> = {
  linear: vpSde,
  cosine: cosineSchedule,
  discrete: stableDiffusion,
};
const sdes: Readonly<Record<string, NoiseSchedule>> = { vpsde: vpSde, vpsde_cosine: cosineSchedule };

function valuesOf(official: OfficialCase, name: string): number[] | undefined {
  const [group, ...rest] = name.split("/");
  const [key] = rest;
  const schedule = solverSchedules[group];
  if (key === undefined || ["t", "n", "lambda_probe"].includes(key)) return undefined;
  if (schedule !== undefined) return solverValues(official, schedule, group, key);
  if (sdes[group] !== undefined) return sdeValues(sdes[group], key, timesOf(official, "t", official.io(name)));
  if (group === "discrete_training") return trainingValues(official, key);
  if (group === "fast" || group === "fast_pp") return fastValues(group, Number(key), rest[1]);
  return group === "spacing"
    ? timeGrid(vpSde, z.enum(["logSNR", "time_uniform", "time_quadratic"]).parse(key) satisfies Spacing, {
        from: 1,
        to: 1e-3,
        steps: official.io(name).shape[0] - 1,
      })
    : undefined;
}

function solverValues(official: OfficialCase, schedule: NoiseSchedule, group: string, key: string) {
  if (key === "inverse_lambda")
    return timesOf(official, `${group}/lambda_probe`).map((lambda) => schedule.timeOf(lambda));
  const times = timesOf(official, official.names.includes(`${group}/t`) ? `${group}/t` : "t");
  const of = {
    log_alpha: schedule.logAlpha,
    sigma: sigmaOf.bind(null, schedule),
    lambda: lambdaOf.bind(null, schedule),
  };
  const value = of[key as keyof typeof of] as ((t: number) => number) | undefined; // the case's own names
  return value === undefined ? undefined : times.map((t) => value(t));
}

function sdeValues(schedule: NoiseSchedule, key: string, times: number[]): number[] | undefined {
  const kept = (t: number): number => alphaOf(schedule, t) ** 2;
  const added = (t: number): number => sigmaOf(schedule, t) ** 2;
  switch (key) {
    case "cum_alpha":
      return times.map(kept);
    case "cum_beta":
      return times.map(added);
    case "snr":
      return times.map((t) => kept(t) / added(t));
    case "nsr":
      return times.map((t) => added(t) / kept(t));
    case "diffusion":
      return times.map((t) => Math.sqrt(schedule.beta(t)));
    case "drift": // of x = 1, in two columns
      return times.flatMap((t) => Array<number>(2).fill(-0.5 * schedule.beta(t)));
    default:
      return undefined;
  }
}

function trainingValues(official: OfficialCase, key: string): number[] | undefined {
  const steps = timesOf(official, "discrete_training/n");
  const kept = (n: number): number => (n === 0 ? 1 : alphaOf(stableDiffusion, n / 1000) ** 2);
  if (key === "cum_alpha") return steps.map(kept);
  if (key === "cum_beta") return steps.map((n) => 1 - kept(n));
  return key === "beta" ? steps.map((n) => (n === 0 ? 0 : discreteBetas[n - 1])) : undefined;
}

function fastValues(group: string, evaluations: number, key: string): number[] {
  const orders = fastOrders(evaluations);
  if (key === "orders") return orders;
  return group === "fast"
    ? timeGrid(vpSde, "logSNR", { from: 1, to: 1e-4, steps: orders.length })
    : timeGrid(stableDiffusion, "time_uniform", { from: 1, to: 1e-3, steps: evaluations });
}

/** Stored times, as many as `like` has rows. */
const timesOf = (official: OfficialCase, name: string, like?: HostTensor): number[] =>
  Array.from(official.io(name).data as ArrayLike<number>, Number).slice(0, like?.shape[0]); // numbers by the README

/** In the dtype and shape of the stored value. */
function doubles(official: OfficialCase, name: string, values: readonly number[]): HostTensor {
  const { shape, dtype } = official.io(name);
  return dtype === "int64"
    ? hostTensor("int64", shape, BigInt64Array.from(values, BigInt))
    : hostTensor("float64", shape, Float64Array.from(values));
}
