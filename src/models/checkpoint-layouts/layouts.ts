import type { CheckpointLayout, Rename } from "./checkpoint-layout.ts";
import type { ResizeRule } from "./resize-rule.ts";

/** Buffers that models rebuild. */
const rebuilt = [/(^|\.)relative_position_(high_|width_)?index$/, /(^|\.)relative_coords_table$/, /(^|\.)attn_mask$/];

const vitEncoderShared: readonly Rename[] = [
  [/^rel_pos_bias\.relative_position_bias_table$/, "blocks.{i}.attn.relative_position_bias_table"],
  [/^rel_pos_bias\.(relative_position_bias_for_(?:high|width))$/, "blocks.{i}.attn.rel_pos_bias.$1"],
];

/** Relative tables with a class token by SimMIM's and BEiT's rule, positions behind one token bicubically. */
const vitTables: readonly ResizeRule[] = [
  { pattern: /(^|\.)relative_position_bias_table$/, by: "geometric", extra: 3 },
  { pattern: /(^|\.)relative_position_bias_for_(high|width)$/, by: "decoupled", extra: 3 },
  { pattern: /(^|\.)pos_embed$/, by: "positions", extra: 1 },
];

/** Names as they are: a run of this package, or a state dict of official names without a wrapper. */
const plain: CheckpointLayout = { source: "ours", wrappers: [] };

/** A whole SimMIM pre-training, encoder and decoder, official or a run's. */
const simMim: CheckpointLayout = {
  source: "data-scaling section 8",
  wrappers: ["model"],
  strip: ["module."],
  rename: [[/^(.*\.)rpe_mlp\.(.*)$/, "$1cpb_mlp.$2"]],
  drop: rebuilt,
};

/** Swin V1 and V2: classifiers, detectors' backbones, MoBY's `encoder.`; bias tables resized as in plain fine-tuning. */
const swin: CheckpointLayout = {
  source: "swin-backbone section 8",
  wrappers: ["model", "state_dict", "module"],
  strip: ["module.", "backbone."],
  only: "encoder.",
  rename: [[/^(.*\.)rpe_mlp\.(.*)$/, "$1cpb_mlp.$2"]],
  drop: [...rebuilt, /^mask_token$/],
  resize: [
    { pattern: /relative_position_bias_table$/, by: "bicubic" },
    { pattern: /^absolute_pos_embed$/, by: "positions" },
  ],
  required: [/\.cpb_mlp\./, /\.logit_scale$/],
  zeroed: [/^head\./],
};

/** SimMIM's files, whose fine-tuning resizes bias tables by the geometric rule and absolute positions not at all. */
const swinSimMim: CheckpointLayout = {
  ...swin,
  resize: [{ pattern: /relative_position_bias_table$/, by: "geometric" }],
  zeroed: [],
};

/** Feature distillation's Swin V2, whose bias MLP may be shared in a stage. */
const distilledSwin: CheckpointLayout = {
  ...swin,
  source: "feature-distillation section 8",
  wrappers: ["model"],
  clone: [[/^layers\.(\d+)\.rel_pos_bias\.rpe_mlp\.(.+)$/, "layers.$1.blocks.{i}.attn.cpb_mlp.$2"]],
  zeroed: [],
};

/** A distilled student as a classifier: the shared table is copied to every block. */
const distilledVit: CheckpointLayout = {
  source: "feature-distillation section 8",
  wrappers: ["model"],
  strip: ["module."],
  only: "encoder.",
  clone: vitEncoderShared,
  drop: [...rebuilt, /^mask_token$/],
  resize: vitTables,
};

/** SimMIM's ViT as a classifier, the same way. */
const vitSimMim: CheckpointLayout = { ...distilledVit, source: "data-scaling section 8" };

/** A whole distillation: student, projector and teacher. */
const featureDistillation: CheckpointLayout = {
  source: "feature-distillation section 8",
  wrappers: ["model"],
  strip: ["module."],
  rename: [[/^(.*\.)rpe_mlp\.(.*)$/, "$1cpb_mlp.$2"]],
  drop: [
    ...rebuilt,
    /^feature_model\.(token_embedding|positional_embedding|transformer|ln_final|text_projection|logit_scale)(\.|$)/, // its text tower
    /^feature_model\.head\./,
  ],
};

/** EsViT's teacher files. */
const esvit: CheckpointLayout = { ...swin, source: "feature-distillation section 8", wrappers: ["student", "model"] };

/** A pre-training or fine-tuning file of EVA-01 as it is. */
const eva: CheckpointLayout = {
  source: "eva section 8",
  wrappers: ["model", "module"],
  strip: ["module."],
  drop: rebuilt,
  resize: vitTables,
};

/** EVA's pre-training file as a classifier. */
const evaClassifier: CheckpointLayout = {
  ...eva,
  clone: vitEncoderShared,
  drop: [...rebuilt, /^lm_head\./, /^mask_token$/],
};

/** EVA-CLIP: temperature and text tower under the names of the later code. */
const evaClip: CheckpointLayout = {
  source: "eva section 8",
  wrappers: ["model", "module", "state_dict"],
  strip: ["module."],
  rename: [
    [/^text\.logit_scale$/, "logit_scale"],
    [/^(token_embedding\..*|positional_embedding|transformer\..*|ln_final\..*|text_projection)$/, "text.$1"],
  ],
  drop: [...rebuilt, /\.attn\.rope\./], // the tower's tables a second time
  resize: [{ pattern: /^visual\.pos_embed$/, by: "positions", extra: 1 }],
};

/** OpenAI's CLIP, whose archive holds three settings as tensors. */
const openAiClip: CheckpointLayout = {
  ...evaClip,
  drop: [/^(input_resolution|context_length|vocab_size)$/],
  resize: [],
};

const deepIncubation: CheckpointLayout = {
  source: "deep-incubation section 8",
  wrappers: ["model"],
  drop: [/^stages\.\d+\./], // each tensor a second time
  resize: vitTables,
};

const painter: CheckpointLayout = { source: "painter section 8", wrappers: ["model"] };

/** MAE's pre-training file as Painter's start. */
const painterFromMae: CheckpointLayout = { ...painter, drop: [/^cls_token$/, /^decoder/, /^mask_token$/] };

/** SegGPT's port of Hugging Face, full model (`model.`) or encoder. */
const segGptPort: CheckpointLayout = {
  source: "painter section 8",
  wrappers: [],
  strip: ["model."],
  rename: [
    [/^embeddings\.patch_embeddings\.projection\.(.*)$/, "patch_embed.proj.$1"],
    [/^embeddings\.mask_token$/, "mask_token"],
    [/^embeddings\.segment_token_input$/, "segment_token_x"],
    [/^embeddings\.segment_token_prompt$/, "segment_token_y"],
    [/^embeddings\.type_token_semantic$/, "type_token_cls"],
    [/^embeddings\.type_token_instance$/, "type_token_ins"],
    [/^embeddings\.position_embeddings$/, "pos_embed"],
    [/^encoder\.layers\.(\d+)\.attention\.(.*)$/, "blocks.$1.attn.$2"],
    [/^encoder\.layers\.(\d+)\.layernorm_before\.(.*)$/, "blocks.$1.norm1.$2"],
    [/^encoder\.layers\.(\d+)\.layernorm_after\.(.*)$/, "blocks.$1.norm2.$2"],
    [/^encoder\.layers\.(\d+)\.mlp\.lin([12])\.(.*)$/, "blocks.$1.mlp.fc$2.$3"],
    [/^encoder\.layernorm\.(.*)$/, "norm.$1"],
    [/^decoder\.decoder_embed\.(.*)$/, "decoder_embed.$1"],
    [/^decoder\.decoder_pred\.conv\.(.*)$/, "decoder_pred.0.$1"],
    [/^decoder\.decoder_pred\.layernorm\.(.*)$/, "decoder_pred.1.$1"],
    [/^decoder\.decoder_pred\.head\.(.*)$/, "decoder_pred.3.$1"],
  ],
};

const uVit: CheckpointLayout = { source: "u-vit section 8", wrappers: [] };
const autoencoder: CheckpointLayout = { source: "u-vit section 8", wrappers: [] };

/** The autoencoder inside a Stable Diffusion checkpoint. */
const autoencoderOfStableDiffusion: CheckpointLayout = {
  source: "u-vit section 8",
  wrappers: ["state_dict"],
  only: "first_stage_model.",
  drop: [/^loss\./, /^model_ema\./],
};

/** The blocks of diffusers, for one of the two halves. Its up blocks count from the other end. */
const diffusersHalf = (half: "encoder" | "decoder"): Rename[] => [
  ...[0, 1].map((b): Rename => [
    new RegExp(`^${half}\\.mid_block\\.resnets\\.${b}\\.(.*)$`),
    `${half}.mid.block_${b + 1}.$1`,
  ]),
  [new RegExp(`^${half}\\.mid_block\\.attentions\\.0\\.group_norm\\.(.*)$`), `${half}.mid.attn_1.norm.$1`],
  ...(
    [
      ["(?:query|to_q)", "q"],
      ["(?:key|to_k)", "k"],
      ["(?:value|to_v)", "v"],
      ["(?:proj_attn|to_out\\.0)", "proj_out"],
    ] as const
  ).map(([theirs, ours]): Rename => [
    new RegExp(`^${half}\\.mid_block\\.attentions\\.0\\.${theirs}\\.(.*)$`),
    `${half}.mid.attn_1.${ours}.$1`,
  ]),
  [new RegExp(`^${half}\\.conv_norm_out\\.(.*)$`), `${half}.norm_out.$1`],
];

/** The autoencoder as diffusers writes it. Its attention weights have two axes; ours four, of the same numbers. */
const autoencoderOfDiffusers: CheckpointLayout = {
  source: "u-vit section 8",
  wrappers: [],
  rename: [
    [/^encoder\.down_blocks\.(\d)\.resnets\.(\d)\.conv_shortcut\.(.*)$/, "encoder.down.$1.block.$2.nin_shortcut.$3"],
    [/^encoder\.down_blocks\.(\d)\.resnets\.(\d)\.(.*)$/, "encoder.down.$1.block.$2.$3"],
    [/^encoder\.down_blocks\.(\d)\.downsamplers\.0\.(.*)$/, "encoder.down.$1.downsample.$2"],
    ...[0, 1, 2, 3].flatMap((i): Rename[] => [
      [
        new RegExp(`^decoder\\.up_blocks\\.${i}\\.resnets\\.(\\d)\\.conv_shortcut\\.(.*)$`),
        `decoder.up.${3 - i}.block.$1.nin_shortcut.$2`,
      ],
      [new RegExp(`^decoder\\.up_blocks\\.${i}\\.resnets\\.(\\d)\\.(.*)$`), `decoder.up.${3 - i}.block.$1.$2`],
      [new RegExp(`^decoder\\.up_blocks\\.${i}\\.upsamplers\\.0\\.(.*)$`), `decoder.up.${3 - i}.upsample.$1`],
    ]),
    ...diffusersHalf("encoder"),
    ...diffusersHalf("decoder"),
  ],
  reshape: [/\.attn_1\.(q|k|v|proj_out)\.weight$/],
};

/** Teachers and students of CRD's and KCD's code. */
const distillation: CheckpointLayout = { source: "knowledge-condensation section 8", wrappers: ["model"] };

/** SSKD's students; the teacher has no prefix. */
const sskd: CheckpointLayout = {
  source: "knowledge-condensation section 8",
  wrappers: ["state_dict"],
  only: "backbone.",
};

/** akamaster's CIFAR-10 ResNets, and whatever else was saved from a DataParallel. */
const cifarResnet: CheckpointLayout = {
  source: "knowledge-condensation section 9",
  wrappers: ["state_dict"],
  strip: ["module."],
};

const videoAnomaly: CheckpointLayout = {
  source: "video-anomaly section 8",
  wrappers: ["model"],
  strip: ["module."],
};

/** SlowFast's model zoo: Caffe2 names of I3D. */
const slowFastZoo: CheckpointLayout = {
  source: "video-anomaly section 8",
  wrappers: ["blobs"],
  rename: [
    [/^conv1_w$/, "s1.pathway0_stem.conv.weight"],
    ...caffe2Norm(/^res_conv1_bn/, "s1.pathway0_stem.bn"),
    [/^res(\d)_(\d+)_branch1_w$/, "s$1.pathway0_res$2.branch1.weight"],
    ...caffe2Norm(/^res(\d)_(\d+)_branch1_bn/, "s$1.pathway0_res$2.branch1_bn"),
    [/^res(\d)_(\d+)_branch2([abc])_w$/, "s$1.pathway0_res$2.branch2.$3.weight"],
    ...caffe2Norm(/^res(\d)_(\d+)_branch2([abc])_bn/, "s$1.pathway0_res$2.branch2.$3_bn"),
  ],
  drop: [/momentum/, /^lr$/, /^model_iter$/, /^pred_[wb]$/],
};

function caffe2Norm(pattern: RegExp, replacement: string): Rename[] {
  const suffixes = { s: "weight", b: "bias", rm: "running_mean", riv: "running_var" }; // riv is the variance itself
  return Object.entries(suffixes).map(([theirs, ours]) => [
    new RegExp(`${pattern.source}_${theirs}$`),
    `${replacement}.${ours}`,
  ]);
}

const spectra: CheckpointLayout = { source: "stellar-activity section 8", wrappers: [] };

/** By name. */
export const checkpointLayouts = {
  plain,
  simmim: simMim,
  swin,
  "swin-simmim": swinSimMim,
  "feature-distillation": featureDistillation,
  "swin-distilled": distilledSwin,
  esvit,
  "vit-distilled": distilledVit,
  "vit-simmim": vitSimMim,
  eva,
  "eva-classifier": evaClassifier,
  "eva-clip": evaClip,
  "openai-clip": openAiClip,
  "deep-incubation": deepIncubation,
  painter,
  "painter-from-mae": painterFromMae,
  "seggpt-hugging-face": segGptPort,
  "u-vit": uVit,
  "autoencoder-kl": autoencoder,
  "autoencoder-kl-stable-diffusion": autoencoderOfStableDiffusion,
  "autoencoder-kl-diffusers": autoencoderOfDiffusers,
  "knowledge-condensation": distillation,
  sskd,
  "cifar-resnet": cifarResnet,
  "video-anomaly": videoAnomaly,
  "slowfast-zoo": slowFastZoo,
  "spectra-vae": spectra,
} as const satisfies Record<string, CheckpointLayout>;
