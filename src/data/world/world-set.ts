import { FoveaError } from "../../errors/fovea-error.ts";
import { generator } from "../../random/generator.ts";
import type { Sample } from "../image.ts";
import type { Split } from "../split.ts";
import type { Degradation, TargetInfo } from "../targets.ts";
import { degrade, type DegradeTask } from "./degrade.ts";
import type { WorldOptions, WorldSceneName, WorldTask } from "./world-options.ts";

/** One split of a kind of scene, as asked for. */
export interface WorldRequest {
  readonly scene: WorldSceneName;
  readonly task: WorldTask;
  readonly options: WorldOptions;
  /** Height of the pictures, and their width unless there is an aspect. */
  readonly imageSize: number;
  readonly seed: number;
  readonly split: Split;
}

/** What a kind of scene gives. */
export interface WorldSet {
  readonly classNames: readonly string[];
  readonly targets: TargetInfo;
  label(index: number): number;
  read(index: number): Omit<Sample, "id">;
}

/** Throws `data/world` where a scene has nothing for a task. */
export function requireTask({ scene, task }: WorldRequest, tasks: readonly WorldTask[]): void {
  if (tasks.includes(task)) return;
  throw new FoveaError("data/world", `data.task ${task}: scene ${scene} has ${tasks.join(", ")}`, {
    hint: `choose one of these, or another data.scene (fovea data make --help lists them)`,
    exitCode: 2,
  });
}

/** `all` without what is held out, as an error where nothing is left. */
export function withoutHeldOut<T extends string>(what: string, all: readonly T[], heldOut: readonly T[] = []): T[] {
  const left = all.filter((name) => !heldOut.includes(name));
  if (left.length > 0) return left;
  throw new FoveaError("data/world", `data.world.holdOut.${what}: nothing is left of ${all.join(", ")}`, {
    hint: `hold out fewer ${what}`,
    exitCode: 2,
  });
}

/** The label, or in a share of the training pictures any of the `classes`, the true one included. */
export function noisyLabel({ options, seed, split }: WorldRequest, index: number, label: number, classes: number) {
  const { labelNoise = 0 } = options;
  if (labelNoise === 0 || split !== "train") return label;
  const random = generator(seed, "world/label-noise", index);
  return random.uniform() < labelNoise ? random.integer(classes) : label;
}

export const isDegradeTask = (task: WorldTask): task is DegradeTask =>
  task === "noise" || task === "rain" || task === "low-light";

/** The sample with its image degraded, and the clean one as its target, where the task asks for that. */
export function degradedSample<S extends Omit<Sample, "id">>(
  sample: S,
  { task, seed, split }: WorldRequest,
  index: number,
) {
  if (!isDegradeTask(task)) return sample;
  const image = degrade(sample.image, task, generator(seed, `world/${task}/${split}`, index));
  return { ...sample, image, targets: { ...sample.targets, pair: { kind: "pair" as const, clean: sample.image } } };
}

/** What a degraded set says of its pairs. */
export const pairInfo = (task: WorldTask): Pick<TargetInfo, "pair"> => {
  const degradation: Degradation | undefined = isDegradeTask(task) ? task : undefined;
  return degradation === undefined ? {} : { pair: { degradation } };
};
