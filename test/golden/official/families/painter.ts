import { z } from "zod";
import type { HostTensor } from "../../../../src/graph/dtype.ts";
import { input } from "../../../../src/graph/leaf.ts";
import type { Tensor } from "../../../../src/graph/tensor.ts";
import { checkpointLayouts } from "../../../../src/models/checkpoint-layouts/layouts.ts";
import { truncatedNormal, zeros } from "../../../../src/nn/initialisers.ts";
import { trace } from "../../../../src/nn/trace.ts";
import { Painter, type PainterInputs } from "../../../../src/systems/painter/model.ts";
import { paintingLoss, segGptLoss } from "../../../../src/systems/painter/painting-loss.ts";
import { toPatches } from "../../../../src/systems/painter/stitched-patches.ts";
import { loadedNetwork } from "../loaded-network.ts";
import { asFloat, type OfficialCase } from "../official-case.ts";
import type { OfficialFamily, OfficialRun } from "../official-family.ts";
import { tappedFeatures } from "../tapped-features.ts";

/** Defaults are those of the official classes. */
const config = z.object({
  img_size: z.tuple([z.number(), z.number()]),
  patch_size: z.number().default(16),
  embed_dim: z.number().default(1024),
  depth: z.number().default(24),
  num_heads: z.number().default(16),
  mlp_ratio: z.number().default(4),
  qkv_bias: z.boolean().default(true),
  drop_path_rate: z.number().default(0),
  use_abs_pos: z.boolean().default(true),
  use_rel_pos: z.boolean().default(false),
  rel_pos_zero_init: z.boolean().default(true),
  window_size: z.number().default(0),
  window_block_indexes: z.array(z.number()).default([]),
  residual_block_indexes: z.array(z.number()).default([]),
  pretrain_img_size: z.number().default(224),
  pretrain_use_cls_token: z.boolean().default(true),
  decoder_embed_dim: z.number().default(128),
  loss_func: z.enum(["smoothl1", "l1", "l2", "l1l2"]).default("smoothl1"),
  norm_eps: z.number().default(1e-5),
});

/** baaivision/Painter: forward passes, the loss with its gradients, and SegGPT's features shared by several prompts. */
export const painter: OfficialFamily = {
  fits: ({ official }) => ["Painter", "SegGPT"].includes(official.classes[0]),
  build(official) {
    const read = config.parse(official.config);
    const loaded = loadedNetwork(networkOf(official, read), official.weights(), checkpointLayouts.painter);
    const prefixes = official.names.flatMap((name) => /^(.*)in\/imgs$/.exec(name)?.[1] ?? []).filter(isRun);
    return { runs: prefixes.map((prefix) => runOf(official, read, loaded, prefix)) };
  },
};

type Config = z.infer<typeof config>;
type Loaded = ReturnType<typeof loadedNetwork<Painter>>;

/** `grad/in/imgs` is no run's input. */
const isRun = (prefix: string): boolean => !/(^|\/)grad\/$/.test(prefix);
const isSegGpt = ({ official }: OfficialCase): boolean => official.classes[0] === "SegGPT";

function networkOf(official: OfficialCase, read: Config): Painter {
  return new Painter({
    imageSize: read.img_size,
    patchSize: read.patch_size,
    width: read.embed_dim,
    depth: read.depth,
    heads: read.num_heads,
    mlpRatio: read.mlp_ratio,
    qkvBias: read.qkv_bias,
    dropPath: read.drop_path_rate,
    eps: read.norm_eps,
    positions: read.use_abs_pos
      ? { imageSize: read.pretrain_img_size, classToken: read.pretrain_use_cls_token }
      : "none",
    relativePositions: read.use_rel_pos && (read.rel_pos_zero_init ? zeros : truncatedNormal()),
    windows: { size: read.window_size, blocks: read.window_block_indexes },
    residualBlocks: read.residual_block_indexes,
    headChannels: read.decoder_embed_dim,
    segmentTypes: isSegGpt(official),
  });
}

function runOf(
  official: OfficialCase,
  read: Config,
  { network, states, parameter }: Loaded,
  prefix: string,
): OfficialRun {
  const feeds: Record<string, HostTensor> = {};
  const given = (name: string): Tensor | undefined => {
    if (!official.names.includes(`${prefix}in/${name}`)) return undefined;
    feeds[name] = asFloat(official.io(`${prefix}in/${name}`));
    return input(name, feeds[name].shape);
  };
  const needed = (name: string): Tensor => {
    const tensor = given(name);
    if (tensor === undefined) throw new Error(`${official.name}: there is no ${prefix}in/${name}`);
    return tensor;
  };
  const segmentTypes = given("seg_type");
  const inputs: PainterInputs = {
    images: needed("imgs"),
    targets: needed("tgts"),
    mask: needed("mask"),
    ...(segmentTypes === undefined ? {} : { segmentTypes }),
  };
  const shareQueryFrom = prefix.startsWith("prompts") ? 0 : undefined;
  const { result, features } = trace({}, () => network.forward(inputs, { shareQueryFrom }));
  const outputs: Record<string, Tensor> = {
    [`${prefix}out/patches`]: toPatches(result, read.patch_size),
    ...maps(official, prefix, features),
  };
  if (official.names.includes(`${prefix}out/query`))
    outputs[`${prefix}out/query`] = result.slice(2, result.shape[2] / 2);
  const valid = given("valid");
  if (valid === undefined) return { outputs, states, feeds };
  const loss = paintingLoss(result, { targets: inputs.targets, mask: inputs.mask, valid }, {
    patchSize: read.patch_size,
    error: read.loss_func === "smoothl1" ? "smoothL1" : read.loss_func,
    ...(isSegGpt(official) ? segGptLoss : {}),
  }); // prettier-ignore
  const inputsOf: Readonly<Record<string, Tensor>> = { "in/imgs": inputs.images, "in/tgts": inputs.targets };
  return {
    outputs: { ...outputs, [`${prefix}out/loss`]: loss },
    states,
    feeds,
    gradients: official.gradients
      .filter((gradient) => gradient.prefix === `${prefix}grad/`)
      .map((gradient) => ({
        prefix: gradient.prefix,
        of: loss,
        parameter: (name) => inputsOf[name] ?? parameter(name),
      })),
  };
}

/** Tapped tokens [B, h·w, D] as the official maps [B, h, w, D]. */
function maps(official: OfficialCase, prefix: string, features: ReadonlyMap<string, Tensor>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tappedFeatures(official, features, { prefix })).map(([name, tokens]) => {
      const { shape } = official.io(name);
      return [name, shape.length === 4 && tokens.rank === 3 ? tokens.reshape(shape) : tokens];
    }),
  );
}
