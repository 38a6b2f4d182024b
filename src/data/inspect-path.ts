import { statSync } from "node:fs";
import { folderLayouts, type LayoutInspection } from "./folder-layouts.ts";
import { type DataInspection, inspectData } from "./inspect-data.ts";
import { type FileInspection, inspectFile } from "./inspect-file.ts";

/** What lies at a path: a file, labelled images, or a folder of another layout. */
export type PathInspection =
  | { readonly kind: "file"; readonly found: FileInspection }
  | { readonly kind: "images"; readonly found: DataInspection }
  | { readonly kind: "layout"; readonly found: LayoutInspection };

/**
 * Says what lies at `path` and what is wrong with it.
 *
 * @throws FoveaError where there is nothing to inspect, or a file is refused
 */
export async function inspectPath(
  path: string,
  progress?: (done: number, total: number) => void,
): Promise<PathInspection> {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined && !stat.isDirectory()) return { kind: "file", found: await inspectFile(path) };
  const layout = stat === undefined ? undefined : folderLayouts.find(({ matches }) => matches(path));
  if (layout !== undefined) return { kind: "layout", found: await layout.inspect(path) };
  return { kind: "images", found: await inspectData({ root: path }, progress) };
}
