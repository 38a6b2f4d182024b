import { hostTensor, program, type HostTensor, type Program, type SegmentOf } from "fovea/graph";
import { initialise, parameters, prepare } from "fovea/nn";
import { adamw, gradientsOf, parameterGroups } from "fovea/optim";
import { compile, ResidentState, resolveDevice, type Device, type DeviceOptions, type Executable } from "fovea/runtime";
import { adamw as settings, normals, vitInitial, vitParameters, type VitStep } from "../vit-step.ts";
import { regressionLoss, TokenRegressor } from "./token-regressor.ts";

export interface VitTrainingOptions extends DeviceOptions {
  readonly segmentOf?: SegmentOf | undefined;
  readonly profilePrefix?: string | undefined;
}

export interface VitTraining {
  readonly program: Program;
  readonly executable: Executable;
  readonly device: Device;
  /** One step; gives its loss. */
  train(): Promise<number>;
}

/**
 * The training step of bench/engine.ts as a user would write it: modules, `grad` behind `gradientsOf`, an optimiser, one
 * program, compiled.
 */
export async function vitTraining(
  sizes: VitStep,
  { segmentOf, profilePrefix, ...options }: VitTrainingOptions,
): Promise<VitTraining> {
  const model = prepare(new TokenRegressor(sizes));
  const loss = regressionLoss(model, sizes);
  const trained = parameters(model);
  const groups = parameterGroups(trained, { weightDecay: settings.weightDecay, exempt: () => false });
  const optimiser = adamw(settings).build(groups, gradientsOf(loss, trained.values(), undefined, { segmentOf }));
  const device = resolveDevice({ ...options, threads: sizes.threads });
  const start = new Map([...initialise(model, 0), ...sameStart(sizes), ...optimiser.states]);
  const state = new ResidentState(device, start);
  const built = program({ outputs: { loss }, updates: optimiser.updates });
  const executable = await compile(built, { state, ...(profilePrefix !== undefined && { profilePrefix }) });
  const shape = [sizes.batch, sizes.tokens, sizes.patch];
  const count = sizes.batch * sizes.tokens * sizes.patch;
  const data = {
    x: hostTensor("float32", shape, normals(count, 1001)),
    y: hostTensor("float32", shape, normals(count, 1002)),
  };
  let done = 0;
  return {
    program: built,
    executable,
    device,
    async train() {
      const outputs = await executable.run({ ...data, ...optimiser.scalars(done++, settings.learningRate) });
      return Number(outputs.get("loss")?.data[0]);
    },
  };
}

/** The peers' starting values, so that the losses of all contestants can be compared. */
function sameStart(sizes: VitStep): Map<string, HostTensor> {
  return new Map(
    [...vitParameters(sizes)].map(([name, size], i) => [
      name,
      hostTensor("float32", size, vitInitial(name, size, i + 1)),
    ]),
  );
}
