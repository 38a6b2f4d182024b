export { uVit } from "./method.ts";
export { uVitSchema, type UVitRecipe } from "./schema.ts";
export { tiny, tinyCond } from "./recipes.ts";
