import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import { checkValues } from "./check-values.ts";
import { mergeValues, parseOverride, setAt, type Values } from "./recipe-values.ts";
import type { BaseRecipe, Method } from "./task.ts";

/** A named preset of a method: plain values that the method's schema completes. */
export interface Recipe<R extends BaseRecipe = BaseRecipe> {
  readonly method: Method<R>;
  readonly values: Values;
  /** One line for lists. */
  readonly about: string;
  /** What CI changes to run it in seconds. */
  readonly smoke: Values;
}

/** A part of an object, at any depth; arrays are whole. */
export type DeepPartial<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> | undefined }
    : T;

/** Makes a preset. Values that are not given take the defaults of the method's schema. */
export function defineRecipe<R extends BaseRecipe>(
  method: Method<R>,
  values: DeepPartial<R>,
  { about = "", smoke }: { readonly about?: string; readonly smoke?: DeepPartial<R> } = {},
): Recipe<R> {
  return { method, values: values as Values, about, smoke: (smoke ?? {}) as Values };
}

/** Schema parts that every method has; spread into `z.strictObject({ ...baseRecipeShape, ... })`. */
export const baseRecipeShape = {
  seed: z.int().min(0).default(0),
  batchSize: z.int().min(1).default(64),
  /** Length in updates; wins over `epochs`. */
  steps: z.int().min(1).optional(),
  epochs: z.number().positive().optional(),
  logEvery: z.int().min(1).default(10),
  /** Blocks are computed once more in the backward pass: less memory, about a third more time. */
  recompute: z.boolean().default(false),
  /** `float16`: products in float16, weights and sums in float32, dynamic loss scaling; default float32. */
  precision: z.enum(["float32", "float16"]).optional(),
  /** Steps in one run of the device, if no evaluation or checkpoint falls between them; default by device. Same bits. */
  stepsPerRun: z.int().min(1).optional(),
  checkpoints: z
    .strictObject({
      everySteps: z.int().min(1).optional(),
      keep: z.int().min(1).default(3),
      /** Steps at which a checkpoint is saved and never removed, for runs that branch off there. */
      at: z.array(z.int().min(1)).readonly().optional(),
    })
    .prefault({}),
  loggers: z.strictObject({ tensorboard: z.union([z.boolean(), z.null()]).default(true) }).prefault({}),
  init: z.strictObject({ from: z.string().min(1).optional() }).prefault({}),
  /** Start from another run's checkpoint of that step, with its moments and step count. */
  branch: z.strictObject({ run: z.string().min(1), step: z.int().min(1) }).optional(),
} as const;

/**
 * The resolved recipe: preset, then `overrides` (`a.b=value`: JSON, bare words are strings), then the schema's defaults.
 *
 * @throws FoveaError (exit code 2) that names the key, the value and what is expected, with the nearest known key
 */
export function resolveRecipe<R extends BaseRecipe>(recipe: Recipe<R>, overrides: readonly string[] = []): R {
  const values = overrides.map(parseOverride).reduce((all, { path, value }) => setAt(all, path, value), recipe.values);
  return withAbsolutePaths(checkRecipe(recipe.method, values), recipe.method.paths ?? []);
}

/**
 * A run must find its data from any folder later: `data.root`, a path in `init.from` and `branch.run`, and what stands at
 * the method's own `paths` become absolute.
 */
function withAbsolutePaths<R extends BaseRecipe>(resolved: R, paths: readonly string[]): R {
  const recipe = paths.map((path) => path.split(".")).reduce<R>(withAbsolutePath, resolved);
  const { data, init, branch } = recipe as R & { data?: { root?: string } };
  const absolute = (path: string): string => (existsSync(path) ? resolve(path) : path);
  const from = init.from === undefined ? undefined : absolute(init.from);
  return {
    ...recipe,
    init: from === undefined ? {} : { from },
    ...(branch === undefined ? {} : { branch: { ...branch, run: absolute(branch.run) } }),
    ...(data?.root === undefined ? {} : { data: { ...data, root: resolve(data.root) } }),
  };
}

function withAbsolutePath<R extends BaseRecipe>(recipe: R, path: readonly string[]): R {
  const value = path.reduce<unknown>((inner, key) => (inner as Values | undefined)?.[key], recipe);
  if (typeof value !== "string" || !existsSync(value)) return recipe;
  return setAt(recipe as unknown as Values, path, resolve(value)) as unknown as R; // a string for a string
}

/** Overrides of one recipe by another's values: objects are merged, everything else replaces. */
export const mergeRecipe = <R extends BaseRecipe>(recipe: Recipe<R>, values: Values): Recipe<R> => ({
  ...recipe,
  values: mergeValues(recipe.values, values),
});

/** Checks `values` by the method's schema and fills in its defaults. */
export const checkRecipe = <R extends BaseRecipe>(method: Method<R>, values: unknown): R =>
  checkValues(method.schema, values, {
    what: `recipe of ${method.name}`,
    hint: `\`fovea show ${method.name}/tiny\` prints a recipe with all its keys`,
  });

/** SHA-256 of the resolved recipe of a method: equal experiments have equal hashes. Keys are sorted first. */
export function recipeHash(method: string, recipe: unknown): string {
  return createHash("sha256")
    .update(`${method}\n${JSON.stringify(sorted(recipe))}`)
    .digest("hex");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
