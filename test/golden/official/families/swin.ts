import { z } from "zod";
import { hostTensor, type HostTensor } from "../../../../src/graph/dtype.ts";
import { input } from "../../../../src/graph/leaf.ts";
import type { Tensor } from "../../../../src/graph/tensor.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import type { SwinOptions } from "../../../../src/models/swin/swin-options.ts";
import { Swin } from "../../../../src/models/swin/swin.ts";
import { crossEntropy } from "../../../../src/nn/losses/cross-entropy.ts";
import type { RandomInput } from "../../../../src/nn/random-input.ts";
import { trace } from "../../../../src/nn/trace.ts";
import { loadedNetwork } from "../loaded-network.ts";
import type { OfficialCase } from "../official-case.ts";
import type { OfficialFamily, OfficialRun } from "../official-family.ts";
import { tappedFeatures } from "../tapped-features.ts";

/** Constructor arguments of the official networks, V1 and V2. */
const config = z
  .object({
    img_size: z.union([z.number(), z.tuple([z.number(), z.number()])]).default(224),
    patch_size: z.number().default(4),
    in_chans: z.number().default(3),
    num_classes: z.number().default(1000),
    embed_dim: z.number().default(96),
    depths: z.array(z.number()).default([2, 2, 6, 2]),
    num_heads: z.array(z.number()).default([3, 6, 12, 24]),
    window_size: z.number().default(7),
    mlp_ratio: z.number().default(4),
    qkv_bias: z.boolean().default(true),
    qk_scale: z.number().nullish(),
    ape: z.boolean().default(false),
    patch_norm: z.boolean().default(true),
    drop_path_rate: z.number().default(0),
    pretrained_window_sizes: z.array(z.number()).optional(),
    // Feature Distillation's V2
    use_shared_rel_pos_bias: z.boolean().default(false),
    rpe_hidden_dim: z.number().optional(),
    endnorm_interval: z.number().optional(),
  })
  .loose();

/** Our options for the arguments of an official Swin. */
export function swinOptions(version: 1 | 2, given: unknown): SwinOptions {
  const parsed = config.parse(given);
  return {
    version,
    imageSize: parsed.img_size,
    patchSize: parsed.patch_size,
    channels: parsed.in_chans,
    classes: parsed.num_classes,
    width: parsed.embed_dim,
    depths: parsed.depths,
    heads: parsed.num_heads,
    window: parsed.window_size,
    mlpRatio: parsed.mlp_ratio,
    qkvBias: parsed.qkv_bias,
    qkScale: parsed.qk_scale ?? undefined,
    absolutePositions: parsed.ape,
    patchNorm: parsed.patch_norm,
    dropPath: parsed.drop_path_rate,
    pretrainedWindows: parsed.pretrained_window_sizes,
    sharedBias: parsed.use_shared_rel_pos_bias,
    biasHidden: parsed.rpe_hidden_dim,
    extraNormEvery: (parsed.endnorm_interval ?? 0) > 0 ? parsed.endnorm_interval : undefined,
  };
}

const repository = "microsoft/Swin-Transformer";
const versionOf = ({ official }: OfficialCase): 1 | 2 | undefined =>
  official.classes.includes("SwinTransformerV2") ? 2 : official.classes.includes("SwinTransformer") ? 1 : undefined;

/** Swin's classifiers: logits, pooled feature, loss with label smoothing 0.1, gradients; drop path by saved draws. */
export const swin: OfficialFamily = {
  fits: (official) =>
    official.json["official"] !== undefined &&
    isFrom(official, repository) &&
    versionOf(official) !== undefined &&
    !("pretrained" in official.config),
  build(official) {
    const version = versionOf(official) ?? 1;
    const { network, states, parameter } = loadedNetwork(
      new Swin(swinOptions(version, official.config)),
      official.weights(),
      checkpointLayouts.swin,
    );
    const training = official.mode === "train";
    const first = classification(network, official, { states, parameter, training });
    const again = official.names.includes("eval/out/logits");
    const image = input("image", official.io("in/image").shape);
    const evaluation = {
      outputs: { "eval/out/logits": network.forward(image) },
      states,
      feeds: { image: official.io("in/image") },
    };
    return { runs: again ? [first, evaluation] : [first] };
  },
};

export const isFrom = ({ json }: OfficialCase, repository: string): boolean =>
  (json["official"] as { repository?: string }).repository === repository; // the manifest's own field

interface Loaded {
  readonly states: ReadonlyMap<string, HostTensor>;
  parameter(name: string): Tensor | undefined;
  readonly training?: boolean;
}

/** What a case stores of a classifier's pass: of its outputs those that have this name. */
export function classification(
  network: Swin,
  official: OfficialCase,
  { states, parameter, training = false }: Loaded,
): OfficialRun {
  const images = official.io("in/image");
  const image = input("image", images.shape);
  const has = (name: string): boolean => official.names.includes(name);
  const { result, features, random } = trace({ training }, () => {
    const feature = network.pool(network.features(image));
    return { feature, logits: network.head?.forward(feature) ?? feature };
  });
  const outputs: Record<string, Tensor> = { "out/logits": result.logits, ...tappedFeatures(official, features) };
  if (has("out/feature")) outputs["out/feature"] = result.feature;
  const feeds: Record<string, HostTensor> = { image: images, ...draws(official, random) };
  if (!has("in/label")) return { outputs, states, feeds };
  feeds["label"] = official.io("in/label");
  const loss = crossEntropy(result.logits, input("label", feeds["label"].shape, "int64"), { labelSmoothing: 0.1 });
  outputs["out/loss"] = loss;
  const reached = (name: string): Tensor | undefined => (name === "in/image" ? image : parameter(name));
  return { outputs, states, feeds, gradients: [{ prefix: "grad/", of: loss, parameter: reached }] };
}

/** Saved draws of drop path, in the order of its calls: ⌊keep + u⌋/keep. */
function draws(official: OfficialCase, random: readonly RandomInput[]): Record<string, HostTensor> {
  if (random.length === 0) return {};
  const { data } = official.io("in/drop_path_uniform");
  const size = data.length / random.length;
  return Object.fromEntries(
    random.map(({ name, shape, keep }, i) => {
      const values = Array.from(data as Float32Array, (u) => Math.floor(keep + u) / keep).slice(
        i * size,
        (i + 1) * size,
      );
      return [name, hostTensor("float32", shape, Float32Array.from(values))];
    }),
  );
}
