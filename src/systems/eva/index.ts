export { FeaturePredictor, type FeaturePredictorOptions } from "./model.ts";
export { MaskedAutoencoder, type MaskedAutoencoderOptions } from "./masked-autoencoder.ts";
export { evaNetwork, evaNetworks, type EvaName } from "./sizes.ts";
