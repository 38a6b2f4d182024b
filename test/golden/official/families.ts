import { autoencoderBlocks, autoencoderKl } from "./families/autoencoder-kl.ts";
import { convolutionalNetworks } from "./families/convolutional-networks.ts";
import { deepIncubation } from "./families/deep-incubation.ts";
import { evaClip, openAiClip } from "./families/eva-clip.ts";
import { evaClassifier, evaMae, evaMim } from "./families/eva-vit.ts";
import { featureDistillation } from "./families/feature-distillation.ts";
import { painter } from "./families/painter.ts";
import { simMimVit } from "./families/simmim-vit.ts";
import { simMimSwin } from "./families/simmim-swin.ts";
import { swinLoads } from "./families/swin-loads.ts";
import { swin } from "./families/swin.ts";
import { vitLoads } from "./families/vit-loads.ts";
import { uVit } from "./families/u-vit.ts";
import type { OfficialFamily } from "./official-family.ts";

/** Official models that we have. A case is run by the first that fits. */
export const officialFamilies: readonly OfficialFamily[] = [
  swin,
  simMimSwin,
  swinLoads,
  featureDistillation,
  simMimVit,
  convolutionalNetworks,
  evaMim,
  evaClassifier,
  evaMae,
  evaClip,
  openAiClip,
  deepIncubation,
  vitLoads,
  uVit,
  autoencoderKl,
  autoencoderBlocks,
  painter,
];
