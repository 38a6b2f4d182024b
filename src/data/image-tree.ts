import { readdirSync, realpathSync, statSync, type Dirent } from "node:fs";
import { extname, join, sep } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { explained } from "../files/file-error.ts";
import { imageEndings } from "./image-file.ts";

/** A file below a root: path separated by `/`, size in bytes. */
export interface FoundFile {
  readonly path: string;
  readonly bytes: number;
}

/** What lies below a folder. */
export interface ImageTree {
  /** In the order of their paths' code units, on every machine. */
  readonly images: readonly FoundFile[];
  /** Other files and links that were not followed. */
  readonly others: readonly string[];
}

const deepest = 16;

/**
 * The image files below `root`/`folder`, by their endings, or those `wanted`. Hidden files are passed over; links are followed inside the
 * root, and out of it only with `followLinks`.
 */
export function findImages(
  root: string,
  folder: string,
  followLinks: boolean,
  wanted: (name: string) => boolean = isImage,
): ImageTree {
  const images: FoundFile[] = [];
  const others: string[] = [];
  const realRoot = explained("open", root, () => realpathSync(root));
  const visit = (path: string, depth: number): void => {
    if (depth > deepest) {
      throw new FoveaError("data/depth", `${join(root, path)}: folders are nested more than ${deepest} deep`, {
        hint: "give the folder that holds the class folders; does a link lead back to a folder above it?",
      });
    }
    for (const entry of listFolder(join(root, path))) {
      const below = path === "" ? entry.name : `${path}/${entry.name}`;
      const kind = kindOf(entry, join(root, below), realRoot, followLinks);
      if (kind === "folder") visit(below, depth + 1);
      else if (kind === "file" && wanted(entry.name)) images.push({ path: below, bytes: sizeOf(join(root, below)) });
      else others.push(below);
    }
  };
  visit(folder, 0);
  return { images: images.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)), others };
}

/** The entries of a folder, hidden ones left out, by code units. */
export function listFolder(path: string): Dirent[] {
  const entries = explained("list", path, () => readdirSync(path, { withFileTypes: true }));
  return entries
    .filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/** Whether a name ends as an image's does. */
export const isImage = (name: string): boolean => imageEndings.includes(extname(name).toLowerCase());

function kindOf(entry: Dirent, path: string, realRoot: string, followLinks: boolean): "file" | "folder" | "other" {
  if (!entry.isSymbolicLink()) return entry.isDirectory() ? "folder" : entry.isFile() ? "file" : "other";
  try {
    const inside = realpathSync(path).startsWith(realRoot + sep);
    if (!inside && !followLinks) return "other";
    const target = statSync(path);
    return target.isDirectory() ? "folder" : target.isFile() ? "file" : "other";
  } catch {
    return "other"; // a link to nothing
  }
}

const sizeOf = (path: string): number => explained("read", path, () => statSync(path).size);
