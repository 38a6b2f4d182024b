import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of real data beside the project, and whether this machine has it. */
export function sharedData(name: string): { readonly root: string; readonly missing: boolean } {
  const root = fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url));
  const missing = !existsSync(root);
  if (missing) console.warn(`skipped: ${root} is not here`);
  return { root, missing };
}
