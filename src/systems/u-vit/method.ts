import type { HostTensor } from "../../graph/dtype.ts";
import { checkpointLayouts } from "../../models/checkpoint-layouts/layouts.ts";
import { describePretrained } from "../../models/load-pretrained.ts";
import type { UVit } from "../../models/u-vit/u-vit.ts";
import { parameters, prepare } from "../../nn/module.ts";
import { adamw } from "../../optim/adam.ts";
import { parameterGroups } from "../../optim/parameter-groups.ts";
import { runLength } from "../../downstream/run-length.ts";
import { initialWeights } from "../../train/initial-weights.ts";
import type { BatchSource, Method, Task, TaskContext } from "../../train/task.ts";
import { conditionsOf, trainingConditions } from "./conditions.ts";
import { validationLoss } from "./evaluate.ts";
import { identityConvolution, networkOf } from "./network.ts";
import { diffusionErrors, drawNoise, noisingFeeds, noisingInputs, scheduleOf } from "./noising.ts";
import { averageDecay, diffusionSchedule } from "./optimisation.ts";
import { sampleGrid, sampleGrids, toPixels } from "./pictures.ts";
import type { Content } from "./content.ts";
import { latentContent } from "./latents/latent-content.ts";
import { pixelContent } from "./pixel-content.ts";
import { report } from "./report.ts";
import { uVitSchema, type UVitRecipe } from "./schema.ts";

/** Image generation by diffusion with a ViT that has long skips (arXiv 2209.12152). */
export const uVit: Method<UVitRecipe> = {
  name: "u-vit",
  summary: "Image generation by diffusion with a U-ViT: unconditional, by class or by text, of pixels or latents",
  schema: uVitSchema,
  task: diffusionTask,
  report,
};

/** Noise an image, predict the noise, mean squared error (u-vit section 4.1). */
async function diffusionTask(recipe: UVitRecipe, { log }: TaskContext): Promise<Task> {
  const { optimiser, batchSize, validation, samples } = recipe;
  const content = await contentOf(recipe);
  const conditions = conditionsOf(recipe, content);
  const network = prepare(networkOf(recipe, content, conditions.network));
  const steps = runLength(recipe, content.count);
  const schedule = scheduleOf(recipe);
  const shape = [batchSize, content.channels, content.size, content.size] as const;
  const parts = { network, recipe, content, conditions };
  const initial = new Map([...firstValues(network, recipe, log), ...conditions.states]);
  return {
    networks: { "": network, ...conditions.frozen },
    groups: parameterGroups(parameters(network), { weightDecay: optimiser.weightDecay, exempt: () => false }),
    optimiser: adamw({ beta1: optimiser.beta1, beta2: optimiser.beta2 }),
    schedule: diffusionSchedule(optimiser, steps),
    steps,
    batchSize,
    accumulate: optimiser.accumulate,
    ...(optimiser.clipNorm === undefined ? {} : { clipNorm: optimiser.clipNorm }),
    ema: averageDecay(recipe.ema),
    inputs: { ...noisingInputs(shape), ...conditions.inputs(batchSize) },
    step: (inputs) => ({
      loss: diffusionErrors(network, inputs, { conditions, predict: recipe.objective.predict }).mean(),
    }),
    source: closing(
      content,
      content.source((batch) => ({
        ...noisingFeeds(schedule, shape, { images: batch.images, ...drawNoise(recipe, batch.step, shape) }),
        ...trainingConditions(conditions, batch, recipe),
      })),
    ),
    evaluations: [
      validationLoss(parts, validation.every ?? Math.max(1, Math.round(steps / 16))),
      sampleGrids(parts, samples.every ?? Math.max(1, Math.round(steps / 8))),
    ],
    initial,
    firstBatch: ({ images }) => firstBatch(images.data as Float32Array, content, Math.min(16, batchSize)), // the source's own
  };
}

/** The first images of a batch as the network sees them, latents decoded. */
async function firstBatch(images: Float32Array, content: Content, count: number): Promise<Uint8Array> {
  const values = Float64Array.from(images.subarray(0, count * content.channels * content.size ** 2));
  const decoded = await content.decode(values, count);
  const side = Math.round(Math.sqrt(decoded.length / (3 * count)));
  const shown = Array.from({ length: count }, (_, row) => toPixels(decoded, row, side));
  return sampleGrid({ images: shown, text: { step: "0" } });
}

/** What the recipe's model generates: latents where it names some, else pixels. */
const contentOf = (recipe: UVitRecipe): Promise<Content> | Content =>
  recipe.latents === undefined
    ? pixelContent(recipe, { captions: recipe.condition === "text" })
    : latentContent(recipe.latents.from, recipe);

/** The source, which closes the content's decoder as well. */
const closing = (content: Content, source: BatchSource): BatchSource => ({
  next: (step) => source.next(step),
  start: (step) => source.start(step),
  warnings: () => source.warnings(),
  async close() {
    await source.close();
    await content.close();
  },
});

/** What replaces random first values: an identity as last convolution, and weights of another run or file. */
function firstValues(
  network: UVit,
  { model, init }: UVitRecipe,
  log: TaskContext["log"],
): ReadonlyMap<string, HostTensor> {
  const identity =
    model.identityConv && model.outputConv === "last"
      ? identityConvolution(network.options.channels)
      : new Map<string, HostTensor>();
  if (init.from === undefined) return identity;
  const transferred = initialWeights(network, init.from, checkpointLayouts["u-vit"]);
  for (const line of describePretrained(transferred)) log(`init.from ${init.from}: ${line}`);
  return transferred.states;
}
