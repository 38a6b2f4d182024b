import type { Pixels } from "../../formats/png.ts";
import type { PngText } from "../../formats/png-text.ts";
import { imageGrid } from "../../report/image-grid.ts";
import type { Evaluation } from "../../train/task.ts";
import { type DrawOptions, drawBatch, inTurn } from "./draw-samples.ts";
import type { EvaluationParts } from "./evaluate.ts";
import { networkNoise, stepInputs, stepOutputs } from "./noise-function.ts";

/** [C, S, S] in [−1, 1] → 8 bits: ⌊255 v + ½⌋, v = clamp(½(x + 1), 0, 1). Source: u-vit sections 2 and 5.7. */
export function toPixels(values: ArrayLike<number>, row: number, size: number): Pixels {
  const area = size * size;
  const data = new Uint8Array(3 * area);
  for (let c = 0; c < 3; c++)
    for (let p = 0; p < area; p++) {
      const value = 0.5 * (values[(row * 3 + c) * area + p] + 1);
      data[3 * p + c] = Math.floor(255 * Math.min(1, Math.max(0, value)) + 0.5);
    }
  return { width: size, height: size, channels: 3, data };
}

export interface SampleGridOptions {
  readonly images: readonly Pixels[];
  /** Columns, where there are conditions; else the grid is nearly square. */
  readonly columns?: readonly string[] | undefined;
  readonly text?: PngText;
}

/** Samples in a grid: under one caption for each condition, or nearly square. */
export function sampleGrid({ images, columns, text = {} }: SampleGridOptions): Uint8Array {
  const width = columns?.length ?? Math.ceil(Math.sqrt(images.length));
  const rows = Array.from({ length: Math.ceil(images.length / width) }, (_, row) => ({
    images: images.slice(row * width, (row + 1) * width),
  }));
  return imageGrid({ rows, ...(columns && { columns }), text });
}

/** Samples from the same noise at every visit, under the model's conditions in turn: `samples/STEP/samples.png`. */
export function sampleGrids({ network, recipe, content, conditions }: EvaluationParts, every: number): Evaluation {
  const { count, guidance, sampler, steps, clamp, seed } = recipe.samples;
  const draw: DrawOptions = { sampler, steps, clamp, seed };
  const shape = [count, content.channels, content.size, content.size] as const;
  return {
    name: "samples",
    every,
    async run(weights) {
      const program = await weights.program("step", stepInputs(shape, conditions), (inputs) =>
        stepOutputs(network, conditions, inputs),
      );
      const wanted = inTurn(conditions.shown, count);
      const scale = conditions.hasNull ? guidance : 0;
      const eps = networkNoise(program, recipe, { shape, conditions, wanted, guidance: scale });
      const places = wanted.map((_, i) => i);
      const drawn = await drawBatch(eps, recipe, { ...draw, places, size: content.channels * content.size ** 2 });
      const values = await content.decode(drawn, count);
      const side = Math.round(Math.sqrt(values.length / (3 * count)));
      const images = places.map((row) => toPixels(values, row, side));
      const columns = conditions.shown.length === 0 ? undefined : conditions.shown.map(({ name }) => name);
      const text = { step: String(weights.step), sampler, evaluations: String(steps) };
      return { metrics: spread(values), images: { samples: sampleGrid({ images, columns, text }) } };
    },
  };
}

/** Mean and deviation of all samples' pixels: tiny models over-saturate (section 9.1). */
function spread(values: ArrayLike<number>): Record<string, number> {
  let [sum, squares] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    sum += values[i];
    squares += values[i] ** 2;
  }
  const mean = sum / values.length;
  return { "samples/mean": mean, "samples/deviation": Math.sqrt(Math.max(0, squares / values.length - mean ** 2)) };
}
