import { join } from "node:path";
import { listFolder } from "./image-tree.ts";

const deepest = 8;

/** Paths of the files below `root`, separated by `/`, by code units; hidden ones and links are passed over. */
export function listFiles(root: string, most = 1_000_000): string[] {
  const found: string[] = [];
  const visit = (path: string, depth: number): void => {
    for (const entry of listFolder(join(root, path))) {
      const below = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.isDirectory() && depth < deepest) visit(below, depth + 1);
      else if (entry.isFile() && found.length < most) found.push(below);
    }
  };
  visit("", 0);
  return found;
}
