import type { HostTensor } from "../../graph/dtype.ts";
import { checkpointLayouts } from "../../models/checkpoint-layouts/layouts.ts";
import { describePretrained } from "../../models/load-pretrained.ts";
import type { UVit } from "../../models/u-vit/u-vit.ts";
import { parameters, prepare } from "../../nn/module.ts";
import { adamw } from "../../optim/adam.ts";
import { parameterGroups } from "../../optim/parameter-groups.ts";
import { runLength } from "../../downstream/run-length.ts";
import { initialWeights } from "../../train/initial-weights.ts";
import type { Method, Task, TaskContext } from "../../train/task.ts";
import { conditionsOf, trainingConditions } from "./conditions.ts";
import { validationLoss } from "./evaluate.ts";
import { identityConvolution, networkOf } from "./network.ts";
import { diffusionErrors, drawNoise, noisingFeeds, noisingInputs, scheduleOf } from "./noising.ts";
import { averageDecay, diffusionSchedule } from "./optimisation.ts";
import { sampleGrid, sampleGrids, toPixels } from "./pictures.ts";
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
  const content = await pixelContent(recipe);
  const conditions = conditionsOf(recipe, content);
  const network = prepare(networkOf(recipe, content, conditions.network));
  const steps = runLength(recipe, content.count);
  const schedule = scheduleOf(recipe);
  const shape = [batchSize, content.channels, content.size, content.size] as const;
  const parts = { network, recipe, content, conditions };
  const initial = firstValues(network, recipe, log);
  return {
    networks: { "": network },
    groups: parameterGroups(parameters(network), { weightDecay: optimiser.weightDecay, exempt: () => false }),
    optimiser: adamw({ beta1: optimiser.beta1, beta2: optimiser.beta2 }),
    schedule: diffusionSchedule(optimiser, steps),
    steps,
    batchSize,
    accumulate: optimiser.accumulate,
    ...(optimiser.clipNorm === undefined ? {} : { clipNorm: optimiser.clipNorm }),
    ema: averageDecay(recipe.ema),
    inputs: { ...noisingInputs(shape), ...conditions.inputs(batchSize) },
    step: (inputs) => ({ loss: diffusionErrors(network, inputs, recipe.objective.predict).mean() }),
    source: content.source((batch) => ({
      ...noisingFeeds(schedule, shape, { images: batch.images, ...drawNoise(recipe, batch.step, shape) }),
      ...trainingConditions(conditions, batch, recipe),
    })),
    evaluations: [
      validationLoss(parts, validation.every ?? Math.max(1, Math.round(steps / 16))),
      sampleGrids(parts, samples.every ?? Math.max(1, Math.round(steps / 8))),
    ],
    ...(initial === undefined ? {} : { initial }),
    firstBatch: ({ images: { data } }) => {
      const shown = Array.from(
        { length: Math.min(16, batchSize) },
        (_, row) => toPixels(data as Float32Array, row, content.size), // the source's own
      );
      return Promise.resolve(sampleGrid({ images: shown, text: { step: "0" } }));
    },
  };
}

/** What replaces random first values: an identity as last convolution, and weights of another run or file. */
function firstValues(
  network: UVit,
  { model, init }: UVitRecipe,
  log: TaskContext["log"],
): ReadonlyMap<string, HostTensor> | undefined {
  const identity =
    model.identityConv && model.outputConv === "last" ? identityConvolution(network.options.channels) : undefined;
  if (init.from === undefined) return identity;
  const transferred = initialWeights(network, init.from, checkpointLayouts["u-vit"]);
  for (const line of describePretrained(transferred)) log(`init.from ${init.from}: ${line}`);
  return transferred.states;
}
