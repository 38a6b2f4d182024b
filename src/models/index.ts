export { Vit, vitLayerOf } from "./vit.ts";
export { VitEncoder, type EncodeOptions } from "./vit-encoder.ts";
export type { RelativePositions, VitEncoderOptions, VitOptions } from "./vit-options.ts";
export { cutStart, deitStart, fineTuningStart, maeStart, simMimStart, type VitStart } from "./vit-start.ts";
export { vitSizes, vitSize, vitNames, type VitSize, type VitName } from "./vit-sizes.ts";
export { sincosPositions } from "./sincos-positions.ts";
export { BeitClassifier, beitAsVit, type BeitOptions } from "./beit.ts";
export { BiasedAttention, RelativePositionBias, relativePositionBias } from "./relative-position-bias.ts";
export { DecoupledPositionBias } from "./decoupled-position-bias.ts";
export {
  DecomposedAttention,
  type DecomposedAttentionOptions,
  type DecomposedContext,
} from "./decomposed-attention.ts";
export { cutPadded, joinPadded } from "./padded-windows.ts";
export { RotaryPositions } from "./rotary-positions.ts";
export {
  type CheckpointLayout,
  mapNames,
  type MappedNames,
  type Rename,
  wrapperOf,
} from "./checkpoint-layouts/checkpoint-layout.ts";
export {
  describePretrained,
  type LoadableWeights,
  loadPretrained,
  type PretrainedOptions,
  type PretrainedWeights,
} from "./load-pretrained.ts";
export type { PositionGrid, ResizeRule } from "./checkpoint-layouts/resize-rule.ts";
export { checkpointLayouts } from "./checkpoint-layouts/layouts.ts";
export { resizePositions } from "./checkpoint-layouts/resize-positions.ts";
export {
  bicubicRelativeTable,
  decoupledRelativeTable,
  geometricRelativeTable,
} from "./checkpoint-layouts/resize-relative-table.ts";
export { ConvolutionalClassifier, type FeatureList, type FeatureOptions } from "./convolutional/classifier.ts";
export {
  convolutionalNames,
  convolutionalNetwork,
  type ConvolutionalName,
} from "./convolutional/convolutional-sizes.ts";
export { Resnet, type ResnetOptions } from "./convolutional/resnet.ts";
export type { Shortcut } from "./convolutional/resnet-blocks.ts";
export { WideResnet, type WideResnetOptions } from "./convolutional/wide-resnet.ts";
export { Vgg, type VggOptions } from "./convolutional/vgg.ts";
export { MobileNetV2, type MobileNetV2Options } from "./convolutional/mobilenet-v2.ts";
export { ShuffleNetV1, type ShuffleNetV1Options } from "./convolutional/shufflenet-v1.ts";
export { ShuffleNetV2, type ShuffleNetV2Options } from "./convolutional/shufflenet-v2.ts";
export { keepPatches, type KeptPatches } from "./kept-patches.ts";
export { Clip, type ClipFeatures, type ImageTower } from "./clip/clip.ts";
export { ClipText, type ClipTextOptions } from "./clip/clip-text.ts";
export { ClipVision, type ClipVisionOptions } from "./clip/clip-vision.ts";
export { ClipTransformer, type ClipTransformerOptions } from "./clip/clip-transformer.ts";
export { importOnnx, ImportedModel, type ImportOptions } from "./imported-model.ts";
export { importOnnxFile } from "./import-onnx.node.ts";
export { MlpClassifier, type MlpClassifierOptions } from "./mlp-classifier.ts";
export { Swin } from "./swin/swin.ts";
export { SwinEncoder } from "./swin/swin-encoder.ts";
export { SwinPyramid, type SwinPyramidOptions } from "./swin/swin-pyramid.ts";
export { swinOptionsOf, type ShapesByName } from "./swin/swin-of-weights.ts";
export { swinLayerOf } from "./swin/swin-layers.ts";
export { swinMultiplyAdds } from "./swin/swin-cost.ts";
export type { SwinBodyOptions, SwinEncoderOptions, SwinOptions } from "./swin/swin-options.ts";
export { type SwinName, swinNames, swinSize, type SwinSize, swinSizes } from "./swin/swin-sizes.ts";
export { ClipTokenizer, type Merge } from "./clip/tokenizer.ts";
export { readClipTokenizer } from "./clip/tokenizer-files.ts";
export { clipSizes, openAiClip, type ClipName } from "./clip/clip-sizes.ts";
