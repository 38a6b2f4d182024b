import { z } from "zod";
import { hostTensor, type HostTensor } from "../../../../src/graph/dtype.ts";
import { constant, input } from "../../../../src/graph/leaf.ts";
import { indexSelect } from "../../../../src/graph/operators/gather.ts";
import type { Tensor } from "../../../../src/graph/tensor.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import { keepPatches } from "../../../../src/models/kept-patches.ts";
import type { VitOptions } from "../../../../src/models/vit-options.ts";
import { Vit } from "../../../../src/models/vit.ts";
import { crossEntropy, softCrossEntropy } from "../../../../src/nn/losses/cross-entropy.ts";
import { maskedCosineLoss } from "../../../../src/nn/losses/masked-cosine.ts";
import { trace } from "../../../../src/nn/trace.ts";
import { MaskedAutoencoder } from "../../../../src/systems/eva/masked-autoencoder.ts";
import { FeaturePredictor } from "../../../../src/systems/eva/model.ts";
import { loadedNetwork } from "../loaded-network.ts";
import { asFloat, type OfficialCase } from "../official-case.ts";
import type { OfficialFamily, OfficialRun } from "../official-family.ts";
import { tappedFeatures } from "../tapped-features.ts";
import { vitOptions } from "./vit-arguments.ts";

/** EVA's layer scale is there where its first value is above 0, and its biases are those of q and v. */
export function evaOptions(given: unknown): VitOptions {
  const { qkv_bias, stop_grad_conv1 } = z
    .object({ qkv_bias: z.boolean().default(false), stop_grad_conv1: z.boolean().default(false) })
    .loose()
    .parse(given);
  const { layerScale, ...options } = vitOptions(given);
  return {
    ...options,
    layerScale: layerScale === undefined || layerScale <= 0 ? undefined : layerScale,
    qkvBias: qkv_bias ? "queryAndValue" : false,
    patchGradient: stop_grad_conv1 ? 0 : 1,
  };
}

const isEva = (official: OfficialCase, name: string): boolean =>
  official.system === "eva" && official.official.classes[0] === name;

/** Masked image modelling: a batch's masked tokens are read one after the other. */
export const evaMim: OfficialFamily = {
  fits: (official) => isEva(official, "VisionTransformerForMaskedImageModeling"),
  build(official) {
    const { predict_feature_dim, stop_grad_conv1 } = z
      .object({ predict_feature_dim: z.number().default(768), stop_grad_conv1: z.boolean().default(false) })
      .loose()
      .parse(official.config);
    const network = new FeaturePredictor({
      ...evaOptions(official.config),
      patchGradient: stop_grad_conv1 ? 0.1 : 1,
      targetWidth: predict_feature_dim,
    });
    const { states, parameter } = loadedNetwork(network, official.weights(), checkpointLayouts.eva);
    const feeds = {
      image: official.io("in/image"),
      mask: asFloat(official.io("in/mask")),
      teacher: official.io("in/teacher"),
    };
    const [image, mask, teacher] = inputs(feeds);
    const { result, features } = trace({}, () => network.forward(image, mask));
    const loss = maskedCosineLoss(result, teacher, mask);
    const outputs = {
      "out/prediction": masked(result, feeds.mask),
      "out/loss": loss,
      ...tappedFeatures(official, features),
    };
    return { runs: [{ outputs, states, feeds, gradients: [gradientsOf(loss, parameter, image)] }] };
  },
};

/** [B, N, C] → [M, C]: the tokens under the mask, in order. */
function masked(tokens: Tensor, { data }: HostTensor<"float32">): Tensor {
  const [batch, patches, channels] = tokens.shape;
  const places = [...data].flatMap((value, i) => (value > 0 ? [BigInt(i)] : []));
  const rows = constant(hostTensor("int64", [places.length], BigInt64Array.from(places)));
  return indexSelect(tokens.reshape([batch * patches, channels]), rows);
}

const inputs = (feeds: Readonly<Record<string, HostTensor>>): Tensor[] =>
  Object.entries(feeds).map(([name, { shape, dtype }]) => input(name, shape, dtype));

const gradientsOf = (of: Tensor, parameter: (name: string) => Tensor | undefined, image: Tensor, prefix = "grad/") => ({
  prefix,
  of,
  parameter: (name: string) => (name === "in/image" ? image : parameter(name)),
});

/** Classifiers of EVA-g and, without detached patches and with all biases, of EVA-L. */
export const evaClassifier: OfficialFamily = {
  fits: (official) => isEva(official, "VisionTransformer") || isEva(official, "MAEVisionTransformer"),
  build(official) {
    const isMae = isEva(official, "MAEVisionTransformer");
    const given = { stop_grad_conv1: !isMae, ...official.config };
    const network = new Vit({ ...evaOptions(given), ...(isMae ? { qkvBias: true } : {}) });
    const { states, parameter } = loadedNetwork(network, official.weights(), checkpointLayouts.eva);
    const prefixes = ["", "soft/"].filter((prefix) => official.names.includes(`${prefix}out/loss`));
    const runs = prefixes.map((prefix): OfficialRun => {
      const name = (key: string): string =>
        official.names.includes(`${prefix}in/${key}`) ? `${prefix}in/${key}` : `in/${key}`;
      const target = official.names.includes(`${prefix}in/soft`) ? "soft" : "label";
      const feeds = { image: official.io(name("image")), target: official.io(name(target)) };
      const [image, expected] = inputs(feeds);
      const { result: logits, features } = trace({}, () => network.forward(image));
      const labelSmoothing = smoothing(official, `${prefix}out/loss`);
      const loss =
        target === "soft" ? softCrossEntropy(logits, expected) : crossEntropy(logits, expected, { labelSmoothing });
      const all: Record<string, Tensor> = {
        [`${prefix}out/logits`]: logits,
        [`${prefix}out/patch_logits`]: network.patchLogits(image),
        [`${prefix}out/loss`]: loss,
        ...tappedFeatures(official, features, { prefix }),
      };
      const outputs = Object.fromEntries(Object.entries(all).filter(([key]) => official.names.includes(key)));
      return { outputs, states, feeds, gradients: [gradientsOf(loss, parameter, image, `${prefix}grad/`)] };
    });
    return { runs };
  },
};

/** What `case.json` says of a loss: `label smoothing 0.3`. */
export function smoothing(official: OfficialCase, loss: string): number {
  const tensors = z.record(z.string(), z.object({ about: z.string().optional() }).loose()).parse(official.json.tensors);
  return Number(/label smoothing ([\d.]+)/.exec(tensors[loss]?.about ?? "")?.[1] ?? 0);
}

/** EVA-L's pre-training; the released loss has the wrong sign. */
export const evaMae: OfficialFamily = {
  fits: (official) => isEva(official, "MaskedAutoencoderViT"),
  build(official) {
    const config = z
      .object({
        decoder_embed_dim: z.number(),
        decoder_depth: z.number(),
        decoder_num_heads: z.number(),
        predict_feature_dim: z.number(),
        mask_ratio: z.number(),
      })
      .loose()
      .parse(official.config);
    const network = new MaskedAutoencoder({
      ...vitOptions(official.config),
      decoder: { width: config.decoder_embed_dim, depth: config.decoder_depth, heads: config.decoder_num_heads },
      targetWidth: config.predict_feature_dim,
    });
    const { states, parameter } = loadedNetwork(network, official.weights(), checkpointLayouts.eva);
    const noise = official.io("in/noise") as HostTensor<"float32">; // case.json says so
    const count = Math.floor(noise.shape[1] * (1 - config.mask_ratio));
    const { kept, restore, mask } = keepPatches(noise, count, "smallest");
    const feeds = { image: official.io("in/image"), teacher: official.io("in/teacher"), kept, restore, mask };
    const [image, teacher, keptInput, restoreInput, maskInput] = inputs(feeds);
    const latent = trace({}, () => network.encode(network.patches(image), { kept: keptInput }));
    const { result: prediction, features } = trace({}, () => network.decode(latent.result, restoreInput));
    const loss = maskedCosineLoss(prediction, teacher, maskInput).neg();
    const outputs = {
      "out/latent": latent.result,
      "out/prediction": prediction,
      "out/loss": loss,
      ...tappedFeatures(official, new Map([...latent.features, ...features])),
    };
    return {
      runs: [{ outputs, states, feeds, gradients: [gradientsOf(loss, parameter, image)] }],
      results: new Map<string, HostTensor>([
        ["out/mask", mask],
        ["out/ids_restore", restore],
      ]),
    };
  },
};
