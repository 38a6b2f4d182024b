export { Vit, vitLayerOf, type VitOptions } from "./vit.ts";
export { vitSizes, vitSize, vitNames, type VitSize, type VitName } from "./vit-sizes.ts";
export { sincosPositions } from "./sincos-positions.ts";
export { Beit, BeitClassifier, type BeitOptions } from "./beit.ts";
export { BiasedAttention, RelativePositionBias, relativePositionBias } from "./relative-position-bias.ts";
