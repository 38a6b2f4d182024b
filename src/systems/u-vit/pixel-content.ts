import { openDataset } from "../../data/open-dataset.ts";
import { evaluationBatches, type EvaluationBatch } from "../../data/evaluation-batches.ts";
import type { Targets } from "../../data/targets.ts";
import type { Normalisation } from "../../data/transforms/normalise.ts";
import type { TransformSpec } from "../../data/transforms/transform.ts";
import { datasetSpec } from "../../downstream/data-recipe.ts";
import { LoaderSource } from "../../downstream/loader-source.ts";
import { firstIndices, trainingIndices } from "../../downstream/subset.ts";
import type { Content, Generated, HeldOutBatch } from "./content.ts";
import type { UVitRecipe } from "./schema.ts";
import { squareTransforms } from "./square-transforms.ts";

/** Bytes to [−1, 1]: (x/255 − 0.5)/0.5. */
export const signedPixels: Normalisation = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

/** The images of `recipe.data` as pixels in [−1, 1], mirrored at random for training. Source: u-vit section 4.5. */
export async function pixelContent(
  recipe: Pick<UVitRecipe, "data" | "crop" | "flip" | "batchSize" | "seed">,
  { captions = false }: { readonly captions?: boolean } = {},
): Promise<Content> {
  const { data, crop, flip, batchSize, seed } = recipe;
  const train = await openDataset(datasetSpec(data), "train");
  const heldOut = await openDataset(datasetSpec(data), "val");
  const indices = trainingIndices(train, data);
  const square = squareTransforms(crop, data.imageSize);
  const mirrored: TransformSpec[] = flip > 0 ? [{ name: "horizontalFlip", probability: flip }] : [];
  const common = { normalise: signedPixels, imageSize: data.imageSize, targets: captions };
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
        (batch) => feedsOf({ ...batch, ...(captions && { captions: captionsOf(batch.targets) }) }),
      ),
    async heldOut(count, size) {
      const batches = await evaluationBatches({
        ...common,
        dataset: heldOut,
        subset: firstIndices(heldOut, count),
        transforms: square,
        batchSize: size,
        seed,
      });
      return captions ? captioned(batches) : batches;
    },
  };
}

const captionsOf = (targets: readonly (Targets | undefined)[] | undefined): string[][] =>
  (targets ?? []).map((own) => [...(own?.captions?.texts ?? [])]);

async function* captioned(batches: AsyncIterable<EvaluationBatch>): AsyncIterable<HeldOutBatch> {
  for await (const { targets, ...batch } of batches) yield { ...batch, captions: captionsOf(targets) };
}

/** Pixels as what a model gives: nothing is decoded. */
export const pixels = ({ data }: Pick<UVitRecipe, "data">, classNames: readonly string[]): Generated => ({
  channels: 3,
  size: data.imageSize,
  classNames,
  decode: (values) => Promise.resolve(values),
  close: () => Promise.resolve(),
});
