import { z } from "zod";
import { alphaOf, type NoiseSchedule, sigmaOf } from "../../../../src/diffusion/noise-schedule.ts";
import { noised, squaredErrors } from "../../../../src/diffusion/objective.ts";
import { discreteSteps, stableDiffusion } from "../../../../src/diffusion/stable-diffusion.ts";
import { vpSde } from "../../../../src/diffusion/vp-sde.ts";
import { hostTensor, type HostTensor } from "../../../../src/graph/dtype.ts";
import { input } from "../../../../src/graph/leaf.ts";
import { trace } from "../../../../src/nn/trace.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import { timeFeatures } from "../../../../src/models/u-vit/time-features.ts";
import { UVit, type UVitCondition, type UVitInputs } from "../../../../src/models/u-vit/u-vit.ts";
import { loadedNetwork } from "../loaded-network.ts";
import type { OfficialCase } from "../official-case.ts";
import type { OfficialFamily, OfficialRun } from "../official-family.ts";
import { tappedFeatures } from "../tapped-features.ts";

const config = z.object({
  img_size: z.number(),
  patch_size: z.number(),
  in_chans: z.number(),
  embed_dim: z.number(),
  depth: z.number(),
  num_heads: z.number(),
  mlp_ratio: z.number().default(4),
  qkv_bias: z.boolean().default(false),
  mlp_time_embed: z.boolean().default(false),
  num_classes: z.number().default(-1),
  clip_dim: z.number().optional(),
  num_clip_token: z.number().optional(),
  conv: z.boolean().default(true),
  skip: z.boolean().default(true),
});

/** baofff/U-ViT: the network at given times, and the noise-prediction loss with its gradients. */
export const uVit: OfficialFamily = {
  fits: ({ official }) => official.classes[0] === "UViT",
  build(official) {
    const loaded = loadedNetwork(uVitOf(official), official.weights(), checkpointLayouts["u-vit"]);
    return { runs: [forwardRun(official, loaded), trainingRun(official, loaded)] };
  },
};

type Loaded = ReturnType<typeof loadedNetwork<UVit>>;

/** The network of a case of U-ViT. */
export function uVitOf(official: OfficialCase): UVit {
  const read = config.parse(official.config);
  return new UVit({
    imageSize: read.img_size,
    patchSize: read.patch_size,
    channels: read.in_chans,
    width: read.embed_dim,
    depth: read.depth,
    heads: read.num_heads,
    mlpRatio: read.mlp_ratio,
    qkvBias: read.qkv_bias,
    timeMlp: read.mlp_time_embed,
    skip: read.skip ? "concat" : "none",
    outputConv: read.conv ? "last" : "none",
    ...conditionOf(read),
  });
}

function conditionOf(read: z.infer<typeof config>): { condition?: UVitCondition } {
  if (read.num_clip_token !== undefined)
    return { condition: { kind: "text", tokens: read.num_clip_token, dim: read.clip_dim ?? 768 } };
  return read.num_classes > 0 ? { condition: { kind: "class", classes: read.num_classes } } : {};
}

function forwardRun(official: OfficialCase, { network, states }: Loaded): OfficialRun {
  const { feeds, inputs } = conditionInputs(official, "in/");
  const all = { ...feeds, x: official.io("in/x"), t: official.io("in/t") };
  const time = input("t", all.t.shape);
  const { result, features } = trace({}, () => network.forward(input("x", all.x.shape), { ...inputs, time }));
  const embedding = official.names.includes("out/time_embedding")
    ? { "out/time_embedding": timeFeatures(time, network.options.width) }
    : {};
  return { outputs: { "out/eps": result, ...embedding, ...tappedFeatures(official, features) }, states, feeds: all };
}

function trainingRun(official: OfficialCase, { network, states, parameter }: Loaded): OfficialRun {
  const [x0, noise] = [official.io("train/in/x0"), official.io("train/in/noise")];
  const { schedule, times } = timesOf(official);
  const vector = (of: (t: number) => number): HostTensor =>
    hostTensor("float32", [times.length], Float32Array.from(times, of));
  const { feeds: own, inputs } = conditionInputs(official, "train/in/");
  const feeds = {
    ...own,
    x0,
    noise,
    alpha: vector((t) => alphaOf(schedule, t)),
    sigma: vector((t) => sigmaOf(schedule, t)),
    time: vector((t) => schedule.networkTime(t)),
  };
  const leaf = (name: keyof typeof feeds) => input(name, feeds[name].shape);
  const [clean, added] = [leaf("x0"), leaf("noise")];
  const x = noised(clean, added, leaf("alpha"), leaf("sigma"));
  const each = squaredErrors(network.forward(x, { ...inputs, time: leaf("time") }), added);
  const loss = each.mean();
  const wanted = (name: string) => (name === "in/x0" ? clean : parameter(name));
  return {
    outputs: { "train/out/each": each, "train/out/loss": loss },
    states,
    feeds,
    gradients: [{ prefix: "train/grad/", of: loss, parameter: wanted }],
  };
}

/** Times of the VP-SDE, or the steps of Stable Diffusion's schedule. */
function timesOf(official: OfficialCase): { schedule: NoiseSchedule; times: number[] } {
  const continuous = official.names.includes("train/in/u");
  const { data } = official.io(continuous ? "train/in/u" : "train/in/n");
  const times = Array.from(data as ArrayLike<number>, Number);
  return continuous
    ? { schedule: vpSde, times }
    : { schedule: stableDiffusion, times: times.map((n) => n / discreteSteps) };
}

/** Label or text of a run. */
export function conditionInputs(
  official: OfficialCase,
  prefix: string,
): { feeds: Record<string, HostTensor>; inputs: Omit<UVitInputs, "time"> } {
  const found = { label: `${prefix}y`, context: `${prefix}context` };
  const feeds = Object.fromEntries(
    Object.entries(found)
      .filter(([, name]) => official.names.includes(name))
      .map(([key, name]) => [key, official.io(name)]),
  );
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([key, { shape, dtype }]) => [key, input(key, shape, dtype)]),
  );
  return { feeds, inputs };
}
