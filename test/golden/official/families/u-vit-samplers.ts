import { z } from "zod";
import { cosineSchedule } from "../../../../src/diffusion/cosine-schedule.ts";
import { denoisedAsReleased } from "../../../../src/diffusion/denoise.ts";
import { dpmAdaptive } from "../../../../src/diffusion/dpm-adaptive.ts";
import { dpmMultistep } from "../../../../src/diffusion/dpm-multistep.ts";
import { dpmSolverFast, dpmSolverPlusFast, dpmSolverSingleStep } from "../../../../src/diffusion/dpm-solver.ts";
import { eulerMaruyama } from "../../../../src/diffusion/euler-maruyama.ts";
import { dynamicThreshold, withCorrection } from "../../../../src/diffusion/image-correction.ts";
import { type Diffusion, guided, type NoiseFunction } from "../../../../src/diffusion/noise-function.ts";
import { solverProblem } from "../../../../src/diffusion/solver-model.ts";
import { stableDiffusion } from "../../../../src/diffusion/stable-diffusion.ts";
import { vpSde } from "../../../../src/diffusion/vp-sde.ts";
import { hostTensor, type HostTensor } from "../../../../src/graph/dtype.ts";
import { input } from "../../../../src/graph/leaf.ts";
import { program } from "../../../../src/graph/program.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import { compile, type Executable } from "../../../../src/runtime/compile.ts";
import { resolveDevice, type DeviceName } from "../../../../src/runtime/device.ts";
import { ResidentState } from "../../../../src/runtime/resident-state.ts";
import { loadedNetwork } from "../loaded-network.ts";
import type { OfficialCase } from "../official-case.ts";
import type { OfficialFamily } from "../official-family.ts";
import { conditionInputs, uVitOf } from "./u-vit.ts";

const spacing = z.enum(["logSNR", "time_uniform", "time_quadratic"]);
const options = z.object({
  steps: z.number().default(20),
  order: z.number().default(3),
  T: z.number().optional(),
  eps: z.number().optional(),
  skip_type: spacing.optional(),
  fast_version: z.boolean().default(true),
  adaptive_step_size: z.boolean().default(false),
  atol: z.number().default(0.0078),
  rtol: z.number().default(0.05),
  method: z.enum(["fast", "singlestep", "multistep", "adaptive"]).default("fast"),
  solver_type: z.enum(["dpm_solver", "taylor"]).default("dpm_solver"),
  denoise: z.boolean().default(false),
  lower_order_final: z.boolean().default(false),
});
const sampled = z.object({
  run: z.string(),
  solver: z.string().optional(),
  schedule: z.enum(["linear", "cosine", "discrete"]).default("linear"),
  guidance: z.number().default(0),
  steps: z.number().optional(),
  eps: z.number().optional(),
  noises_used: z.number().optional(),
  predict_x0: z.boolean().default(true),
  thresholding: z.boolean().default(false),
  max_val: z.number().default(1),
  multistep_order: z.number().nullable().default(null),
  options: options.prefault({}),
});
type SampledRun = z.infer<typeof sampled>;

/** Whole runs of every sampler with a small network as ε̂: results, and time and input of every evaluation. */
export const uVitSamplers: OfficialFamily = {
  fits: ({ official }) => official.classes.includes("sde.euler_maruyama"),
  async build(official, device) {
    const results = new Map<string, HostTensor>();
    await using network = await sampledNetwork(official, device);
    for (const run of z.array(sampled).parse(official.json["runs"])) {
      const seen: Evaluation[] = [];
      const diffusion = recorded(network.eps(run), run, seen);
      const x0 = await finished(official, run, diffusion);
      const { shape } = official.io("in/x1");
      results.set(`${run.run}/x0`, hostTensor("float32", shape, Float32Array.from(x0)));
      const times = seen.map(({ time }) => time);
      results.set(`${run.run}/evaluation_times`, hostTensor("float64", [times.length], Float64Array.from(times)));
      if (official.names.includes(`${run.run}/evaluation_x`)) {
        const inputs = Float32Array.from(seen.flatMap(({ x }) => [...x]));
        results.set(`${run.run}/evaluation_x`, hostTensor("float32", [seen.length, ...shape], inputs));
      }
    }
    return { runs: [], results };
  },
};

interface Evaluation {
  readonly time: number;
  readonly x: Float64Array;
}

function recorded(eps: NoiseFunction, run: SampledRun, seen: Evaluation[]): Diffusion {
  const schedule = { linear: vpSde, cosine: cosineSchedule, discrete: stableDiffusion }[run.schedule];
  return {
    schedule,
    eps(x, t) {
      seen.push({ time: schedule.networkTime(t), x });
      return eps(x, t);
    },
  };
}

function finished(official: OfficialCase, run: SampledRun, diffusion: Diffusion): Promise<Float64Array> {
  const start = official.io("in/x1");
  const x = Float64Array.from(start.data as Float32Array); // in/x1 is F32
  const batch = start.shape[0];
  if (run.solver === undefined) return byEulerMaruyama(official, run, diffusion, x);
  return run.solver === "dpm_solver_pytorch"
    ? byNoiseSolver(run, diffusion, x, batch)
    : byPlus(run, diffusion, x, batch);
}

function byEulerMaruyama(official: OfficialCase, run: SampledRun, diffusion: Diffusion, x: Float64Array) {
  const noises = official.io("in/noises").data as Float32Array; // F32
  const noise = (step: number): Float32Array => noises.subarray(step * x.length, (step + 1) * x.length);
  return eulerMaruyama(diffusion, x, {
    evaluations: run.steps ?? 1000,
    to: run.eps ?? 1e-3,
    ...(run.noises_used !== undefined && { noise }),
  });
}

/** dpm_solver_pytorch.py: noise prediction. */
function byNoiseSolver({ options }: SampledRun, diffusion: Diffusion, x: Float64Array, batch: number) {
  const { steps, order, eps: to = 1e-4, T: from, atol, rtol, skip_type: spacing = "logSNR" } = options;
  const problem = solverProblem(diffusion, "noise");
  if (options.adaptive_step_size)
    return dpmAdaptive(problem, x, { order, to, from, absolute: atol, relative: rtol, batch });
  const range = { from, to, evaluations: steps };
  return options.fast_version
    ? dpmSolverFast(problem, x, range, { order, spacing: options.skip_type ?? "logSNR" })
    : dpmSolverSingleStep(problem, x, range, { order, spacing });
}

/** dpm_solver_pp.py, and the multistep of its later release. */
async function byPlus(run: SampledRun, plain: Diffusion, x: Float64Array, batch: number): Promise<Float64Array> {
  const { options } = run;
  const released = run.solver === "dpm_solver_pp";
  const { steps, skip_type: spacing = "time_uniform", solver_type: solverType } = options;
  const { eps: to = released ? 1e-4 : 1e-3, T: from, atol, rtol } = options;
  const diffusion =
    run.thresholding && run.predict_x0 ? withCorrection(plain, dynamicThreshold(run.max_val), batch) : plain;
  const problem = solverProblem(diffusion, run.predict_x0 ? "data" : "noise");
  const range = { from, to, evaluations: steps };
  const order = run.multistep_order ?? options.order;
  const method = run.multistep_order === null ? options.method : "multistep";
  const end = await {
    fast: () => dpmSolverPlusFast(problem, x, range, { order, solverType, spacing }),
    singlestep: () => dpmSolverSingleStep(problem, x, range, { order, spacing, solverType }),
    multistep: () =>
      dpmMultistep(problem, x, range, { order, spacing, solverType, lowerOrderFinal: options.lower_order_final }),
    adaptive: () => dpmAdaptive(problem, x, { order, to, from, absolute: atol, relative: rtol, solverType, batch }),
  }[method]();
  return options.denoise ? denoisedAsReleased(problem, end, to) : end;
}

interface SampledNetwork extends AsyncDisposable {
  eps(run: SampledRun): NoiseFunction;
}

/** The case's network as ε̂ with its labels, guided where the run wants it. */
async function sampledNetwork(official: OfficialCase, device: DeviceName): Promise<SampledNetwork> {
  const { network, states } = loadedNetwork(uVitOf(official), official.weights(), checkpointLayouts["u-vit"]);
  const { feeds: condition, inputs } = conditionInputs(official, "in/");
  const { shape } = official.io("in/x1");
  const eps = network.forward(input("x", shape), { ...inputs, time: input("t", [shape[0]]) });
  const closed = program({ outputs: { eps } });
  const state = new ResidentState(resolveDevice({ device, threads: 1 }), new Map(states));
  const executable = await compile(closed, { state });
  return {
    eps(run) {
      const schedule = { linear: vpSde, cosine: cosineSchedule, discrete: stableDiffusion }[run.schedule];
      const under = (own: Readonly<Record<string, HostTensor>>): NoiseFunction =>
        evaluate(executable, schedule, { own, shape });
      return guided(under(condition), under(nullCondition(official, condition)), run.guidance);
    },
    async [Symbol.asyncDispose]() {
      await executable.dispose();
      await state.dispose();
    },
  };
}

function evaluate(
  executable: Executable,
  schedule: { networkTime(t: number): number },
  { own, shape }: { readonly own: Readonly<Record<string, HostTensor>>; readonly shape: readonly number[] },
): NoiseFunction {
  return async (x, t) => {
    const time = new Float32Array(shape[0]).fill(schedule.networkTime(t));
    const feeds = {
      ...own,
      x: hostTensor("float32", shape, Float32Array.from(x)),
      t: hostTensor("float32", [shape[0]], time),
    };
    return (await executable.run(feeds)).get("eps")?.data as Float32Array; // declared above
  };
}

/** Null label of the case, or the text of the empty prompt where it has one. */
function nullCondition(official: OfficialCase, condition: Readonly<Record<string, HostTensor>>) {
  const { label } = condition;
  if (label === undefined) return condition;
  const nothing = z.number().parse(official.config["null_label"]);
  return {
    ...condition,
    label: hostTensor("int64", label.shape, new BigInt64Array(label.shape[0]).fill(BigInt(nothing))),
  };
}
