import { showError } from "../../src/errors/show-error.ts";
import type { HostTensor } from "../../src/graph/dtype.ts";
import { input } from "../../src/graph/leaf.ts";
import { program } from "../../src/graph/program.ts";
import { zeros } from "../../src/nn/initialisers.ts";
import { Parameter } from "../../src/nn/parameter.ts";
import { adam, adamw } from "../../src/optim/adam.ts";
import type { Optimiser } from "../../src/optim/optimiser.ts";
import { sgd } from "../../src/optim/sgd.ts";
import { compile } from "../../src/runtime/compile.ts";
import { resolveDevice, type DeviceName } from "../../src/runtime/device.ts";
import { ResidentState } from "../../src/runtime/resident-state.ts";
import { Arguments } from "./arguments.ts";
import { disagreement } from "./compare.ts";
import type { GoldenSet, OptimiserCase } from "./manifest.ts";
import type { CaseResult } from "./run-case.ts";

/** By the first word of a trajectory's name: `sgd_momentum_nesterov` is SGD. */
const optimisers: ReadonlyMap<string, (given: Arguments) => Optimiser> = new Map([
  ["sgd", (given) => sgd({ momentum: given.number("momentum", 0), nesterov: given.flag("nesterov", false) })],
  ["adam", (given) => adam(adamOptions(given))],
  ["adamw", (given) => adamw(adamOptions(given))],
]);

function adamOptions(given: Arguments): { beta1: number; beta2: number; epsilon: number } {
  const [beta1, beta2] = given.list("betas");
  return { beta1, beta2, epsilon: given.number("eps", 1e-8) };
}

/** Runs a trajectory: parameter p0, then gradient gK and the expected parameter p(K+1) of each step. */
export async function runOptimiser(
  name: string,
  { attrs, steps }: OptimiserCase,
  set: GoldenSet,
  device: DeviceName,
): Promise<CaseResult> {
  const make = optimisers.get(name.split("_")[0]);
  if (make === undefined) return { name, status: "skipped", why: `optimiser ${name} is not built yet` };
  try {
    const given = new Arguments({}, attrs);
    const [optimiser, learningRate, weightDecay] = [make(given), given.number("lr"), given.number("weight_decay", 0)];
    given.checkAllRead();
    const stored = (what: string, step: number): HostTensor => set.tensor(`optim/${name}/${what}${step}`);
    const wrong = await trajectory(optimiser, { learningRate, weightDecay, steps }, stored, device);
    return wrong === undefined ? { name, status: "passed" } : { name, status: "failed", why: wrong };
  } catch (error) {
    return { name, status: "failed", why: showError(error).split("\n").slice(0, 3).join(" ") };
  }
}

/** The first step that disagrees, or undefined. */
async function trajectory(
  optimiser: Optimiser,
  { learningRate, weightDecay, steps }: { learningRate: number; weightDecay: number; steps: number },
  stored: (what: string, step: number) => HostTensor,
  device: DeviceName,
): Promise<string | undefined> {
  const first = stored("p", 0);
  const parameter = new Parameter(first.shape, zeros);
  parameter.giveName("p");
  const g = input("g", first.shape);
  const built = optimiser.build([{ parameters: [parameter], lrScale: 1, weightDecay }], new Map([[parameter, g]]));
  const state = new ResidentState(
    resolveDevice({ device, threads: 1 }),
    new Map<string, HostTensor>([...built.states, ["p", first]]),
  );
  try {
    await using executable = await compile(program({ updates: built.updates }), { state });
    for (let step = 0; step < steps; step++) {
      await executable.run({ g: stored("g", step), ...built.scalars(step, learningRate) });
      const after = (await state.read(["p"])).get("p") as HostTensor;
      const wrong = disagreement(`step ${step + 1}`, after, stored("p", step + 1));
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  } finally {
    await state.dispose();
  }
}
