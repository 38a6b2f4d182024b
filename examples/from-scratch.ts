/**
 * A model, a loss and a training loop by hand: tell vertical from horizontal bars in noisy 12 × 12 images.
 * Run: npx jiti examples/from-scratch.ts   (about 2 s; Node 23 and newer: node examples/from-scratch.ts)
 */
import { hostTensor, input, logSoftmax, program, type Tensor } from "fovea/graph";
import {
  Attention,
  initialise,
  LayerNorm,
  Linear,
  Module,
  Parameter,
  parameters,
  prepare,
  trace,
  zeros,
} from "fovea/nn";
import { adamw, cosineSchedule, gradientsOf, parameterGroups } from "fovea/optim";
import { generator } from "fovea/random";
import { compile, ResidentState, resolveDevice } from "fovea/runtime";

const [batch, side, patch, width, steps] = [64, 12, 4, 32, 120];
const tokens = (side / patch) ** 2;

/** One attention layer over patches. Parameters are attributes; nobody registers anything. */
class TinyViT extends Module {
  readonly embed = new Linear(patch * patch, width);
  readonly positions = new Parameter([tokens, width], zeros);
  readonly attention = new Attention(width, 4);
  readonly norm = new LayerNorm(width);
  readonly head = new Linear(width, 2);

  /** [B, side, side] → logits [B, 2] */
  forward(images: Tensor): Tensor {
    const n = side / patch;
    const patches = images.reshape([-1, n, patch, n, patch]).permute([0, 1, 3, 2, 4]); // [B, n, n, patch, patch]
    let x = this.embed.forward(patches.reshape([-1, tokens, patch * patch])).add(this.positions); // [B, N, D]
    x = x.add(this.attention.forward(x));
    return this.head.forward(this.norm.forward(x).mean(1));
  }
}

/** Mean of −log softmax(logits)[target]; target is one-hot [B, 2]. */
const crossEntropy = (logits: Tensor, target: Tensor): Tensor => logSoftmax(logits).mul(target).sum(1).mean().neg();

/** The batch of a step: a pure function of its number. */
function bars(step: number) {
  const random = generator(0, "bars", step);
  const images = Float32Array.from({ length: batch * side * side }, () => random.uniform() - 0.5);
  const target = new Float32Array(batch * 2);
  for (let b = 0; b < batch; b++) {
    const [kind, at] = [random.integer(2), random.integer(side)];
    for (let i = 0; i < side; i++) images[(b * side + (kind === 0 ? i : at)) * side + (kind === 0 ? at : i)] += 1;
    target[2 * b + kind] = 1;
  }
  return {
    images: hostTensor("float32", [batch, side, side], images),
    target: hostTensor("float32", [batch, 2], target),
  };
}

// the forward pass, the loss, the gradients and the update are one ONNX graph
const model = prepare(new TinyViT());
const [images, target] = [input("images", [batch, side, side]), input("target", [batch, 2])];
const { result: logits } = trace({ training: true }, () => model.forward(images));
const loss = crossEntropy(logits, target);
const weights = parameters(model);
const update = adamw().build(parameterGroups(weights, { weightDecay: 0.05 }), gradientsOf(loss, weights.values()));
const schedule = cosineSchedule({ peak: 3e-3, updates: steps });

// weights and moments stay on the device between runs; each run is one step
const state = new ResidentState(resolveDevice(), new Map([...initialise(model, 0), ...update.states]));
const step = await compile(program({ outputs: { loss, logits }, updates: update.updates }), { state });
for (let i = 0; i < steps; i++) {
  const feeds = bars(i);
  const outputs = await step.run({ ...feeds, ...update.scalars(i, schedule(i)) });
  const scores = outputs.get("logits")?.data as Float32Array;
  const right = feeds.target.data.filter((hit, k) => hit === 1 && Number(scores[k]) > Number(scores[k ^ 1])).length;
  if (i % 20 === 19)
    console.log(`step ${i + 1}  loss ${Number(outputs.get("loss")?.data[0]).toFixed(3)}  right ${right}/${batch}`);
}
await step.dispose();
state.dispose();
