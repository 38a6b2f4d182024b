import { denormalise, imagenetNormalisation } from "../../data/transforms/normalise.ts";
import type { Pixels } from "../../formats/png.ts";
import { imageGrid } from "../../report/image-grid.ts";
import type { Evaluation, Feeds } from "../../train/task.ts";
import { maskedBatches, maskedFeeds, maskedInputs, type EvaluationParts, type MaskedImages } from "./evaluate.ts";
import type { DataScalingRecipe } from "./schema.ts";
import { localStatistics } from "./target-normalisation.ts";

/** Image, masked image, and the image with its masked part filled in by the network, all [S, S, 3]. */
export interface Reconstruction {
  readonly image: Pixels;
  readonly masked: Pixels;
  readonly reconstructed: Pixels;
}

/** What stands where a pixel is masked: a grey that no image is likely to be made of. */
const maskGrey = 0x80;

/** Triples of image, masked and reconstructed, of the first held-out images and always the same masks. */
export function reconstructionPictures({ network, recipe, every }: EvaluationParts, images: MaskedImages): Evaluation {
  return {
    name: "reconstructions",
    every,
    async run(weights) {
      const size = recipe.validation.pictures;
      const program = await weights.program("reconstruct", maskedInputs(recipe, size), ({ images, masks }) => ({
        predicted: network.forward(images, masks),
      }));
      const { maskSeed } = recipe.validation;
      const triples: Reconstruction[] = [];
      for await (const batch of await maskedBatches(recipe, { ...images, maskSeed }, size)) {
        const { images, masks } = maskedFeeds(batch, recipe);
        const predicted = (await program.run({ images, masks })).get("predicted")?.data as Float32Array; // declared above
        const values = { images: batch.images, masks: masks.data as Float32Array, predicted, recipe };
        for (let row = 0; row < batch.valid; row++) triples.push(reconstruction(row, values));
      }
      return { metrics: {}, images: { reconstructions: drawTriples(triples, weights.step) } };
    },
  };
}

interface ReconstructionInputs {
  /** [B, 3, S, S], as the network sees them. */
  readonly images: Float32Array;
  /** [B, P, P] */
  readonly masks: Float32Array;
  /** [B, 3, S, S], in the target's scale. */
  readonly predicted: Float32Array;
  readonly recipe: Pick<DataScalingRecipe, "data" | "model" | "target">;
}

/**
 * One triple. A normalised target says nothing about a window's own mean and contrast, so the prediction is put back
 * with the true image's: x̂·deviation + mean. Only masked pixels are replaced.
 */
export function reconstruction(
  row: number,
  { images, masks, predicted, recipe }: ReconstructionInputs,
): Reconstruction {
  const size = recipe.data.imageSize;
  const area = size * size;
  const grid = size / recipe.model.patchSize;
  const filled = images.slice(row * 3 * area, (row + 1) * 3 * area);
  const isMasked = (pixel: number): boolean => {
    const [y, x] = [Math.floor(pixel / size), pixel % size];
    const token = Math.floor(y / recipe.model.patchSize) * grid + Math.floor(x / recipe.model.patchSize);
    return masks[row * grid * grid + token] === 1;
  };
  for (let c = 0; c < 3; c++) {
    const plane = images.subarray((row * 3 + c) * area, (row * 3 + c + 1) * area);
    const { mean, deviation } = localStatistics(plane, { height: size, width: size, window: recipe.target.window });
    for (let p = 0; p < area; p++) {
      if (!isMasked(p)) continue;
      const value = predicted[(row * 3 + c) * area + p];
      filled[c * area + p] = recipe.target.normalise ? value * deviation[p] + mean[p] : value;
    }
  }
  const pixels = (data: Uint8Array): Pixels => ({ width: size, height: size, channels: 3, data });
  const image = denormalise(images, row * 3 * area, size, size, imagenetNormalisation);
  const masked = image.map((value, at) => (isMasked(Math.floor(at / 3)) ? maskGrey : value));
  return {
    image: pixels(image),
    masked: pixels(masked),
    reconstructed: pixels(denormalise(filled, 0, size, size, imagenetNormalisation)),
  };
}

/** Two triples side by side where there are more than three, so that the picture is not a tower. */
export function drawTriples(triples: readonly Reconstruction[], step: number): Uint8Array {
  const perRow = triples.length > 3 ? 2 : 1;
  const names = ["image", "masked", "reconstructed"];
  const rows = Array.from({ length: Math.ceil(triples.length / perRow) }, (_, row) => ({
    images: triples
      .slice(row * perRow, (row + 1) * perRow)
      .flatMap(({ image, masked, reconstructed }) => [image, masked, reconstructed]),
  }));
  const columns = Array.from({ length: perRow }, () => names).flat();
  return imageGrid({ rows, columns, group: 3, text: { step: String(step) } });
}

/** Up to sixteen images of a training batch beside what the network sees of them, PNG. */
export function drawFirstBatch(feeds: Feeds, recipe: Pick<DataScalingRecipe, "data" | "model" | "target">): Uint8Array {
  const [images, masks] = [feeds["images"]?.data, feeds["masks"]?.data] as Float32Array[]; // the source's own feeds
  const count = Math.min(16, images.length / (3 * recipe.data.imageSize ** 2));
  const pairs = Array.from({ length: count }, (_, row) =>
    reconstruction(row, { images, masks, predicted: images, recipe }),
  );
  const perRow = Math.min(4, count);
  const rows = Array.from({ length: Math.ceil(count / perRow) }, (_, row) => ({
    images: pairs.slice(row * perRow, (row + 1) * perRow).flatMap(({ image, masked }) => [image, masked]),
  }));
  const columns = Array.from({ length: perRow }, () => ["image", "masked"]).flat();
  return imageGrid({ rows, columns, group: 2, text: { step: "0" } });
}
