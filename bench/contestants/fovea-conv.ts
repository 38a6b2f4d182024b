/**
 * Our own turn at the training steps of bench/conv.ts. `layout=plain` after the sizes: without the layout pass;
 * `profile=PREFIX` writes ONNX Runtime's profile.
 */
import { hostTensor, input, program, type HostTensor, type Tensor } from "fovea/graph";
import { crossEntropy, initialise, parameters, prepare, trace } from "fovea/nn";
import { adamw, gradientsOf, parameterGroups } from "fovea/optim";
import { compile, ResidentState, resolveDevice } from "fovea/runtime";
import { parseConvStep } from "../conv-step.ts";
import { serveSteps } from "../serve-steps.ts";
import { adamw as settings, normals } from "../vit-step.ts";
import { makeConvNetwork } from "./conv-networks.ts";
import { packageVersion } from "./package-version.ts";

const args = process.argv.slice(3);
const step = parseConvStep(args);
const option = (name: string): string | undefined =>
  args.find((argument) => argument.startsWith(`${name}=`))?.slice(name.length + 1);
const profilePrefix = option("profile");

const model = prepare(makeConvNetwork[step.network]());
const shape = [step.batch, 3, step.size, step.size];
const x = input("x", shape);
const { result: y, updates: statistics } = trace({ training: true }, () => model.forward(x));
const { loss, target } = step.network === "resnet-20" ? classification(y) : regression(y);

const trained = parameters(model);
const groups = parameterGroups(trained, { weightDecay: settings.weightDecay, exempt: () => false });
const optimiser = adamw(settings).build(groups, gradientsOf(loss, trained.values()));
const device = resolveDevice({ device: "cpu", threads: step.threads });
const state = new ResidentState(device, new Map([...initialise(model, 0), ...optimiser.states]));
const executable = await compile(
  program({ outputs: { loss }, updates: new Map([...statistics, ...optimiser.updates]) }),
  {
    state,
    convLayout: option("layout") === "plain" ? "plain" : "auto",
    ...(profilePrefix !== undefined && { profilePrefix }),
  },
);

const data = { x: hostTensor("float32", shape, normals(x.size, 1001)), target };
let done = 0;
async function train(): Promise<number | undefined> {
  const outputs = await executable.run({ ...data, ...optimiser.scalars(done++, settings.learningRate) });
  return Number(outputs.get("loss")?.data[0]);
}

for (let i = 0; i < 3; i++) await train();
await serveSteps(
  { versions: { "onnxruntime-node": packageVersion("onnxruntime-node") }, threads: device.threads },
  train,
);
if (profilePrefix !== undefined) executable.endProfile();
await executable.dispose();

interface Goal {
  readonly loss: Tensor;
  readonly target: HostTensor;
}

function classification(logits: Tensor): Goal {
  const labels = BigInt64Array.from({ length: step.batch }, (_, i) => BigInt((i * 7) % 10));
  return {
    loss: crossEntropy(logits, input("target", [step.batch], "int64")),
    target: hostTensor("int64", [step.batch], labels),
  };
}

function regression(image: Tensor): Goal {
  const difference = image.sub(input("target", image.shape));
  return {
    loss: difference.mul(difference).mean(),
    target: hostTensor("float32", image.shape, normals(image.size, 1002)),
  };
}
