import { lstatSync, realpathSync } from "node:fs";
import { dirname, join, sep } from "node:path";

import { FoveaError } from "../errors/fovea-error.ts";
import { explained, systemCode } from "./file-error.ts";

export interface ResolveOptions {
  /** Allows symbolic links below the root that lead out of it. Default false. */
  readonly followLinks?: boolean;
}

/**
 * The path of `name`, which came from a file or a request, below `root`: the only way such a name becomes a path.
 * Refused (`files/outside`): absolute and drive paths, backslashes, NUL, `..`, empty and over-long names, and whatever
 * leads out of the real root through links. The path itself need not exist; the root must.
 */
export function resolveInside(root: string, name: string, { followLinks = false }: ResolveOptions = {}): string {
  const reason = whyUnsafe(name);
  if (reason !== undefined) throw outside(name, root, reason);
  const path = join(root, name);
  const realRoot = explained("open", root, () => realpathSync(root));
  if (!followLinks && !isWithin(realRoot, realOfExisting(path)))
    throw outside(name, root, "it leads out through a link");
  return path;
}

function whyUnsafe(name: string): string | undefined {
  if (name === "" || name.length > 4096) return "it is empty or longer than 4096 characters";
  if (name.includes("\0")) return "it holds a NUL";
  if (name.includes("\\")) return "it holds a backslash";
  if (name.startsWith("/") || /^[A-Za-z]:/.test(name)) return "it is absolute";
  if (name.split("/").some((part) => part === ".." || part === "" || part === "."))
    return "a part of it is empty, '.' or '..'";
  return undefined;
}

const isWithin = (root: string, path: string): boolean =>
  path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);

/** The real path of the deepest part of `path` that exists: links stand only in existing parts. */
function realOfExisting(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    const parent = dirname(path);
    if (systemCode(error) === "ENOENT" && parent !== path && !isLink(path)) return realOfExisting(parent);
    return explained("open", path, () => {
      throw error;
    });
  }
}

/** A link whose target is missing: whoever writes through it makes a file wherever it points. */
const isLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function outside(name: string, root: string, reason: string): FoveaError {
  return new FoveaError("files/outside", `the name ${JSON.stringify(name)} is refused below ${root}: ${reason}`, {
    hint: "names are relative, separated by '/', and stay inside; links that leave the root need followLinks",
  });
}
