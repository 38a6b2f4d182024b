import { createRequire } from "node:module";

/** Version of an installed dependency, from its package.json. */
export const packageVersion = (name: string): string =>
  (createRequire(import.meta.url)(`${name}/package.json`) as { version: string }).version;
