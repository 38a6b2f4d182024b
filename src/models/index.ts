export { Vit, vitLayerOf, type VitOptions } from "./vit.ts";
export { vitSizes, vitSize, vitNames, type VitSize, type VitName } from "./vit-sizes.ts";
export { sincosPositions } from "./sincos-positions.ts";
export { Beit, BeitClassifier, type BeitOptions } from "./beit.ts";
export { BiasedAttention, RelativePositionBias, relativePositionBias } from "./relative-position-bias.ts";
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
