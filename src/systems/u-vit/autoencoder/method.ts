import { runLength } from "../../../downstream/run-length.ts";
import { latestPicture } from "../../../downstream/run-pictures.ts";
import { hostTensor } from "../../../graph/dtype.ts";
import { checkpointLayouts } from "../../../models/checkpoint-layouts/layouts.ts";
import { describePretrained } from "../../../models/load-pretrained.ts";
import { parameters, prepare } from "../../../nn/module.ts";
import { adamw } from "../../../optim/adam.ts";
import { parameterGroups } from "../../../optim/parameter-groups.ts";
import { cosineSchedule } from "../../../optim/schedules.ts";
import { generator } from "../../../random/generator.ts";
import type { ReportSection } from "../../../report/page.ts";
import { initialWeights } from "../../../train/initial-weights.ts";
import type { RunDirectory } from "../../../train/run-directory.ts";
import type { Method, Task, TaskContext } from "../../../train/task.ts";
import { pixelContent } from "../pixel-content.ts";
import { reconstructions } from "./evaluate.ts";
import { autoencoderLoss } from "./loss.ts";
import { autoencoderOf, reduction } from "./network.ts";
import { autoencoderSchema, type AutoencoderRecipe } from "./schema.ts";

/** The KL autoencoder whose latents a diffusion model generates (u-vit sections 3.8 and 9.2). */
export const uVitAutoencoder: Method<AutoencoderRecipe> = {
  name: "u-vit-autoencoder",
  summary: "KL autoencoder: images to small latents and back, for u-vit on latents",
  schema: autoencoderSchema,
  task: autoencoderTask,
  report: (run) => Promise.resolve(pictures(run)),
};

async function autoencoderTask(recipe: AutoencoderRecipe, { log }: TaskContext): Promise<Task> {
  const { optimiser, batchSize, data, validation, model, seed } = recipe;
  const content = await pixelContent(recipe);
  const network = prepare(autoencoderOf(recipe));
  const steps = runLength(recipe, content.count);
  const side = data.imageSize / reduction(recipe);
  const images = [batchSize, 3, data.imageSize, data.imageSize];
  const latent = [batchSize, model.latentChannels, side, side];
  const noise = (step: number): Float32Array =>
    generator(seed, "autoencoder/noise", step).fillNormal(
      new Float32Array(latent.reduce((product, axis) => product * axis, 1)),
    );
  const every = validation.every ?? Math.max(1, Math.round(steps / 8));
  const { from } = recipe.init;
  const transferred =
    from === undefined ? undefined : initialWeights(network, from, checkpointLayouts["autoencoder-kl"]);
  if (transferred !== undefined) for (const line of describePretrained(transferred)) log(`init.from ${from}: ${line}`);
  return {
    networks: { "": network },
    groups: parameterGroups(parameters(network), { weightDecay: optimiser.weightDecay }),
    optimiser: adamw({ beta1: optimiser.beta1, beta2: optimiser.beta2 }),
    schedule: cosineSchedule({
      peak: optimiser.peakLearningRate,
      warmupUpdates: Math.min(optimiser.warmupSteps, steps),
      updates: steps,
    }),
    steps,
    batchSize,
    clipNorm: optimiser.clipNorm,
    inputs: { images: { shape: images, dtype: "float32" }, noise: { shape: latent, dtype: "float32" } },
    step({ images, noise }) {
      const { loss, reconstruction, divergence } = autoencoderLoss(network, { images, noise }, recipe.klWeight);
      return { loss, metrics: { reconstruction, divergence } };
    },
    source: content.source((batch) => ({
      images: hostTensor("float32", images, batch.images),
      noise: hostTensor("float32", latent, noise(batch.step)),
    })),
    evaluations: [reconstructions(network, { recipe, content, every })],
    ...(transferred === undefined ? {} : { initial: transferred.states }),
  };
}

function pictures(run: RunDirectory): ReportSection[] {
  const last = latestPicture(run, "reconstructions");
  if (last === undefined) return [];
  return [
    {
      heading: "Reconstructions",
      text: "Held-out images and what comes back from the means of their latents.",
      figures: [{ png: last.png, alt: `Reconstructions of ${run.name}`, caption: `Step ${last.step}` }],
    },
  ];
}
