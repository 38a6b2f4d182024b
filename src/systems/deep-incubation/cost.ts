import { divisionsOf } from "./backbone.ts";
import { blocksOf, type Division } from "./division.ts";
import type { IncubationRecipe } from "./schema.ts";

/** Work of a training of each phase, in units: one block's forward pass, input gradient or weight gradient of an image. */
export interface IncubationCost {
  readonly meta: number;
  readonly modules: readonly number[];
  readonly tuning: number;
  readonly endToEnd: number;
}

/**
 * Units of one image of module i's training, b_i blocks of its own among m_j of the frozen ones: forward b_i + Σ_{j≠i} m_j,
 * input gradients b_i + Σ_{j>i} m_j, weight gradients b_i. With one frozen block each that is 3·b_i + 2(K − 1) − i.
 * Source: section 4.5.
 */
export function moduleUnits(target: Division, meta: Division, module: number): number {
  const own = blocksOf(target)[module];
  const frozen = blocksOf(meta);
  const before = sum(frozen.slice(0, module));
  const after = sum(frozen.slice(module + 1));
  return 3 * own + before + 2 * after;
}

/** Units of one image for every phase, times its epochs; the whole of a network costs 3 units a block. */
export function incubationCost(recipe: IncubationRecipe): IncubationCost {
  const { target, meta } = divisionsOf(recipe.model, recipe.modules);
  const epochsOf = (phase: keyof NonNullable<IncubationRecipe["phases"]>): number =>
    recipe.phases?.[phase].epochs ?? recipe.epochs ?? 0;
  return {
    meta: 3 * sum(blocksOf(meta)) * epochsOf("meta"),
    modules: target.map((_, module) => moduleUnits(target, meta, module) * epochsOf("module")),
    tuning: 3 * sum(blocksOf(target)) * epochsOf("tuning"),
    endToEnd: 3 * sum(blocksOf(target)) * epochsOf("endToEnd"),
  };
}

/** Any measure of the phases' work: units, operations, seconds. */
export type PhaseWork = Omit<IncubationCost, "endToEnd">;

/** All work added up. */
export const totalWork = ({ meta, modules, tuning }: PhaseWork): number => meta + sum(modules) + tuning;

/** What one after the other cannot avoid when every module has a worker of its own. */
export const criticalWork = ({ meta, modules, tuning }: PhaseWork): number => meta + Math.max(...modules) + tuning;

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
