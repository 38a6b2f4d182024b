import { existsSync } from "node:fs";
import { join } from "node:path";
import { foldersIn, isFolder } from "../annotated/folder-files.ts";
import { listFolder } from "../image-tree.ts";
import type { Split } from "../split.ts";

export type CocoKind = "instances" | "keypoints" | "captions" | "panoptic";

/** An annotation file by what its name says. */
export interface CocoFile {
  readonly kind: CocoKind;
  /** Path below the root. */
  readonly path: string;
  /** Undefined where the name tells none. */
  readonly split: Split | undefined;
  /** What follows the kind in the name, `val2017`; the images often lie in a folder of that name. */
  readonly part: string;
}

const kinds: readonly (readonly [pattern: RegExp, kind: CocoKind])[] = [
  [/^instances_(.+)\.json$/, "instances"],
  [/^(.+)_detection_format\.json$/, "instances"],
  [/^(.*)_annotations\.coco\.json$/, "instances"], // Roboflow's export
  [/^person_keypoints_(.+)\.json$/, "keypoints"],
  [/^captions_(.+)\.json$/, "captions"],
  [/^panoptic_(.+)\.json$/, "panoptic"],
];

/** COCO's annotation files in `root`, in `root`/annotations, and one for each split folder. */
export function cocoFiles(root: string): CocoFile[] {
  const splitFolders = foldersIn(root).filter((name) => splitOf(name) !== undefined);
  return ["", "annotations/", ...splitFolders.map((name) => `${name}/`)].flatMap((place) =>
    namesIn(join(root, place)).flatMap((name) => {
      for (const [pattern, kind] of kinds) {
        const part = pattern.exec(name)?.[1];
        if (part === undefined) continue;
        const path = place + name;
        // what is called panoptic has its maps beside it; else it is a list of categories or something like it
        if (kind === "panoptic" && !isFolder(join(root, mapFolder(path)))) return [];
        return [{ kind, path, split: splitOf(part) ?? splitOf(place), part: part === "" ? place.slice(0, -1) : part }];
      }
      return [];
    }),
  );
}

/** Where the maps of a panoptic file lie. */
export const mapFolder = (path: string): string => path.replace(/\.json$/, "");

const namesIn = (folder: string): string[] =>
  existsSync(folder) && isFolder(folder) ? listFolder(folder).map(({ name }) => name) : [];

function splitOf(text: string): Split | undefined {
  if (/(^|[^a-z])train/i.test(text)) return "train";
  if (/(^|[^a-z])val/i.test(text)) return "val";
  return /(^|[^a-z])test/i.test(text) ? "test" : undefined;
}

/** The folder below `root` that holds the images of `part`: the first that has one of `names`. */
export function imageFolder(root: string, part: string, names: readonly string[]): string | undefined {
  const named = [part, `images/${part}`, "images", "input_images", "JPEGImages", "."];
  const all = [...named, ...foldersIn(root), ...foldersIn(join(root, "images")).map((name) => `images/${name}`)];
  return all.find((folder) => names.some((name) => existsSync(join(root, folder, name))));
}
