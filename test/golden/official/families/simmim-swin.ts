import { z } from "zod";
import { hostTensor, type HostTensor } from "../../../../src/graph/dtype.ts";
import { input } from "../../../../src/graph/leaf.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import { trace } from "../../../../src/nn/trace.ts";
import { maskedLoss } from "../../../../src/systems/data-scaling/masked-loss.ts";
import { MaskedSwin } from "../../../../src/systems/data-scaling/masked-swin.ts";
import { SimMim } from "../../../../src/systems/data-scaling/model.ts";
import { normalisedTargets } from "../../../../src/systems/data-scaling/target-normalisation.ts";
import { loadedNetwork } from "../loaded-network.ts";
import { asFloat, type OfficialCase } from "../official-case.ts";
import type { OfficialFamily } from "../official-family.ts";
import { tappedFeatures } from "../tapped-features.ts";
import { swinOptions } from "./swin.ts";

const config = z
  .object({ in_chans: z.number().default(3), norm_target: z.boolean(), norm_target_patch: z.number() })
  .loose();

const hasClass = ({ official }: OfficialCase, name: string): boolean => official.classes.includes(name);

/** microsoft/Swin-Transformer's SimMIM with Swin V1 or V2. */
export const simMimSwin: OfficialFamily = {
  fits: (official) =>
    hasClass(official, "SwinTransformerForSimMIM") || hasClass(official, "SwinTransformerV2ForSimMIM"),
  build(official) {
    const { in_chans, norm_target, norm_target_patch } = config.parse(official.config);
    const version = hasClass(official, "SwinTransformerV2ForSimMIM") ? 2 : 1;
    const { network, states, parameter } = loadedNetwork(
      new SimMim(new MaskedSwin(swinOptions(version, official.config)), in_chans),
      official.weights(),
      checkpointLayouts.simmim,
    );
    const images = official.io("in/image") as HostTensor<"float32">; // as every image
    const target = norm_target ? normalised(images, norm_target_patch) : images;
    const feeds = { image: images, target, masks: asFloat(official.io("in/mask")) };
    const [image, wanted] = [input("image", images.shape), input("target", images.shape)];
    const masks = input("masks", feeds.masks.shape);
    const { result, features } = trace({}, () => {
      const feature = network.encoder.forward(image, masks); // [B, N, 8C]
      const [height, width] = network.encoder.grids[network.encoder.grids.length - 1];
      const map = feature.permute([0, 2, 1]).reshape([feature.shape[0], feature.shape[2], height, width]);
      return { map, reconstruction: network.forward(image, masks) };
    });
    const loss = maskedLoss(result.reconstruction, wanted, masks);
    const outputs = {
      "out/feature": result.map,
      "out/reconstruction": result.reconstruction,
      "out/loss": loss,
      ...tappedFeatures(official, features),
    };
    const results: [string, HostTensor][] = norm_target ? [["out/target", target]] : [];
    const reached = (name: string) => (name === "in/image" ? image : parameter(name));
    return {
      runs: [{ outputs, states, feeds, gradients: [{ prefix: "grad/", of: loss, parameter: reached }] }],
      results: new Map(results),
    };
  },
};

function normalised({ shape, data }: HostTensor<"float32">, window: number): HostTensor {
  const [height, width] = shape.slice(-2) as [number, number]; // an image has them
  return hostTensor("float32", shape, normalisedTargets(data, { height, width, window }));
}
