import { AutoencoderKl } from "../../../models/autoencoder-kl/autoencoder-kl.ts";
import type { AutoencoderRecipe } from "./schema.ts";

/** The recipe's autoencoder; `scale` is k of its latents, 1 while it is trained. */
export const autoencoderOf = ({ model }: Pick<AutoencoderRecipe, "model">, scale = 1): AutoencoderKl =>
  new AutoencoderKl({ ...model, scale });

/** Pixels of the image for one of the latent. */
export const reduction = ({ model }: Pick<AutoencoderRecipe, "model">): number => 2 ** (model.widthFactors.length - 1);
