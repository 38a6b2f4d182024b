import type { RawImage } from "../../data/image.ts";
import { applyTransforms } from "../../data/transforms/transform.ts";
import type { Pixels } from "../../formats/png.ts";
import { predictedClasses } from "../../metrics/accuracy.ts";
import { imageGrid, type GridRow } from "../../report/image-grid.ts";
import { generator } from "../../random/generator.ts";
import type { Evaluation } from "../../train/task.ts";
import { evaluationTransforms } from "../evaluation-transforms.ts";
import { heldOutLogits, type ClassifyEvaluationParts } from "./evaluate.ts";

/** Rows of the grid, and images in each. */
const mostRows = 12;
const mostColumns = 8;

const right = [0x3c, 0xa9, 0x51] as const;
const wrong = [0xd6, 0x27, 0x28] as const;

/**
 * At the end of a run: a row for each predicted class with the first held-out images that the network calls so; those
 * that are something else have a red frame, the others a green one.
 */
export function samplePredictions(parts: ClassifyEvaluationParts): Evaluation {
  return {
    name: "sample-predictions",
    every: undefined,
    async run(weights) {
      const { logits, labels, indices, classes } = await heldOutLogits(parts, weights);
      const { classNames } = parts.dataset;
      const predicted = predictedClasses(logits, classes);
      const rows: GridRow[] = [];
      for (let k = 0; k < classes && rows.length < mostRows; k++) {
        const places = [...predicted.keys()].filter((i) => predicted[i] === k).slice(0, mostColumns);
        const images: Pixels[] = [];
        for (const i of places) images.push(framed(await shown(parts, indices[i]), labels[i] === k ? right : wrong));
        if (images.length > 0) rows.push({ caption: classNames[k], images });
      }
      if (rows.length === 0) return { metrics: {} };
      return { metrics: {}, images: { predictions: imageGrid({ rows, text: { step: String(weights.step) } }) } };
    },
  };
}

/** A held-out image as the network sees it. */
async function shown({ dataset, imageSize }: ClassifyEvaluationParts, index: number): Promise<RawImage> {
  const { image } = await dataset.read(index);
  return applyTransforms(image, evaluationTransforms(imageSize), generator(0, "shown"));
}

/** The image inside a frame of a sixteenth of its side. */
function framed({ width, height, data }: RawImage, colour: readonly [number, number, number]): Pixels {
  const margin = Math.max(1, Math.round(width / 16));
  const [outerWidth, outerHeight] = [width + 2 * margin, height + 2 * margin];
  const pixels = new Uint8Array(3 * outerWidth * outerHeight);
  for (let p = 0; p < outerWidth * outerHeight; p++) pixels.set(colour, 3 * p);
  for (let y = 0; y < height; y++)
    pixels.set(data.subarray(3 * y * width, 3 * (y + 1) * width), 3 * ((y + margin) * outerWidth + margin));
  return { width: outerWidth, height: outerHeight, channels: 3, data: pixels };
}
