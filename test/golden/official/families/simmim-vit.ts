import { z } from "zod";
import { input } from "../../../../src/graph/leaf.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import { trace } from "../../../../src/nn/trace.ts";
import { maskedLoss } from "../../../../src/systems/data-scaling/masked-loss.ts";
import { MaskedVit } from "../../../../src/systems/data-scaling/masked-vit.ts";
import { SimMim } from "../../../../src/systems/data-scaling/model.ts";
import { loadedNetwork } from "../loaded-network.ts";
import { tappedFeatures } from "../tapped-features.ts";
import { asFloat } from "../official-case.ts";
import type { OfficialFamily } from "../official-family.ts";

const config = z.object({
  img_size: z.number(),
  patch_size: z.number(),
  embed_dim: z.number(),
  depth: z.number(),
  num_heads: z.number(),
  mlp_ratio: z.number(),
  init_values: z.number(),
  use_abs_pos_emb: z.literal(false),
  use_rel_pos_bias: z.literal(false),
  use_shared_rel_pos_bias: z.literal(true),
});

/** microsoft/SimMIM with its ViT. The official encoder's `mid` values hold the class token. */
export const simMimVit: OfficialFamily = {
  fits: ({ official }) => official.classes.includes("VisionTransformerForSimMIM"),
  build(official) {
    const { img_size, patch_size, embed_dim, depth, num_heads, mlp_ratio, init_values } = config.parse(official.config);
    const { network, states, parameter } = loadedNetwork(
      new SimMim(
        new MaskedVit({
          imageSize: img_size,
          patchSize: patch_size,
          width: embed_dim,
          depth,
          heads: num_heads,
          mlpRatio: mlp_ratio,
          layerScale: init_values,
        }),
      ),
      official.weights(),
      checkpointLayouts.simmim,
    );
    const feeds = { image: official.io("in/image"), masks: asFloat(official.io("in/mask")) };
    const [image, masks] = [input("image", feeds.image.shape), input("masks", feeds.masks.shape)];
    const { result, features } = trace({}, () => network.forward(image, masks));
    const feature = features.get("encoder");
    const side = img_size / patch_size;
    const outputs = {
      "out/feature": feature?.permute([0, 2, 1]).reshape([feature.shape[0], embed_dim, side, side]) ?? result,
      "out/loss": maskedLoss(result, image, masks),
      ...tappedFeatures(official, features),
    };
    return { runs: [{ outputs, states, feeds, gradients: [{ prefix: "grad/", of: outputs["out/loss"], parameter }] }] };
  },
};
