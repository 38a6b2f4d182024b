import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { sayNotInstalled } from "../serve-steps.ts";

/**
 * A package of the folder FOVEA_PEERS_NODE: peers are measured, not depended on, so package.json does not know them.
 * Says 'not installed' to the runner and ends the process if it is absent. `T` is the caller's word about its shape.
 */
export async function loadPeer<T>(name: string, install: readonly string[]): Promise<{ module: T; version: string }> {
  const folder = process.env["FOVEA_PEERS_NODE"];
  try {
    if (folder === undefined) throw new Error("FOVEA_PEERS_NODE is not set");
    const require = createRequire(join(resolve(folder), "package.json"));
    const main = require.resolve(name);
    const module = (await import(pathToFileURL(main).href)) as T & { readonly default?: T };
    return { module: module.default ?? module, version: versionOf(main, name, require) };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    sayNotInstalled(`npm install --prefix DIR ${install.join(" ")}, then FOVEA_PEERS_NODE=DIR (${reason})`);
    process.exit(0);
  }
}

function versionOf(main: string, name: string, require: NodeJS.Require): string {
  const root = main.slice(0, main.lastIndexOf(join("node_modules", name)) + join("node_modules", name).length);
  return (require(join(root, "package.json")) as { version: string }).version;
}
