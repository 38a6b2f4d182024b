import { statSync } from "node:fs";
import { join } from "node:path";
import { isImage, listFolder } from "../image-tree.ts";

export const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** Names of the folders right below `path`, by code units; none where there is no such folder. */
export const foldersIn = (path: string): string[] =>
  isFolder(path)
    ? listFolder(path)
        .filter((entry) => entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(path, entry.name))))
        .map(({ name }) => name)
    : [];

/** Names of the files right below `path` that end as an image's do, by code units; none where there is no such folder. */
export const imagesIn = (path: string): string[] =>
  isFolder(path)
    ? listFolder(path)
        .map(({ name }) => name)
        .filter((name) => isImage(name))
    : [];

/** `a.b.png` → `a.b` */
export const withoutEnding = (name: string): string => name.replace(/\.[^./]*$/, "");
