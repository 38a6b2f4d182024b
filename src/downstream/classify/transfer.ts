import type { BeitClassifier } from "../../models/beit.ts";
import { checkpointLayouts } from "../../models/checkpoint-layouts/layouts.ts";
import type { PretrainedWeights } from "../../models/load-pretrained.ts";
import { initialWeights } from "../../train/initial-weights.ts";

/**
 * Weights for a classifier from a run or file: of a pre-training the encoder, its shared table of biases in every
 * block, while norm and head of the classifier are new; of another classifier everything is taken, but what stands
 * behind the blocks where its shape differs. Strict for the rest. Source: data-scaling sections 3.7 and 4.3.
 *
 * @throws FoveaError that lists what is missing or misshapen
 */
export const transferredWeights = (network: BeitClassifier, from: string): PretrainedWeights =>
  initialWeights(network, from, checkpointLayouts["vit-simmim"], { isNew: (name) => /^(fc_norm|head)\./.test(name) });
