import { autoencoderBlocks, autoencoderKl } from "./families/autoencoder-kl.ts";
import { condensing } from "./families/condenser.ts";
import { convolutionalNetworks } from "./families/convolutional-networks.ts";
import { deepIncubation } from "./families/deep-incubation.ts";
import { distillationEpoch } from "./families/distillation-epoch.ts";
import { distillerLosses } from "./families/distillers.ts";
import { evaClip, openAiClip } from "./families/eva-clip.ts";
import { evaClassifier, evaMae, evaMim } from "./families/eva-vit.ts";
import { featureDistillation } from "./families/feature-distillation.ts";
import { painter } from "./families/painter.ts";
import { simMimVit } from "./families/simmim-vit.ts";
import { simMimSwin } from "./families/simmim-swin.ts";
import { swinLoads } from "./families/swin-loads.ts";
import { swin } from "./families/swin.ts";
import { vitLoads } from "./families/vit-loads.ts";
import { uVitSamplers } from "./families/u-vit-samplers.ts";
import { uVitSchedules } from "./families/u-vit-schedules.ts";
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
  distillerLosses,
  condensing,
  distillationEpoch,
  evaMim,
  evaClassifier,
  evaMae,
  evaClip,
  openAiClip,
  deepIncubation,
  vitLoads,
  uVit,
  uVitSamplers,
  uVitSchedules,
  autoencoderKl,
  autoencoderBlocks,
  painter,
];
