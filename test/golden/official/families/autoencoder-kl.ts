import { z } from "zod";
import { input } from "../../../../src/graph/leaf.ts";
import type { Tensor } from "../../../../src/graph/tensor.ts";
import { AttnBlock, Downsample, ResnetBlock, Upsample } from "../../../../src/models/autoencoder-kl/blocks.ts";
import { AutoencoderKl, latentOf } from "../../../../src/models/autoencoder-kl/autoencoder-kl.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import { Module } from "../../../../src/nn/module.ts";
import { trace } from "../../../../src/nn/trace.ts";
import { loadedNetwork } from "../loaded-network.ts";
import type { OfficialCase } from "../official-case.ts";
import type { OfficialFamily, OfficialRun } from "../official-family.ts";
import { tappedFeatures } from "../tapped-features.ts";

const config = z.object({
  ddconfig: z.object({
    z_channels: z.number(),
    in_channels: z.number(),
    out_ch: z.number(),
    ch: z.number(),
    ch_mult: z.array(z.number()),
    num_res_blocks: z.number(),
    attn_resolutions: z.array(z.never()),
    double_z: z.literal(true),
  }),
  embed_dim: z.number(),
  scale_factor: z.number(),
});

/** U-ViT's FrozenAutoencoderKL, the whole network in evaluation. */
export const autoencoderKl: OfficialFamily = {
  fits: ({ official }) => official.classes[0] === "FrozenAutoencoderKL",
  build(official) {
    const { ddconfig, embed_dim, scale_factor } = config.parse(official.config);
    const network = new AutoencoderKl({
      channels: ddconfig.in_channels,
      width: ddconfig.ch,
      widthFactors: ddconfig.ch_mult,
      blocks: ddconfig.num_res_blocks,
      latentChannels: ddconfig.z_channels,
      embedDim: embed_dim,
      scale: scale_factor,
    });
    const { states } = loadedNetwork(network, official.weights(), checkpointLayouts["autoencoder-kl"]);
    const { feeds, leaf } = leaves(official, ["in/image", "in/noise", "in/latent"]);
    // two traces: the intermediate value of the decoder is that of the given latent
    const encoded = trace({}, () => network.moments(leaf("in/image")));
    const decoded = trace({}, () => network.decode(leaf("in/latent")));
    const latent = latentOf(encoded.result, leaf("in/noise"), network.scale);
    const outputs = {
      "out/moments": encoded.result,
      "out/z": latent,
      "out/decoded": decoded.result,
      "out/reconstruction": network.decode(latent),
      ...tappedFeatures(official, new Map([...encoded.features, ...decoded.features])),
    };
    return { runs: [{ outputs, states, feeds }, clampRun(official, network.scale)] };
  },
};

function clampRun(official: OfficialCase, scale: number): OfficialRun {
  const { feeds, leaf } = leaves(official, ["clamp/in/moments", "clamp/in/noise"]);
  const latent = latentOf(leaf("clamp/in/moments"), leaf("clamp/in/noise"), scale);
  return { outputs: { "clamp/out/z": latent }, feeds };
}

class Blocks extends Module {
  readonly res: ResnetBlock;
  readonly attn: AttnBlock;
  readonly down: Downsample;
  readonly up: Upsample;

  constructor({ res: [inputs, outputs], attn, down, up }: z.infer<typeof blockConfig>) {
    super();
    this.res = new ResnetBlock(inputs, outputs);
    this.attn = new AttnBlock(attn);
    this.down = new Downsample(down);
    this.up = new Upsample(up);
  }
}

const blockConfig = z.object({
  res: z.tuple([z.number(), z.number()]),
  attn: z.number(),
  down: z.number(),
  up: z.number(),
});

/** The four blocks alone, with gradients: mean(res·w) + mean(attn·v) + mean(down²) + mean(up³). */
export const autoencoderBlocks: OfficialFamily = {
  fits: ({ official }) => official.classes[0] === "ResnetBlock",
  build(official) {
    const blocks = new Blocks(blockConfig.parse(official.config));
    const { states, parameter } = loadedNetwork(blocks, official.weights(), checkpointLayouts["autoencoder-kl"]);
    const { feeds, leaf } = leaves(official, ["in/a", "in/b", "in/w", "in/v"]);
    const [res, attn] = [blocks.res.forward(leaf("in/a")), blocks.attn.forward(leaf("in/b"))];
    const [down, up] = [blocks.down.forward(leaf("in/b")), blocks.up.forward(leaf("in/b"))];
    const loss = res
      .mul(leaf("in/w"))
      .mean()
      .add(attn.mul(leaf("in/v")).mean())
      .add(down.mul(down).mean())
      .add(up.mul(up).mul(up).mean());
    const outputs = { "out/res": res, "out/attn": attn, "out/down": down, "out/up": up, "out/loss": loss };
    const wanted = (name: string): Tensor | undefined => (name.startsWith("in/") ? leaf(name) : parameter(name));
    return { runs: [{ outputs, states, feeds, gradients: [{ prefix: "grad/", of: loss, parameter: wanted }] }] };
  },
};

/** The stored inputs, and a graph input for each. */
function leaves(official: OfficialCase, names: readonly string[]) {
  const feeds = Object.fromEntries(names.map((name) => [name, official.io(name)]));
  const inputs = new Map(names.map((name) => [name, input(name, feeds[name].shape)]));
  return { feeds, leaf: (name: string): Tensor => inputs.get(name) as Tensor }; // named by the caller
}
