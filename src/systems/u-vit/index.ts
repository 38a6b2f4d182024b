export { uVit } from "./method.ts";
export { uVitSchema, type UVitRecipe } from "./schema.ts";
export { uVitAutoencoder } from "./autoencoder/method.ts";
export { autoencoderSchema, type AutoencoderRecipe } from "./autoencoder/schema.ts";
export { autoencoderLoss } from "./autoencoder/loss.ts";
export { uVitText } from "./text/method.ts";
export { textEncoderSchema, type TextEncoderRecipe } from "./text/schema.ts";
export { tokenIds, worldWords } from "./text/words.ts";
export { extractMoments, type ExtractOptions } from "./latents/extract.ts";
export type { MomentsManifest } from "./latents/moments.ts";
export {
  tiny,
  tinyCond,
  tinyAutoencoder,
  tinyLatent,
  tinyTextEncoder,
  tinyText,
  paperCifar10,
  paperCeleba64,
  paperImagenet64,
  paperImagenet256,
} from "./recipes.ts";
export { RunSampler, samplePixels, type SampleRequest, type SampleProgress, type Samples } from "./sampling.ts";
export type { Wanted } from "./conditions.ts";
