import { FoveaError } from "../../errors/fovea-error.ts";
import { hostTensor, type HostTensor } from "../../graph/dtype.ts";
import type { UVitCondition } from "../../models/u-vit/u-vit.ts";
import { generator } from "../../random/generator.ts";
import type { InputSpecs } from "../../train/task.ts";
import type { Generated } from "./content.ts";
import type { UVitRecipe } from "./schema.ts";

/** One image's condition: a class by its label, a caption, or `null`: the one that guidance moves away from. */
export type Wanted = { readonly label: number } | { readonly text: string } | null;

/** How a model's conditions become inputs of its network. */
export interface Conditions {
  /** Of the network; undefined: it has none. */
  readonly network: UVitCondition | undefined;
  /** Whether `null` is a condition that the network has been trained on. */
  readonly hasNull: boolean;
  inputs(batch: number): InputSpecs;
  /** Inputs for a batch of wishes. @throws FoveaError for what the model does not know */
  feeds(wanted: readonly Wanted[]): Record<string, HostTensor>;
  /** What the training image at a place is conditioned on; of several captions, one at random. */
  ofImage(label: number, index: number, step: number, place: number): Wanted;
  /** Row captions of grids: the classes, or prompts. Empty for an unconditional model. */
  readonly shown: readonly { readonly name: string; readonly wanted: Wanted }[];
}

const unconditional: Conditions = {
  network: undefined,
  hasNull: false,
  inputs: () => ({}),
  feeds: () => ({}),
  ofImage: () => null,
  shown: [],
};

/** Classes 0 … K − 1; label K is the null label where the recipe hides some. Source: u-vit section 4.4. */
export function classConditions(classNames: readonly string[], hasNull: boolean): Conditions {
  const classes = classNames.length;
  return {
    network: { kind: "class", classes: classes + (hasNull ? 1 : 0) },
    hasNull,
    inputs: (batch) => ({ label: { shape: [batch], dtype: "int64" } }),
    feeds: (wanted) => ({
      label: hostTensor(
        "int64",
        [wanted.length],
        BigInt64Array.from(wanted, (one) => BigInt(labelOf(one))),
      ),
    }),
    ofImage: (label) => ({ label }),
    shown: classNames.map((name, label) => ({ name, wanted: { label } })),
  };

  function labelOf(wanted: Wanted): number {
    if (wanted === null && hasNull) return classes;
    if (wanted !== null && "label" in wanted && wanted.label < classes) return wanted.label;
    const what = wanted === null ? "no label" : "text" in wanted ? `text "${wanted.text}"` : `label ${wanted.label}`;
    throw new FoveaError("u-vit/condition", `${what}: this model knows labels 0 to ${classes - 1}`, {
      hint:
        wanted === null ? "it was trained without conditionDropout, so it has no guidance" : "give one of its classes",
      exitCode: 2,
    });
  }
}

/** The conditions of a recipe's model on its content. */
export function conditionsOf(recipe: UVitRecipe, content: Generated): Conditions {
  if (recipe.condition === "none") return unconditional;
  if (content.classNames.length === 0)
    throw new FoveaError("u-vit/classes", "condition class: the images have no classes", { exitCode: 2 });
  return classConditions(content.classNames, recipe.conditionDropout > 0);
}

/** Conditions of a training batch: each hidden with the recipe's probability, independently (section 4.4). */
export function trainingConditions(
  conditions: Conditions,
  batch: { readonly labels: BigInt64Array; readonly indices: Int32Array; readonly step: number },
  { conditionDropout, seed }: Pick<UVitRecipe, "conditionDropout" | "seed">,
): Record<string, HostTensor> {
  const random = generator(seed, "u-vit/hidden", batch.step);
  const wanted = Array.from(batch.labels, (label, place): Wanted => {
    const hidden = random.uniform() < conditionDropout;
    return hidden ? null : conditions.ofImage(Number(label), batch.indices[place], batch.step, place);
  });
  return conditions.feeds(wanted);
}
