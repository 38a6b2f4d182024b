import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { findImages } from "../data/image-tree.ts";
import { FoveaError } from "../errors/fovea-error.ts";

/**
 * The images that IMAGE arguments name: files, folders (all images below), and globs (`*`, `?`, `**`) that the shell has
 * not expanded. Each once, in order.
 *
 * @throws FoveaError for a path that is not there, and for a folder or glob without images
 */
export function expandImages(words: readonly string[]): string[] {
  return [...new Set(words.flatMap(expand))];
}

function expand(word: string): string[] {
  if (existsSync(word)) return statSync(word).isDirectory() ? filled(word, imagesBelow(word)) : [word];
  if (/[*?]/.test(word)) return filled(word, matches(word));
  throw new FoveaError("predict/missing", `no image ${word}`, {
    hint: "an IMAGE is a file, a folder, or a pattern such as 'photos/*.jpg'",
    exitCode: 2,
  });
}

const imagesBelow = (folder: string): string[] =>
  findImages(folder, "", false).images.map(({ path }) => join(folder, path));

function filled(word: string, images: string[]): string[] {
  if (images.length > 0) return images;
  throw new FoveaError("predict/empty", `${word}: no images there`, {
    hint: "JPEG, PNG and WebP files are read, by their endings .jpg .jpeg .png .webp",
  });
}

/** Files below the part of `pattern` before its first wildcard that match it. */
function matches(pattern: string): string[] {
  const parts = pattern.split("/");
  const fixed = parts
    .slice(
      0,
      parts.findIndex((part) => /[*?]/.test(part)),
    )
    .join("/");
  const folder = fixed === "" ? (pattern.startsWith("/") ? "/" : ".") : fixed;
  if (!existsSync(folder)) return [];
  const expression = globExpression(join(pattern));
  return imagesBelow(folder).filter((path) => expression.test(path));
}

/** `*` and `?` stay in one part of a path; a part that is `**` is any number of parts. */
function globExpression(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll(/\*\*\/|\*|\?/g, (wildcard) => (wildcard === "**/" ? "(?:.*/)?" : wildcard === "*" ? "[^/]*" : "[^/]"));
  return new RegExp(`^${source}$`);
}
