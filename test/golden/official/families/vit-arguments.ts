import { z } from "zod";
import type { RelativePositions, VitEncoderOptions, VitOptions } from "../../../../src/models/vit-options.ts";

/** Constructor arguments of the official ViTs: BEiT's and their descendants. */
const vitArguments = z
  .object({
    img_size: z.number().default(224),
    patch_size: z.number().default(16),
    in_chans: z.number().default(3),
    num_classes: z.number().default(1000),
    embed_dim: z.number().default(768),
    depth: z.number().default(12),
    num_heads: z.number().default(12),
    mlp_ratio: z.number().default(4),
    norm_eps: z.number().default(1e-6),
    init_values: z.number().nullish(),
    attn_head_dim: z.number().nullish(),
    use_abs_pos_emb: z.boolean().default(true),
    use_rel_pos_bias: z.boolean().default(false),
    use_shared_rel_pos_bias: z.boolean().default(false),
    use_decoupled_rel_pos_bias: z.boolean().default(false),
    use_shared_decoupled_rel_pos_bias: z.boolean().default(false),
    postnorm: z.boolean().default(false),
    with_cls_token: z.boolean().default(true),
    use_mean_pooling: z.boolean().default(true),
  })
  .loose();

type VitArguments = z.infer<typeof vitArguments>;

/** Our options for them, but for the biases of q, k and v, which each code names in its own way. */
export function vitOptions(given: unknown): VitOptions {
  const parsed = vitArguments.parse(given);
  return {
    imageSize: parsed.img_size,
    patchSize: parsed.patch_size,
    channels: parsed.in_chans,
    classes: parsed.num_classes,
    width: parsed.embed_dim,
    depth: parsed.depth,
    heads: parsed.num_heads,
    headDim: parsed.attn_head_dim ?? undefined,
    mlpRatio: parsed.mlp_ratio,
    eps: parsed.norm_eps,
    layerScale: parsed.init_values ?? undefined,
    positions: parsed.use_abs_pos_emb ? "learned" : "none",
    relativePositions: relativePositions(parsed),
    normPlacement: parsed.postnorm ? "result" : "input",
    classToken: parsed.with_cls_token,
    pool: parsed.use_mean_pooling ? "mean" : "class",
  };
}

/** Feature Distillation's students: with `with_k_bias` the key has a bias too. */
export function distilledOptions(given: unknown): VitEncoderOptions & VitOptions {
  const { qkv_bias, with_k_bias } = z
    .object({ qkv_bias: z.boolean().default(false), with_k_bias: z.boolean().default(false) })
    .loose()
    .parse(given);
  const qkvBias = with_k_bias ? "apart" : "queryAndValue";
  const options = vitOptions(given);
  return { ...options, qkvBias: qkv_bias ? qkvBias : false, norm: options.pool === "class" };
}

function relativePositions(parsed: VitArguments): RelativePositions | undefined {
  if (parsed.use_shared_decoupled_rel_pos_bias) return { table: "decoupled", of: "model" };
  if (parsed.use_shared_rel_pos_bias) return { table: "full", of: "model" };
  if (parsed.use_decoupled_rel_pos_bias) return { table: "decoupled", of: "block" };
  return parsed.use_rel_pos_bias ? { table: "full", of: "block" } : undefined;
}
