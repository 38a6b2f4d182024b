/** Our own turn at the step of bench/distillation.ts, as `fovea train knowledge-condensation` builds it. */
import { hostTensor, input, program } from "fovea/graph";
import { convolutionalNetwork } from "fovea/models";
import { initialise, parameters, prepare, trace } from "fovea/nn";
import { gradientsOf, parameterGroups, sgd } from "fovea/optim";
import { compile, ResidentState, resolveDevice } from "fovea/runtime";
import { distillationStep, observedNetwork } from "fovea/systems/knowledge-condensation";
import { serveSteps } from "../serve-steps.ts";
import { normals } from "../vit-step.ts";
import { packageVersion } from "./package-version.ts";

const given = new Map(process.argv.slice(3).map((argument) => argument.split("=", 2) as [string, string]));
const [batch, threads] = ["batch", "threads"].map((name) => Number(given.get(name)));
const classes = 100;
const normalise = { mean: [0.5071, 0.4867, 0.4408], std: [0.2675, 0.2565, 0.2761] } as const;

const student = prepare(convolutionalNetwork("resnet20", { classes }), "student");
const teacher = prepare(convolutionalNetwork("resnet56", { classes }), "teacher");
const parts = {
  student: observedNetwork(student, { normalise }),
  teacher: observedNetwork(teacher, { normalise }),
  distiller: undefined,
  weights: { crossEntropy: 0.1, kd: 0.9, feature: 0 },
  temperature: 4,
  rotations: false,
  phase: "distil",
  value: "entropy",
} as const;
const images = input("images", [batch, 3, 32, 32]);
const [labels, indices] = ["labels", "indices"].map((name) => input(name, [batch], "int64"));
const { result, updates } = trace({ training: true }, () => distillationStep(parts, { images, labels, indices }));
const trained = parameters(student);
const groups = parameterGroups(trained, { weightDecay: 5e-4, exempt: () => false });
const optimiser = sgd({ momentum: 0.9 }).build(groups, gradientsOf(result.loss, trained.values()));
const device = resolveDevice({ device: "cpu", threads });
const first = new Map([...initialise(student, 0), ...initialise(teacher, 0), ...optimiser.states]);
const state = new ResidentState(device, first);
const step = program({
  outputs: {
    loss: result.loss,
    ...Object.fromEntries(Object.entries(result.observed ?? {}).map(([name, tensor]) => [`observed/${name}`, tensor])),
  },
  updates: new Map([...updates, ...optimiser.updates]),
});
const executable = await compile(step, { state });

const numbers = (value: (i: number) => number) =>
  hostTensor(
    "int64",
    [batch],
    BigInt64Array.from({ length: batch }, (_, i) => BigInt(value(i))),
  );
const data = {
  images: hostTensor("float32", images.shape, normals(images.size, 1001)),
  labels: numbers((i) => (i * 7) % classes),
  indices: numbers((i) => i),
};
let done = 0;
async function train(): Promise<number | undefined> {
  const outputs = await executable.run({ ...data, ...optimiser.scalars(done++, 0.05) });
  return Number(outputs.get("loss")?.data[0]);
}

for (let i = 0; i < 3; i++) await train();
await serveSteps(
  { versions: { "onnxruntime-node": packageVersion("onnxruntime-node") }, threads: device.threads },
  train,
);
await executable.dispose();
