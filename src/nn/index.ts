export { Module, prepare, parameters, buffers, initialise, parameterCount } from "./module.ts";
export { Parameter, Buffer, type ParameterOptions } from "./parameter.ts";
export { stateDict, loadStateDict, type StateDict, type LoadedState, type LoadOptions } from "./state-dict.ts";
export {
  trace,
  tapped,
  isTraining,
  withFrozenStatistics,
  measuresStatistics,
  recordUpdate,
  latest,
  bernoulliInput,
  type Trace,
  type TraceOptions,
} from "./trace.ts";
export { fillRandom, type RandomInput } from "./random-input.ts";
export {
  zeros,
  ones,
  constantValue,
  uniform,
  normal,
  truncatedNormal,
  xavierUniform,
  xavierNormal,
  kaimingUniform,
  kaimingNormal,
  biasUniform,
  scaled,
  type Initialiser,
} from "./initialisers.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { LayerNorm } from "./layer-norm.ts";
export { BatchNorm, type BatchNormOptions } from "./batch-norm.ts";
export { GroupNorm, type GroupNormOptions } from "./group-norm.ts";
export { Conv2d, ConvTranspose2d, type Conv2dOptions, type ConvTranspose2dOptions, type Pair } from "./conv.ts";
export { Sequential, relu, type Layer } from "./sequential.ts";
export { Embedding } from "./embedding.ts";
export { Mlp, type MlpOptions } from "./mlp.ts";
export { scaledGelu } from "./scaled-gelu.ts";
export {
  Attention,
  type AttentionContext,
  type AttentionOptions,
  type QkvBias,
  type SelfAttention,
} from "./attention.ts";
export { SubNormAttention, type SubNormAttentionOptions } from "./sub-norm-attention.ts";
export { SwiGlu, type SwiGluOptions } from "./swiglu.ts";
export { selectTokens } from "./select-tokens.ts";
export { DropPath, Dropout } from "./drop-path.ts";
export { PatchConv, PatchEmbed, PointwiseConv, patchify, unpatchify, type ConvOptions } from "./patches.ts";
export { Block, type BlockOptions, type FeedForward, type NormPlacement } from "./block.ts";
export { crossEntropy, softCrossEntropy } from "./losses/cross-entropy.ts";
export { binaryCrossEntropy } from "./losses/binary-cross-entropy.ts";
export { klDivergence } from "./losses/distillation.ts";
export { meanSquaredError, l1Loss, smoothL1Loss } from "./losses/regression.ts";
export { contrastiveLogits, contrastiveLoss } from "./losses/contrastive.ts";
export { maskedCosineLoss } from "./losses/masked-cosine.ts";
