import { alphaOf, type NoiseSchedule, sigmaOf } from "../../diffusion/noise-schedule.ts";
import { noised, squaredErrors } from "../../diffusion/objective.ts";
import { schedules } from "../../diffusion/schedules.ts";
import { discreteSteps } from "../../diffusion/stable-diffusion.ts";
import { hostTensor, type HostTensor } from "../../graph/dtype.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { UVit } from "../../models/u-vit/u-vit.ts";
import { generator } from "../../random/generator.ts";
import type { InputSpecs } from "../../train/task.ts";
import type { Conditions } from "./conditions.ts";
import type { UVitRecipe } from "./schema.ts";

type Shape = readonly [batch: number, channels: number, size: number, size: number];

/** Inputs of the noising: x₀ and ε [B, C, S, S]; α, σ and the network's time [B]. */
export function noisingInputs(shape: Shape): InputSpecs {
  const [batch] = shape;
  const image = { shape, dtype: "float32" } as const;
  const each = { shape: [batch], dtype: "float32" } as const;
  return { images: image, noise: image, alpha: each, sigma: each, time: each };
}

/** Feeds of those inputs for given times. */
export function noisingFeeds(
  schedule: NoiseSchedule,
  shape: Shape,
  { images, noise, times }: { images: Float32Array; noise: Float32Array; times: readonly number[] },
): Record<string, HostTensor> {
  const each = (of: (t: number) => number): HostTensor =>
    hostTensor("float32", [times.length], Float32Array.from(times, of));
  return {
    images: hostTensor("float32", shape, images),
    noise: hostTensor("float32", shape, noise),
    alpha: each((t) => alphaOf(schedule, t)),
    sigma: each((t) => sigmaOf(schedule, t)),
    time: each((t) => schedule.networkTime(t)),
  };
}

/** Noise and times of training step `step`: t ~ U(0, 1), or n uniform in 1 … 1000 of the discrete schedule. */
export function drawNoise(recipe: Pick<UVitRecipe, "objective" | "seed">, step: number, shape: Shape) {
  const { schedule } = recipe.objective;
  const size = shape.reduce((product, axis) => product * axis, 1);
  const noise = generator(recipe.seed, "u-vit/noise", step).fillNormal(new Float32Array(size));
  const random = generator(recipe.seed, "u-vit/time", step);
  const times = Array.from({ length: shape[0] }, () => timeAt(schedule, random.uniform()));
  return { noise, times };
}

/** The time of a uniform draw in [0, 1). */
export const timeAt = (schedule: UVitRecipe["objective"]["schedule"], u: number): number =>
  schedule === "stable-diffusion" ? (Math.floor(u * discreteSteps) + 1) / discreteSteps : u;

export const scheduleOf = ({ objective }: Pick<UVitRecipe, "objective">): NoiseSchedule =>
  schedules[objective.schedule];

/** Mean squared error of each image, [B]: x_t = α x₀ + σ ε, and the network's guess at ε or x₀. Source: section 4.1. */
export function diffusionErrors(
  network: UVit,
  { images, noise, alpha, sigma, time, ...condition }: Readonly<Record<string, Tensor>>,
  { conditions, predict }: { readonly conditions: Conditions; readonly predict: UVitRecipe["objective"]["predict"] },
): Tensor {
  const x = noised(images, noise, alpha, sigma);
  const predicted = network.forward(x, { ...conditions.embed(condition), time });
  return squaredErrors(predicted, predict === "noise" ? noise : images);
}
