import { openDataset } from "../../data/open-dataset.ts";
import { evaluationBatches } from "../../data/evaluation-batches.ts";
import type { Normalisation } from "../../data/transforms/normalise.ts";
import type { TransformSpec } from "../../data/transforms/transform.ts";
import { datasetSpec } from "../../downstream/data-recipe.ts";
import { LoaderSource } from "../../downstream/loader-source.ts";
import { firstIndices, trainingIndices } from "../../downstream/subset.ts";
import type { Content, Generated } from "./content.ts";
import type { UVitRecipe } from "./schema.ts";
import { squareTransforms } from "./square-transforms.ts";

/** Bytes to [−1, 1]: (x/255 − 0.5)/0.5. */
export const signedPixels: Normalisation = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

/** The images of `recipe.data` as pixels in [−1, 1], mirrored at random for training. Source: u-vit section 4.5. */
export async function pixelContent(
  recipe: Pick<UVitRecipe, "data" | "crop" | "flip" | "batchSize" | "seed">,
): Promise<Content> {
  const { data, crop, flip, batchSize, seed } = recipe;
  const train = await openDataset(datasetSpec(data), "train");
  const heldOut = await openDataset(datasetSpec(data), "val");
  const indices = trainingIndices(train, data);
  const square = squareTransforms(crop, data.imageSize);
  const mirrored: TransformSpec[] = flip > 0 ? [{ name: "horizontalFlip", probability: flip }] : [];
  const common = { normalise: signedPixels, imageSize: data.imageSize };
  return {
    ...pixels(recipe, train.classNames),
    count: indices.length,
    source: (feedsOf) =>
      new LoaderSource(
        {
          ...common,
          dataset: train,
          subset: indices,
          transforms: [...square, ...mirrored],
          batchSize,
          seed,
          workers: data.workers,
        },
        feedsOf,
      ),
    heldOut: (count, size) =>
      evaluationBatches({
        ...common,
        dataset: heldOut,
        subset: firstIndices(heldOut, count),
        transforms: square,
        batchSize: size,
        seed,
      }),
  };
}

/** Pixels as what a model gives: nothing is decoded. */
export const pixels = ({ data }: Pick<UVitRecipe, "data">, classNames: readonly string[]): Generated => ({
  channels: 3,
  size: data.imageSize,
  classNames,
  decode: (values) => Promise.resolve(values),
  close: () => Promise.resolve(),
});
