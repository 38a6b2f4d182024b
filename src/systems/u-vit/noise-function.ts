import { guidedNoise, noiseFromImage, type NoiseFunction } from "../../diffusion/noise-function.ts";
import { hostTensor, type HostTensor } from "../../graph/dtype.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { UVit } from "../../models/u-vit/u-vit.ts";
import type { InputSpecs } from "../../train/task.ts";
import type { Conditions, Wanted } from "./conditions.ts";
import { scheduleOf } from "./noising.ts";
import type { UVitRecipe } from "./schema.ts";

/** What runs the network: one pass of a compiled program. */
export interface StepProgramRun {
  run(feeds: Readonly<Record<string, HostTensor>>): Promise<ReadonlyMap<string, HostTensor>>;
}

/** Inputs of the per-step program: x [B, C, S, S], time [B], and the condition. */
export const stepInputs = (shape: readonly number[], conditions: Conditions): InputSpecs => ({
  x: { shape, dtype: "float32" },
  time: { shape: [shape[0]], dtype: "float32" },
  ...conditions.inputs(shape[0]),
});

/** The per-step program's outputs: what the network predicts. */
export const stepOutputs = (
  network: UVit,
  conditions: Conditions,
  { x, time, ...condition }: Readonly<Record<string, Tensor>>,
) => ({
  predicted: network.forward(x, { ...conditions.embed(condition), time }),
});

export interface NoiseFunctionOptions {
  readonly shape: readonly [batch: number, channels: number, size: number, size: number];
  readonly conditions: Conditions;
  /** As many as the batch. */
  readonly wanted: readonly Wanted[];
  /** s of ε_c + s (ε_c − ε_u); 0: none, and one pass for each evaluation instead of two. */
  readonly guidance: number;
}

/** ε̂(x, t) of a network, guided: what samplers take. */
export function networkNoise(
  program: StepProgramRun,
  recipe: Pick<UVitRecipe, "objective">,
  { shape, conditions, wanted, guidance }: NoiseFunctionOptions,
): NoiseFunction {
  const schedule = scheduleOf(recipe);
  const given = conditions.feeds(wanted);
  const nothing = guidance === 0 ? {} : conditions.feeds(wanted.map(() => null));
  const predicted = async (x: HostTensor, t: number, condition: Readonly<Record<string, HostTensor>>) => {
    const time = new Float32Array(shape[0]).fill(schedule.networkTime(t));
    const outputs = await program.run({ x, time: hostTensor("float32", [shape[0]], time), ...condition });
    return outputs.get("predicted")?.data as Float32Array; // of `stepOutputs`
  };
  const guided: NoiseFunction = async (values, t) => {
    const x = hostTensor("float32", shape, Float32Array.from(values));
    const conditional = await predicted(x, t, given);
    // both are linear in what the network gives, so guiding images guides their noise
    return guidance === 0 ? conditional : guidedNoise(conditional, await predicted(x, t, nothing), guidance);
  };
  return recipe.objective.predict === "noise" ? guided : noiseFromImage(schedule, guided);
}
