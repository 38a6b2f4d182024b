import { existsSync } from "node:fs";
import { dirname, extname, isAbsolute, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { createJiti } from "jiti";
import { parseDocument } from "yaml";
import { FoveaError } from "../errors/fovea-error.ts";
import { readFileBytes } from "../files/byte-source.node.ts";
import { parseJson } from "../files/json.ts";
import { findRecipe } from "../systems/catalogue.ts";
import { mergeRecipe, type Recipe } from "../train/recipe.ts";
import type { Values } from "../train/recipe-values.ts";

/** Recipe files by the end of their name. */
export const recipeFileTypes = [".ts", ".js", ".mjs", ".yaml", ".yml", ".json"] as const;

/** A recipe is written by hand. */
const recipeBytes = 2 ** 20;

/** What RECIPE may be: `data-scaling/tiny`, or a file. */
export const isRecipeFile = (name: string): boolean =>
  (recipeFileTypes as readonly string[]).includes(extname(name).toLowerCase());

/**
 * Reads a recipe file. TypeScript and JavaScript are programs of the operator's and run (`export default
 * defineRecipe(...)`, or an object with `extends`); YAML and JSON are data: `extends` names a recipe of the catalogue,
 * the other keys are merged over it. Paths in a file are relative to the file.
 *
 * @throws FoveaError (exit code 2) that names the file and what is wrong with it
 */
export async function loadRecipeFile(path: string): Promise<Recipe> {
  const file = resolve(path);
  if (!existsSync(file)) {
    throw new FoveaError("recipe/file", `no recipe file ${file}`, {
      hint: "`fovea recipes` lists the recipes that are built in",
      exitCode: 2,
    });
  }
  const content = await contentOf(file);
  const recipe = isRecipe(content) ? content : extended(content, file);
  return { ...recipe, values: resolvePaths(recipe.values, file) };
}

async function contentOf(file: string): Promise<unknown> {
  const type = extname(file).toLowerCase();
  if (type === ".json") return parseJsonRecipe(file);
  if (type === ".yaml" || type === ".yml") return parseYaml(file);
  // fovea itself is imported, never transpiled: two copies of a room would not know each other's tensors
  const jiti = createJiti(pathToFileURL(file).href, { nativeModules: ["fovea"], moduleCache: false, fsCache: false });
  try {
    return await jiti.import(file, { default: true });
  } catch (cause) {
    if (cause instanceof FoveaError) throw cause;
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new FoveaError("recipe/file", `${file}: ${reason}`, { hint: fileHint, exitCode: 2, cause });
  }
}

function parseJsonRecipe(file: string): unknown {
  try {
    return parseJson(readFileBytes(file, recipeBytes), { name: file });
  } catch (cause) {
    if (!(cause instanceof FoveaError)) throw cause;
    throw new FoveaError("recipe/file", cause.message, { exitCode: 2, cause });
  }
}

function parseYaml(file: string): unknown {
  const document = parseDocument(new TextDecoder().decode(readFileBytes(file, recipeBytes)));
  const [problem] = document.errors;
  if (problem !== undefined) {
    throw new FoveaError("recipe/file", `${file}: ${problem.message.split("\n")[0]}`, { exitCode: 2, cause: problem });
  }
  return document.toJS({ maxAliasCount: 100 }) as unknown;
}

const fileHint =
  'a recipe file ends in `export default defineRecipe(method, {...})`, or holds `extends: "classify/tiny"`';

/** Made by `defineRecipe`. */
function isRecipe(content: unknown): content is Recipe {
  return isValues(content) && isValues(content["method"]) && isValues(content["values"]);
}

function extended(content: unknown, file: string): Recipe {
  const base = isValues(content) ? content["extends"] : undefined;
  if (!isValues(content) || typeof base !== "string") {
    throw new FoveaError("recipe/file", `${file}: no recipe: it has no text \`extends\``, {
      hint: fileHint,
      exitCode: 2,
    });
  }
  if (isRecipeFile(base)) {
    throw new FoveaError("recipe/file", `${file}: extends ${base}: a file extends a named recipe, once`, {
      hint: "`fovea recipes` lists them",
      exitCode: 2,
    });
  }
  const { extends: _, ...values } = content;
  return mergeRecipe(findRecipe(base), values);
}

const isValues = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `data.root` and `init.from` that are relative paths are meant from the file's folder. */
function resolvePaths(values: Values, file: string): Values {
  const at = (section: string, key: string): Values => {
    const inner = values[section];
    if (!isValues(inner)) return {};
    const path = inner[key];
    if (typeof path !== "string" || isAbsolute(path)) return {};
    return { [section]: { ...inner, [key]: resolve(dirname(file), path) } };
  };
  return { ...values, ...at("data", "root"), ...at("init", "from") };
}
