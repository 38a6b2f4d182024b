import { readFileSync } from "node:fs";

/** The version in fovea's own package.json, which lies two folders above this file in `src/` and in `dist/`. */
export function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version; // our own file
}
