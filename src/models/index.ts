export { Vit, vitLayerOf } from "./vit.ts";
export { VitEncoder, type EncodeOptions } from "./vit-encoder.ts";
export type { RelativePositions, VitEncoderOptions, VitOptions } from "./vit-options.ts";
export { cutStart, deitStart, fineTuningStart, maeStart, simMimStart, type VitStart } from "./vit-start.ts";
export { vitSizes, vitSize, vitNames, type VitSize, type VitName } from "./vit-sizes.ts";
export { sincosPositions } from "./sincos-positions.ts";
export { BeitClassifier, beitAsVit, type BeitOptions } from "./beit.ts";
export { BiasedAttention, RelativePositionBias, relativePositionBias } from "./relative-position-bias.ts";
export { DecoupledPositionBias } from "./decoupled-position-bias.ts";
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
