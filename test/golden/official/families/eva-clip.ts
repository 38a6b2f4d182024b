import { z } from "zod";
import type { HostTensor } from "../../../../src/graph/dtype.ts";
import { input } from "../../../../src/graph/leaf.ts";
import type { Tensor } from "../../../../src/graph/tensor.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import type { ClipTextOptions } from "../../../../src/models/clip/clip-text.ts";
import { ClipVision, type ClipVisionOptions } from "../../../../src/models/clip/clip-vision.ts";
import { Clip, type ImageTower } from "../../../../src/models/clip/clip.ts";
import { keepPatches } from "../../../../src/models/kept-patches.ts";
import { Vit } from "../../../../src/models/vit.ts";
import { contrastiveLogits, contrastiveLoss } from "../../../../src/nn/losses/contrastive.ts";
import { trace } from "../../../../src/nn/trace.ts";
import { loadedNetwork } from "../loaded-network.ts";
import type { OfficialCase } from "../official-case.ts";
import type { OfficialFamily, OfficialRun } from "../official-family.ts";
import { tappedFeatures } from "../tapped-features.ts";
import { smoothing } from "./eva-vit.ts";

const config = z.object({
  embed_dim: z.number(),
  quick_gelu: z.boolean().default(false),
  vision_cfg: z
    .object({
      image_size: z.number().default(224),
      patch_size: z.number().default(16),
      width: z.number().default(768),
      layers: z.number().default(12),
      head_width: z.number().default(64),
      mlp_ratio: z.number().default(4),
      qkv_bias: z.boolean().default(true),
      ls_init_value: z.number().nullish(),
      patch_dropout: z.number().default(0),
      global_average_pool: z.boolean().default(false),
      use_mean_pooling: z.boolean().default(false),
      postnorm: z.boolean().default(false),
      rope: z.boolean().default(false),
      pt_hw_seq_len: z.number().default(16),
      intp_freq: z.boolean().default(false),
      naiveswiglu: z.boolean().default(false),
      subln: z.boolean().default(false),
    })
    .loose(),
  text_cfg: z
    .object({
      context_length: z.number().default(77),
      vocab_size: z.number().default(49408),
      width: z.number().default(512),
      heads: z.number().default(8),
      layers: z.number().default(12),
      ls_init_value: z.number().nullish(),
      attn_mask: z.boolean().default(true),
    })
    .loose(),
});

type Config = z.infer<typeof config>;

/** The image tower of EVA-CLIP's code, first and later version. */
function evaTower({ embed_dim, vision_cfg: vision }: Config): Vit {
  const side = vision.image_size / vision.patch_size;
  const layerScale = vision.ls_init_value ?? 0;
  return new Vit({
    imageSize: vision.image_size,
    patchSize: vision.patch_size,
    width: vision.width,
    depth: vision.layers,
    heads: Math.floor(vision.width / vision.head_width),
    mlpRatio: vision.mlp_ratio,
    qkvBias: vision.qkv_bias ? "queryAndValue" : false,
    layerScale: layerScale > 0 ? layerScale : undefined,
    pool: vision.global_average_pool ? "meanOfAll" : vision.use_mean_pooling ? "mean" : "class",
    normPlacement: vision.postnorm ? "result" : "input",
    rotary: vision.rope ? { trainedSide: vision.intp_freq ? vision.pt_hw_seq_len : side } : undefined,
    feedForward: vision.naiveswiglu ? "swiglu" : "gelu",
    subNorm: vision.subln,
    classes: embed_dim,
  });
}

function textTower({ embed_dim, quick_gelu, text_cfg: text }: Config): ClipTextOptions {
  return {
    embed: embed_dim,
    contextLength: text.context_length,
    vocabulary: text.vocab_size,
    width: text.width,
    heads: text.heads,
    layers: text.layers,
    layerScale: text.ls_init_value ?? undefined,
    causal: text.attn_mask,
    activation: quick_gelu ? "quickGelu" : "gelu",
  };
}

/** Both towers, loss, gradients; with patch dropout where the case trains with it. */
export const evaClip: OfficialFamily = {
  fits: ({ official }) => ["EVA_CLIP", "CustomCLIP"].includes(official.classes[0]),
  build(official) {
    const parsed = config.parse(official.config);
    const { network, states, parameter } = loadedNetwork(
      new Clip(evaTower(parsed), textTower(parsed)),
      official.weights(),
      checkpointLayouts["eva-clip"],
    );
    const feeds = { image: official.io("in/image"), text: official.io("in/text") };
    const [image, text] = Object.entries(feeds).map(([name, { shape, dtype }]) => input(name, shape, dtype));
    const { result, features } = trace({}, () => network.forward(image, text));
    const outputs = {
      ...clipOutputs(network, image, text, result),
      ...tappedFeatures(official, features),
    };
    return { runs: [{ outputs, states, feeds }, training(official, network, parsed, { states, parameter, feeds })] };
  },
};

function clipOutputs(
  network: Clip,
  image: Tensor,
  text: Tensor,
  features: { image: Tensor; text: Tensor; scale: Tensor },
): Record<string, Tensor> {
  return {
    "out/image_raw": network.visual.forward(image),
    "out/text_raw": network.text.forward(text),
    "out/image": features.image,
    "out/text": features.text,
    "out/scale": features.scale,
    "out/logits": contrastiveLogits(features.image, features.text, features.scale),
  };
}

interface Loaded {
  readonly states: ReadonlyMap<string, HostTensor>;
  readonly parameter: (name: string) => Tensor | undefined;
  readonly feeds: Readonly<Record<string, HostTensor>>;
}

function training(
  official: OfficialCase,
  network: Clip<ImageTower>,
  { vision_cfg }: Config,
  { states, parameter, feeds }: Loaded,
): OfficialRun {
  const noise = official.names.includes("train/in/patch_noise") ? official.io("train/in/patch_noise") : undefined;
  const kept = noise && keptByDropout(noise as HostTensor<"float32">, vision_cfg.patch_dropout); // case.json says so
  const [image, text] = ["image", "text"].map((name) => input(name, feeds[name].shape, feeds[name].dtype));
  const features = trace({ training: true }, () =>
    network.forward(image, text, { kept: kept && input("kept", kept.shape, "int64") }),
  ).result;
  const logits = contrastiveLogits(features.image, features.text, features.scale);
  const loss = contrastiveLoss(features.image, features.text, features.scale, {
    labelSmoothing: smoothing(official, "train/out/loss"),
  });
  const own = input("own", [logits.shape[0]], "int64");
  const accuracy = (scores: Tensor): Tensor => scores.argmax(1).equal(own).cast("float32").mean();
  return {
    outputs: {
      "train/out/loss": loss,
      "train/out/image_accuracy": accuracy(logits),
      "train/out/text_accuracy": accuracy(logits.transpose()),
    },
    states,
    feeds: { ...feeds, own: numbers(logits.shape[0]), ...(kept === undefined ? {} : { kept }) },
    gradients: [
      {
        prefix: "train/grad/",
        of: loss,
        parameter: (name) => (name === "in/image" ? image : (parameter(name) ?? parameter(`module.${name}`))),
      },
    ],
  };
}

const keptByDropout = (noise: HostTensor<"float32">, dropout: number): HostTensor =>
  keepPatches(noise, Math.max(1, Math.floor(noise.shape[1] * (1 - dropout))), "largest").kept;

const numbers = (count: number): HostTensor => ({
  dtype: "int64",
  shape: [count],
  data: BigInt64Array.from({ length: count }, (_, i) => BigInt(i)),
});

/** OpenAI's network: EVA's teacher. Official tokens of a block stand before the batch. */
export const openAiClip: OfficialFamily = {
  fits: ({ official }) => official.classes[0] === "CLIP",
  build(official) {
    const { network, states } = loadedNetwork(
      openAiNetwork(official.config),
      official.weights(),
      checkpointLayouts["openai-clip"],
    );
    const feeds = { image: official.io("in/image"), text: official.io("in/text") };
    const [image, text] = Object.entries(feeds).map(([name, { shape, dtype }]) => input(name, shape, dtype));
    const patches = trace({}, () => network.visual.patchFeatures(image));
    const tokensFirst = new Map(
      [...patches.features].map(([path, tensor]) => [
        path,
        /resblocks\.\d+$/.test(path) ? tensor.permute([1, 0, 2]) : tensor,
      ]),
    );
    const outputs = {
      "out/patches": patches.result,
      "out/text": network.text.forward(text),
      ...tappedFeatures(official, tokensFirst),
    };
    return { runs: [{ outputs, states, feeds }] };
  },
};

const openAiArguments = z.object({
  embed_dim: z.number(),
  image_resolution: z.number(),
  vision_layers: z.number(),
  vision_width: z.number(),
  vision_patch_size: z.number(),
  context_length: z.number(),
  vocab_size: z.number(),
  transformer_width: z.number(),
  transformer_heads: z.number(),
  transformer_layers: z.number(),
});

function openAiNetwork(given: unknown): Clip<ClipVision> {
  const parsed = openAiArguments.parse(given);
  return new Clip(new ClipVision(openAiVision(parsed)), {
    embed: parsed.embed_dim,
    contextLength: parsed.context_length,
    vocabulary: parsed.vocab_size,
    width: parsed.transformer_width,
    heads: parsed.transformer_heads,
    layers: parsed.transformer_layers,
    activation: "quickGelu",
  });
}

/** The image tower of OpenAI's constructor arguments: its heads have 64 channels. */
export function openAiVision(given: unknown): ClipVisionOptions {
  const parsed = openAiArguments.parse(given);
  return {
    imageSize: parsed.image_resolution,
    patchSize: parsed.vision_patch_size,
    width: parsed.vision_width,
    layers: parsed.vision_layers,
    heads: Math.floor(parsed.vision_width / 64),
    embed: parsed.embed_dim,
    activation: "quickGelu",
  };
}
