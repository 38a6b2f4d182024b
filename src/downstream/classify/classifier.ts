import { BeitClassifier } from "../../models/beit.ts";
import { checkpointLayouts } from "../../models/checkpoint-layouts/layouts.ts";
import { convolutionalNetwork } from "../../models/convolutional/convolutional-sizes.ts";
import type { PretrainedWeights } from "../../models/load-pretrained.ts";
import { MlpClassifier } from "../../models/mlp-classifier.ts";
import { swinLayerOf } from "../../models/swin/swin-layers.ts";
import { Swin } from "../../models/swin/swin.ts";
import { vitSize } from "../../models/vit-sizes.ts";
import { vitLayerOf } from "../../models/vit.ts";
import { isVectorOrBias, type GroupOptions, type LayerDecay } from "../../optim/parameter-groups.ts";
import { initialWeights } from "../../train/initial-weights.ts";
import { backboneOf } from "../backbone-recipe.ts";
import { beitOptions } from "../vit-recipe.ts";
import { type ClassifierRecipe, isConvolutional, isTransformer, transformerOf } from "./classifier-recipe.ts";
import type { Classifier } from "./evaluate.ts";

/** A classifier and what fine-tuning does with its parameters. */
export interface TrainedClassifier {
  readonly network: Classifier;
  /** Numbers of layers for rates by layer. */
  readonly layers: Omit<LayerDecay, "rate">;
  /** Parameters that weight decay spares. */
  readonly exempt: NonNullable<GroupOptions["exempt"]>;
  /**
   * Weights for the prepared network from a run or file: of a pre-training the encoder, while the head (of a ViT its last
   * norm too) is new; of another classifier everything but what stands behind the blocks where its shape differs. Strict
   * for the rest. Source: data-scaling sections 3.7 and 4.3.
   *
   * @throws FoveaError that lists what is missing or misshapen
   */
  weightsFrom(from: string): PretrainedWeights;
}

/** The classifier that a recipe names, for images of `imageSize` pixels and K classes. */
export function trainedClassifier(model: ClassifierRecipe, imageSize: number, classes: number): TrainedClassifier {
  if (!isTransformer(model)) return plainClassifier(plainNetwork(model, imageSize, classes));
  const backbone = backboneOf(transformerOf(model), imageSize);
  if (backbone.family === "swin")
    return swinClassifier(new Swin({ ...backbone.options, classes }), backbone.options.depths);
  const network = new BeitClassifier(beitOptions(backbone.model, imageSize), classes);
  const { depth } = vitSize(backbone.model.backbone);
  return {
    network,
    layers: { layerOf: (name) => vitLayerOf(name, depth), lastLayer: depth + 1 },
    exempt: (name, { rank }) => rank <= 1 || name === "cls_token", // tables of relative biases are decayed: section 3.7
    weightsFrom: (from) =>
      initialWeights(network, from, checkpointLayouts["vit-simmim"], {
        isNew: (name) => /^(fc_norm|head)\./.test(name),
      }),
  };
}

/** In fine-tuning the keywords that pre-training misses do spare bias MLPs, tables and temperatures: section 4.3. */
function swinClassifier(network: Swin, depths: readonly number[]): TrainedClassifier {
  const blocks = depths.reduce((sum, depth) => sum + depth, 0);
  const spared = /(^|\.)(absolute_pos_embed|cpb_mlp|logit_scale|relative_position_bias_table)(\.|$)/;
  return {
    network,
    layers: { layerOf: (name) => swinLayerOf(name, depths), lastLayer: blocks + 1 },
    exempt: (name, parameter) => isVectorOrBias(name, parameter) || spared.test(name),
    weightsFrom: (from) =>
      initialWeights(network, from, checkpointLayouts["swin-simmim"], { isNew: (name) => name.startsWith("head.") }),
  };
}

function plainNetwork({ backbone, hidden }: ClassifierRecipe, imageSize: number, classes: number): Classifier {
  if (isConvolutional(backbone)) return convolutionalNetwork(backbone, { classes });
  return new MlpClassifier({ inputs: 3 * imageSize ** 2, hidden, classes });
}

/** All layers learn at one rate; a new head is the last linear layer, whatever its name. */
function plainClassifier(network: Classifier): TrainedClassifier {
  return {
    network,
    layers: { layerOf: () => 0, lastLayer: 0 },
    exempt: isVectorOrBias,
    weightsFrom: (from) =>
      initialWeights(network, from, checkpointLayouts["knowledge-condensation"], {
        isNew: (name) => /^(fc|linear|classifier)\./.test(name),
      }),
  };
}
