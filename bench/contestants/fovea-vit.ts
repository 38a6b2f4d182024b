/**
 * Our own turn at the training step of bench/engine.ts, written as a user would write it: modules, `grad` behind
 * `gradientsOf`, an optimiser, one program, compiled. After the sizes, `profile=PREFIX` writes ONNX Runtime's profile and
 * `recompute` lets the backward pass compute every block once more.
 */
import { blockSegments, hostTensor, program, type HostTensor } from "fovea/graph";
import { initialise, parameters, prepare } from "fovea/nn";
import { adamw, gradientsOf, parameterGroups } from "fovea/optim";
import { compile, memoryReport, ResidentState, resolveDevice } from "fovea/runtime";
import { serveSteps } from "../serve-steps.ts";
import { adamw as settings, normals, parseVitStep, vitInitial, vitParameters } from "../vit-step.ts";
import { packageVersion } from "./package-version.ts";
import { regressionLoss, TokenRegressor } from "./token-regressor.ts";

const sizes = parseVitStep(process.argv.slice(3));
const profilePrefix = process.argv.find((argument) => argument.startsWith("profile="))?.slice("profile=".length);

const segments = process.argv.includes("recompute") ? { segmentOf: blockSegments } : {};

const model = prepare(new TokenRegressor(sizes));
const shape = [sizes.batch, sizes.tokens, sizes.patch];
const loss = regressionLoss(model, sizes);

const trained = parameters(model);
const groups = parameterGroups(trained, { weightDecay: settings.weightDecay, exempt: () => false });
const optimiser = adamw(settings).build(groups, gradientsOf(loss, trained.values(), undefined, segments));

const device = resolveDevice({ device: "cpu", threads: sizes.threads });
const state = new ResidentState(device, new Map([...initialise(model, 0), ...sameStart(), ...optimiser.states]));
const { updates } = optimiser;
const built = program({ outputs: { loss }, updates });
const step = await compile(built, {
  state,
  ...(profilePrefix !== undefined && { profilePrefix }),
});

const count = sizes.batch * sizes.tokens * sizes.patch;
const data = {
  x: hostTensor("float32", shape, normals(count, 1001)),
  y: hostTensor("float32", shape, normals(count, 1002)),
};
let done = 0;
async function train(): Promise<number | undefined> {
  const outputs = await step.run({ ...data, ...optimiser.scalars(done++, settings.learningRate) });
  return Number(outputs.get("loss")?.data[0]);
}

for (let i = 0; i < 3; i++) await train();
await serveSteps(
  {
    versions: { "onnxruntime-node": packageVersion("onnxruntime-node") },
    threads: device.threads,
    note: `memory estimated before the run ${Math.round(memoryReport(built).total / 1e6)} MB, beside the runtime itself`,
  },
  train,
);
if (profilePrefix !== undefined) step.endProfile();
await step.dispose();

/** The peers' starting values, so that the losses of all contestants can be compared. */
function sameStart(): Map<string, HostTensor> {
  return new Map(
    [...vitParameters(sizes)].map(([name, size], i) => [
      name,
      hostTensor("float32", size, vitInitial(name, size, i + 1)),
    ]),
  );
}
