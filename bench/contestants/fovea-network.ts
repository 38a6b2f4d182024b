/** Our own turn at the benches `vision` and `inference`: networks of fovea/models, and the U-Net of `conv`. */
import { hostTensor, input, program, type HostTensor, type Tensor } from "fovea/graph";
import { convolutionalNetwork, Swin, swinSize, Vit, vitSize } from "fovea/models";
import { crossEntropy, initialise, parameters, prepare, trace, type Module } from "fovea/nn";
import { adamw, gradientsOf, parameterGroups } from "fovea/optim";
import { compile, ResidentState, resolveDevice } from "fovea/runtime";
import { parseNetworkRun, type BenchNetwork, type NetworkRun } from "../network-run.ts";
import { serveSteps, type Step } from "../serve-steps.ts";
import { adamw as settings, normals } from "../vit-step.ts";
import { makeConvNetwork } from "./conv-networks.ts";
import { packageVersion } from "./package-version.ts";

type Network = Module & { forward(x: Tensor): Tensor };

function makeNetwork({ network, size }: NetworkRun): Network {
  const vit = (name: string): Network => new Vit({ ...vitSize(name), imageSize: size, patchSize: 4, classes: 1000 });
  const make: Readonly<Record<BenchNetwork, () => Network>> = {
    "vit-ti": () => vit("vit-ti"),
    "vit-s": () => vit("vit-s"),
    "vit-b": () => vit("vit-b"),
    "resnet-50": () => convolutionalNetwork("resnet50-imagenet", { classes: 1000 }),
    "swinv2-t": () => new Swin({ ...swinSize("swinv2-t"), imageSize: size, window: 8, classes: 1000 }),
    "u-net": makeConvNetwork["u-net"],
  };
  return make[network]();
}

const run = parseNetworkRun(process.argv.slice(3));
const network = prepare(makeNetwork(run));
const shape = [run.batch, 3, run.size, run.size];
const x = input("x", shape);
const pixels = hostTensor("float32", shape, normals(x.size, 1001));
const device = resolveDevice({ device: "cpu", threads: run.threads });

const { step, dispose } = await (run.task === "train" ? training() : inference());
for (let i = 0; i < 3; i++) await step();
await serveSteps(
  { versions: { "onnxruntime-node": packageVersion("onnxruntime-node") }, threads: device.threads },
  step,
);
await dispose();

interface Turn {
  readonly step: Step;
  dispose(): Promise<void>;
}

async function inference(): Promise<Turn> {
  const { result: y } = trace({ training: false }, () => network.forward(x));
  const executable = await compile(program({ outputs: { y } }), {
    state: new ResidentState(device, initialise(network, 0)),
  });
  return {
    async step() {
      await executable.run({ x: pixels });
      return undefined;
    },
    dispose: () => executable.dispose(),
  };
}

async function training(): Promise<Turn> {
  const { result: y, updates: statistics } = trace({ training: true }, () => network.forward(x));
  const { loss, target } = y.rank === 2 ? classification(y) : regression(y);
  const trained = parameters(network);
  const groups = parameterGroups(trained, { weightDecay: settings.weightDecay, exempt: () => false });
  const optimiser = adamw(settings).build(groups, gradientsOf(loss, trained.values()));
  const state = new ResidentState(device, new Map([...initialise(network, 0), ...optimiser.states]));
  const updates = new Map([...statistics, ...optimiser.updates]);
  const executable = await compile(program({ outputs: { loss }, updates }), { state });
  let done = 0;
  return {
    async step() {
      const scalars = optimiser.scalars(done++, settings.learningRate);
      return Number((await executable.run({ x: pixels, target, ...scalars })).get("loss")?.data[0]);
    },
    dispose: () => executable.dispose(),
  };
}

function classification(logits: Tensor): { loss: Tensor; target: HostTensor } {
  const labels = BigInt64Array.from({ length: run.batch }, (_, i) => BigInt((i * 7) % 10));
  return {
    loss: crossEntropy(logits, input("target", [run.batch], "int64")),
    target: hostTensor("int64", [run.batch], labels),
  };
}

function regression(image: Tensor): { loss: Tensor; target: HostTensor } {
  const difference = image.sub(input("target", image.shape));
  return {
    loss: difference.mul(difference).mean(),
    target: hostTensor("float32", image.shape, normals(image.size, 1002)),
  };
}
