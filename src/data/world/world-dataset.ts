import { createHash } from "node:crypto";
import { checkIndex, type Dataset } from "../dataset.ts";
import type { DrawnPictures, WorldSource } from "../dataset-source.ts";
import { sharedBytes } from "../memory-dataset.ts";
import { firstShapesSet } from "./shapes/first-shapes-set.ts";
import { flatSet } from "./shapes/flat-set.ts";
import { uVitSet } from "./shapes/u-vit-set.ts";
import { actionSet } from "./solid/action-set.ts";
import { solidSet } from "./solid/solid-set.ts";
import { surveillanceSet } from "./solid/surveillance-set.ts";
import type { WorldSceneName } from "./world-options.ts";
import type { WorldSet } from "./world-set.ts";

/** Bytes that drawn pictures may take; a larger set is drawn anew each time. */
const mostDrawnBytes = 2 ** 28;

/** Room for the pictures of a set of `shapes-1`, or undefined where they are too many. */
export function roomForPictures(imageSize: number, count: number): DrawnPictures | undefined {
  const pixels = imageSize * imageSize * count;
  if (4 * pixels + count > mostDrawnBytes) return undefined;
  return { images: sharedBytes(3 * pixels), masks: sharedBytes(pixels), done: sharedBytes(count) };
}

/** The kinds of scene, with the version of their pictures: another version, other fingerprints. */
const scenes: Readonly<Record<WorldSceneName, { version: string; open: (source: WorldSource) => WorldSet }>> = {
  "shapes-1": { version: "world/shapes-1", open: firstShapesSet },
  shapes: { version: "world/shapes-2", open: flatSet },
  "u-vit": { version: "world/u-vit-1", open: uVitSet },
  scene: { version: "world/scene-1", open: solidSet },
  actions: { version: "world/actions-1", open: actionSet },
  surveillance: { version: "world/surveillance-1", open: surveillanceSet },
};

/** One split of the procedural world. @throws FoveaError `data/world` for what a scene does not have. */
export function worldDataset(source: WorldSource): Dataset {
  const { imageSize, count, seed, split, scene, task, options } = source;
  const { version, open } = scenes[scene];
  const identity = [version, imageSize, count, seed, split];
  const chosen = task === "label" && Object.keys(options).length === 0 ? [] : [task, options];
  const set = open(source);
  const dataset: Dataset = {
    name: `world (${split})`,
    length: count,
    classNames: set.classNames,
    fingerprint: createHash("sha256")
      .update(JSON.stringify([...identity, ...chosen]))
      .digest("hex"),
    source,
    targets: set.targets,
    label: set.label,
    async read(index) {
      checkIndex(dataset, index);
      return { ...set.read(index), id: `world/${split}/${index}` };
    },
  };
  return dataset;
}
