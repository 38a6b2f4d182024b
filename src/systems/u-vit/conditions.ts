import { FoveaError } from "../../errors/fovea-error.ts";
import { hostTensor, type HostTensor } from "../../graph/dtype.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { UVitCondition, UVitInputs } from "../../models/u-vit/u-vit.ts";
import type { Module } from "../../nn/module.ts";
import { generator, type Generator } from "../../random/generator.ts";
import type { InputSpecs } from "../../train/task.ts";
import type { CleanBatch, Generated } from "./content.ts";
import type { UVitRecipe } from "./schema.ts";
import { type FrozenText, openTextEncoder, textRole } from "./text/open-encoder.ts";
import { tokenIds } from "./text/words.ts";

/** One image's condition: a class by its label, a caption, or `null`: the one that guidance moves away from. */
export type Wanted = { readonly label: number } | { readonly text: string } | null;

/** What an image is known by. */
interface Known {
  readonly label: number;
  readonly captions: readonly string[];
}

/** How a model's conditions become inputs of its network. */
export interface Conditions {
  /** Of the network; undefined: it has none. */
  readonly network: UVitCondition | undefined;
  /** Whether `null` is a condition that the network has been trained on. */
  readonly hasNull: boolean;
  /** Frozen networks beside it, by role, with their values. */
  readonly frozen: Readonly<Record<string, Module>>;
  readonly states: ReadonlyMap<string, HostTensor>;
  inputs(batch: number): InputSpecs;
  /** Those inputs as the network takes them. */
  embed(inputs: Readonly<Record<string, Tensor>>): Omit<UVitInputs, "time">;
  /** Feeds for a batch of wishes. @throws FoveaError for what the model does not know */
  feeds(wanted: readonly Wanted[]): Record<string, HostTensor>;
  /** What an image is generated from; of several captions, one at random. */
  ofImage(known: Known, random: Generator): Wanted;
  /** Columns of grids: the classes, or prompts. Empty for an unconditional model. */
  readonly shown: readonly { readonly name: string; readonly wanted: Wanted }[];
}

const nothingFrozen = { frozen: {}, states: new Map<string, HostTensor>() } as const;

const unconditional: Conditions = {
  ...nothingFrozen,
  network: undefined,
  hasNull: false,
  inputs: () => ({}),
  embed: () => ({}),
  feeds: () => ({}),
  ofImage: () => null,
  shown: [],
};

/** Classes 0 … K − 1; label K is the null label where the recipe hides some. Source: u-vit section 4.4. */
function classConditions(classNames: readonly string[], hasNull: boolean): Conditions {
  const classes = classNames.length;
  const labelOf = (wanted: Wanted): number => {
    if (wanted === null && hasNull) return classes;
    if (wanted !== null && "label" in wanted && wanted.label < classes) return wanted.label;
    const what = wanted === null ? "no label" : "text" in wanted ? `text "${wanted.text}"` : `label ${wanted.label}`;
    throw new FoveaError("u-vit/condition", `${what}: this model knows labels 0 to ${classes - 1}`, {
      hint:
        wanted === null ? "it was trained without conditionDropout, so it has no guidance" : "give one of its classes",
      exitCode: 2,
    });
  };
  return {
    ...nothingFrozen,
    network: { kind: "class", classes: classes + (hasNull ? 1 : 0) },
    hasNull,
    inputs: (batch) => ({ label: { shape: [batch], dtype: "int64" } }),
    embed: ({ label }) => ({ label }),
    feeds: (wanted) => ({
      label: hostTensor(
        "int64",
        [wanted.length],
        BigInt64Array.from(wanted, (one) => BigInt(labelOf(one))),
      ),
    }),
    ofImage: ({ label }) => ({ label }),
    shown: classNames.map((name, label) => ({ name, wanted: { label } })),
  };
}

/**
 * Captions, by a frozen encoder inside the model's own program; the empty text is the null condition.
 * Source: u-vit sections 3.9 and 4.4.
 */
function textConditions({ network, recipe, states }: FrozenText, prompts: readonly string[]): Conditions {
  const { words, model } = recipe;
  const textOf = (wanted: Wanted): string => {
    if (wanted === null) return "";
    if ("text" in wanted) return wanted.text;
    throw new FoveaError("u-vit/condition", `label ${wanted.label}: this model takes text`, { exitCode: 2 });
  };
  return {
    network: { kind: "text", tokens: model.tokens, dim: model.width },
    hasNull: true,
    frozen: { [textRole]: network },
    states,
    inputs: (batch) => ({ tokens: { shape: [batch, model.tokens], dtype: "int64" } }),
    embed: ({ tokens }) => ({ context: network.tokens(tokens) }),
    feeds: (wanted) => ({ tokens: tokenIds(wanted.map(textOf), words, model.tokens) }),
    ofImage({ captions }, random) {
      const place = random.integer(Math.max(1, captions.length));
      return captions.length === 0 ? null : { text: captions[place] };
    },
    shown: prompts.map((text) => ({ name: text, wanted: { text } })),
  };
}

/** The conditions of a recipe's model. @throws FoveaError where the images have none */
export function conditionsOf(recipe: UVitRecipe, content: Generated): Conditions {
  switch (recipe.condition) {
    case "none":
      return unconditional;
    case "class":
      if (content.classNames.length > 0) return classConditions(content.classNames, recipe.conditionDropout > 0);
      throw new FoveaError("u-vit/classes", "condition class: the images have no classes", { exitCode: 2 });
    case "text":
      return textConditions(openTextEncoder(recipe.text?.from ?? ""), recipe.samples.prompts); // the schema asks for it
  }
}

/** Conditions of a training batch: each hidden with the recipe's probability, independently (section 4.4). */
export function trainingConditions(
  conditions: Conditions,
  batch: Pick<CleanBatch, "labels" | "captions" | "step">,
  { conditionDropout, seed }: Pick<UVitRecipe, "conditionDropout" | "seed">,
): Record<string, HostTensor> {
  const random = generator(seed, "u-vit/hidden", batch.step);
  const choice = generator(seed, "u-vit/caption", batch.step);
  const wanted = Array.from(batch.labels, (label, place): Wanted => {
    const hidden = random.uniform() < conditionDropout;
    const own = conditions.ofImage({ label: Number(label), captions: batch.captions?.[place] ?? [] }, choice);
    return hidden ? null : own;
  });
  return conditions.feeds(wanted);
}
