/**
 * Compiles the training step of bench/engine.ts again and again: each 'step' traces, differentiates, encodes and compiles
 * it. FOVEA_CACHE says where compiled programs are kept, `off`: nowhere.
 */
import { program } from "fovea/graph";
import { initialise, parameters, prepare } from "fovea/nn";
import { adamw, gradientsOf, parameterGroups } from "fovea/optim";
import { compile, ResidentState, resolveDevice } from "fovea/runtime";
import { serveSteps } from "../serve-steps.ts";
import { parseVitStep } from "../vit-step.ts";
import { packageVersion } from "./package-version.ts";
import { regressionLoss, TokenRegressor } from "./token-regressor.ts";

const sizes = parseVitStep(process.argv.slice(3));
const phases: Record<string, number[]> = { trace: [], autodiff: [], optimiser: [], compile: [] };

async function build(): Promise<undefined> {
  let at = performance.now();
  const lap = (phase: string): void => {
    phases[phase]?.push(performance.now() - at);
    at = performance.now();
  };
  const model = prepare(new TokenRegressor(sizes));
  const loss = regressionLoss(model, sizes);
  lap("trace");
  const trained = parameters(model);
  const gradients = gradientsOf(loss, trained.values());
  lap("autodiff");
  const optimiser = adamw().build(parameterGroups(trained, { weightDecay: 0.05 }), gradients);
  const step = program({ outputs: { loss }, updates: optimiser.updates });
  lap("optimiser");
  values ??= new Map([...initialise(model, 0), ...optimiser.states]);
  state ??= new ResidentState(resolveDevice({ device: "cpu", threads: sizes.threads }), values);
  at = performance.now(); // first values are no part of compiling
  const executable = await compile(step, { state });
  lap("compile");
  await executable.dispose();
  return undefined;
}
let values: ConstructorParameters<typeof ResidentState>[1] | undefined;
let state: ResidentState | undefined;

for (let i = 0; i < 3; i++) await build();
const median = (list: readonly number[]): string => ([...list].sort((a, b) => a - b)[list.length >> 1] ?? 0).toFixed(0);
const note = Object.entries(phases).map(([phase, ms]) => `${phase} ${median(ms)} ms`);
await serveSteps(
  {
    versions: { "onnxruntime-node": packageVersion("onnxruntime-node") },
    threads: sizes.threads,
    note: `before the rounds: ${note.join(", ")}`,
  },
  build,
);
await state?.dispose();
