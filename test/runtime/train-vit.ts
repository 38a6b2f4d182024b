import { FoveaError } from "../../src/errors/fovea-error.ts";
import { hostTensor, sizeOf, type HostTensor } from "../../src/graph/dtype.ts";
import { input } from "../../src/graph/leaf.ts";
import { program } from "../../src/graph/program.ts";
import { Vit } from "../../src/models/vit.ts";
import { crossEntropy } from "../../src/nn/losses/cross-entropy.ts";
import { initialise, parameters, prepare } from "../../src/nn/module.ts";
import { adamw } from "../../src/optim/adam.ts";
import { gradientsOf } from "../../src/optim/gradients.ts";
import { parameterGroups } from "../../src/optim/parameter-groups.ts";
import { generator } from "../../src/random/generator.ts";
import { compile } from "../../src/runtime/compile.ts";
import { resolveDevice, type DeviceName } from "../../src/runtime/device.ts";
import { ResidentState } from "../../src/runtime/resident-state.ts";
import { setWasmPath } from "../../src/runtime/wasm-path.ts";

export interface VitTraining {
  readonly losses: number[];
  /** Sum of the absolute values of all parameters after the last step. */
  readonly weight: number;
}

/** Trains a small ViT on random images for a few AdamW steps; the same numbers go in on every device. */
export async function trainVit(device: DeviceName, steps = 4): Promise<VitTraining> {
  const model = prepare(new Vit({ width: 32, depth: 2, heads: 2, imageSize: 16, patchSize: 4, classes: 5 }));
  const [images, labels] = [input("images", [8, 3, 16, 16]), input("labels", [8], "int64")];
  const loss = crossEntropy(model.forward(images), labels);
  const optimiser = adamw().build(
    parameterGroups(parameters(model), { weightDecay: 0.05 }),
    gradientsOf(loss, parameters(model).values()),
  );
  const resident = new ResidentState(
    resolveDevice({ device, threads: 1 }),
    new Map([...initialise(model, 0), ...optimiser.states]),
  );
  const step = await compile(program({ outputs: { loss }, updates: optimiser.updates }), { state: resident });
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const batch = {
      images: randomImages(i),
      labels: hostTensor(
        "int64",
        [8],
        BigInt64Array.from({ length: 8 }, (_, j) => BigInt(j % 5)),
      ),
    };
    losses.push(Number((await step.run({ ...batch, ...optimiser.scalars(i, 1e-3) })).get("loss")?.data[0]));
  }
  const values = await resident.read([...parameters(model).keys()]);
  await step.dispose();
  resident.dispose();
  return {
    losses,
    weight: [...values.values()].reduce(
      (sum, { data }) => sum + (data as Float32Array).reduce((a, b) => a + Math.abs(b), 0),
      0,
    ),
  };
}

function randomImages(step: number): HostTensor {
  const shape = [8, 3, 16, 16];
  return hostTensor("float32", shape, generator(0, "images", step).fillNormal(new Float32Array(sizeOf(shape))));
}

/** What a device without float16 says of a float16 product; undefined where it computes it. */
export async function float16Refusal(device: DeviceName): Promise<string | undefined> {
  const x = input("x", [2, 2]);
  const product = program({ outputs: { y: x.cast("float16").matmul(x.cast("float16")).cast("float32") } });
  try {
    await using executable = await compile(product, { device, threads: 1 });
    await executable.run({ x: hostTensor("float32", [2, 2], Float32Array.of(1, 2, 3, 4)) });
    return undefined;
  } catch (error) {
    return error instanceof FoveaError ? `${error.code}: ${error.message}; ${error.hint ?? ""}` : String(error);
  }
}

/** For a page: `run` is what the browser harness calls. */
export function run(device: DeviceName): Promise<VitTraining> {
  setWasmPath("/ort/");
  return trainVit(device);
}
