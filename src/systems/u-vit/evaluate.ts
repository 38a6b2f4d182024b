import type { UVit } from "../../models/u-vit/u-vit.ts";
import { generator } from "../../random/generator.ts";
import type { Evaluation } from "../../train/task.ts";
import type { Conditions } from "./conditions.ts";
import type { Content } from "./content.ts";
import { diffusionErrors, noisingFeeds, noisingInputs, scheduleOf, timeAt } from "./noising.ts";
import type { UVitRecipe } from "./schema.ts";

/** What a run's evaluations share. */
export interface EvaluationParts {
  readonly network: UVit;
  readonly recipe: UVitRecipe;
  readonly content: Content;
  readonly conditions: Conditions;
}

/** Parts of (0, 1) by which losses are told apart. */
const fifths = 5;

/**
 * Mean squared error on held-out images with noise that depends on the image alone and times that are spread evenly over
 * (0, 1): `val/loss`, and by fifths of t `val/lossFifth1` (least noise) to `val/lossFifth5`. Source: u-vit section 9.1.
 */
export function validationLoss({ network, recipe, content, conditions }: EvaluationParts, every: number): Evaluation {
  const { images: count, batchSize } = recipe.validation;
  const shape = [batchSize, content.channels, content.size, content.size] as const;
  const one = content.channels * content.size ** 2;
  return {
    name: "validation",
    every,
    async run(weights) {
      const inputs = { ...noisingInputs(shape), ...conditions.inputs(batchSize) };
      const program = await weights.program("noise errors", inputs, (symbols) => ({
        errors: diffusionErrors(network, symbols, { conditions, predict: recipe.objective.predict }),
      }));
      const { schedule } = recipe.objective;
      const order = spreadOrder(count);
      const sums = Array.from({ length: fifths }, () => ({ loss: 0, images: 0 }));
      let place = 0;
      for await (const batch of await content.heldOut(count, batchSize)) {
        const draws = Array.from(batch.indices, (_, row) => (order[(place + row) % count] + 0.5) / count);
        const noise = new Float32Array(batchSize * one);
        for (let row = 0; row < batchSize; row++)
          generator(0, "u-vit/validation", place + row).fillNormal(noise.subarray(row * one, (row + 1) * one));
        const times = draws.map((u) => timeAt(schedule, u));
        const random = generator(0, "u-vit/validation captions", place);
        const wanted = Array.from(batch.labels, (label, row) =>
          conditions.ofImage({ label: Number(label), captions: batch.captions?.[row] ?? [] }, random),
        );
        const feeds = noisingFeeds(scheduleOf(recipe), shape, { images: batch.images, noise, times });
        const errors = (await program.run({ ...feeds, ...conditions.feeds(wanted) })).get("errors");
        for (let row = 0; row < batch.valid; row++) {
          const sum = sums[Math.min(fifths - 1, Math.floor(draws[row] * fifths))];
          sum.loss += Number(errors?.data[row]);
          sum.images++;
        }
        place += batch.valid;
      }
      return { metrics: lossMetrics(sums), data: { fifths: sums } };
    },
  };
}

function lossMetrics(sums: readonly { loss: number; images: number }[]): Record<string, number> {
  const total = sums.reduce((all, { loss, images }) => ({ loss: all.loss + loss, images: all.images + images }));
  const byFifth = sums.map(({ loss, images }, i) => [`val/lossFifth${i + 1}`, loss / Math.max(1, images)]);
  return { "val/loss": total.loss / total.images, ...Object.fromEntries(byFifth) };
}

/** 0 … count − 1 in an order that has nothing to do with the images'. */
const spreadOrder = (count: number): ArrayLike<number> => generator(0, "u-vit/validation times").permutation(count);
