import { FoveaError } from "../../errors/fovea-error.ts";
import type { Shape } from "../../graph/dtype.ts";
import type { SwinOptions } from "./swin-options.ts";

/** Shapes of a state dict by our names: a layout's `mapNames` gives them. */
export type ShapesByName = ReadonlyMap<string, { readonly shape: Shape }>;

/**
 * What Swin a state dict belongs to: version, sizes, heads (which files of the largest nets state nowhere else) and
 * optional parts, by which names are there and their shapes. A V2 file does not tell its window, and no file its image
 * size or `pretrainedWindows`: give those with the result. (swin-backbone sections 3.7, 4 and 8)
 *
 * @throws FoveaError when the names are not those of a Swin
 */
export function swinOptionsOf(tensors: ShapesByName): SwinOptions {
  const shapeOf = (name: string): Shape | undefined => tensors.get(name)?.shape;
  const patch = shapeOf("patch_embed.proj.weight");
  const depths = depthsOf(tensors);
  const first = "layers.0.blocks.0";
  const [scale, table] = [`${first}.attn.logit_scale`, `${first}.attn.relative_position_bias_table`].map(shapeOf);
  if (patch?.length !== 4 || depths.length === 0 || (scale === undefined && table === undefined)) {
    throw new FoveaError("checkpoint/swin", "the names are not those of a Swin's state dict", {
      hint: "they have patch_embed.proj.weight and layers.0.blocks.0.attn.…; name the layout of the file",
    });
  }
  const version = scale === undefined ? 1 : 2;
  const [width, channels, patchSize] = patch;
  const hidden = shapeOf(`${first}.mlp.fc1.weight`)?.[0] ?? 4 * width;
  const norms = [...tensors.keys()].filter((name) => /\.enorm\.weight$/.test(name));
  return {
    version,
    width,
    channels,
    patchSize,
    depths,
    heads: depths.map((_, stage) => headsOf(tensors, stage)),
    mlpRatio: hidden / width,
    qkvBias: tensors.has(`${first}.attn.${version === 1 ? "qkv.bias" : "q_bias"}`),
    patchNorm: tensors.has("patch_embed.norm.weight"),
    absolutePositions: tensors.has("absolute_pos_embed"),
    classes: shapeOf("head.weight")?.[0] ?? 0,
    window: table === undefined ? undefined : (Math.sqrt(table[0]) + 1) / 2,
    sharedBias: tensors.has("layers.0.rel_pos_bias.cpb_mlp.2.weight"),
    biasHidden: biasOf(tensors)?.[1],
    mlpNorm: tensors.has(`${first}.mlp.norm.weight`),
    extraNormEvery: norms.length === 0 ? undefined : Math.min(...norms.map(blockOf)) + 1,
  };
}

function depthsOf(tensors: ShapesByName): number[] {
  const depths: number[] = [];
  for (const name of tensors.keys()) {
    const match = /^layers\.(\d+)\.blocks\.(\d+)\./.exec(name);
    if (match === null) continue;
    const [stage, block] = [Number(match[1]), Number(match[2])];
    depths[stage] = Math.max(depths[stage] ?? 0, block + 1);
  }
  return depths;
}

function headsOf(tensors: ShapesByName, stage: number): number {
  const attention = `layers.${stage}.blocks.0.attn`;
  const scale = tensors.get(`${attention}.logit_scale`)?.shape[0];
  return scale ?? tensors.get(`${attention}.relative_position_bias_table`)?.shape[1] ?? 0;
}

const biasOf = (tensors: ShapesByName): Shape | undefined =>
  (tensors.get("layers.0.rel_pos_bias.cpb_mlp.2.weight") ?? tensors.get("layers.0.blocks.0.attn.cpb_mlp.2.weight"))
    ?.shape;

const blockOf = (name: string): number => Number(/\.blocks\.(\d+)\./.exec(name)?.[1]);
