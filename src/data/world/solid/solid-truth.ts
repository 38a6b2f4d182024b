import type { Category, DepthTarget, TargetInfo, Targets } from "../../targets.ts";
import { instancesTarget, panopticTarget, semanticTarget, type Layers } from "../truth/layers.ts";
import { cocoPersonLayout, keypointsTarget } from "../truth/key-points.ts";
import { thingNames, type ThingName } from "../things/categories.ts";
import type { WorldTask } from "../world-options.ts";
import { pairInfo } from "../world-set.ts";
import { drawMaps, type PreparedScene, type SolidMaps } from "./render-solid.ts";
import { solidCaptions } from "./solid-caption.ts";
import { stuffNames } from "./stuff.ts";

/** Things, then stuff. The same for every set, whatever is drawn or held out. */
export const solidCategories: readonly Category[] = [
  ...thingNames.map((name) => ({ name: name as string, thing: true })),
  ...stuffNames.map((name) => ({ name: name as string, thing: false })),
].map((category, index) => ({ ...category, id: index + 1 }));

const thingCategories = solidCategories.filter(({ thing }) => thing);

/** Index of a thing's category. */
export const categoryIndex = (name: ThingName): number => thingNames.indexOf(name);

/** What a set with this task says of its targets. */
export function solidTargetInfo(task: WorldTask, farthest: number): TargetInfo {
  switch (task) {
    case "semantic":
      return { semantic: { categories: solidCategories, ignore: 255 } };
    case "instances":
      return { instances: { categories: thingCategories } };
    case "panoptic":
      return { panoptic: { categories: solidCategories } };
    case "keypoints":
      return { keypoints: { layout: cocoPersonLayout } };
    case "depth":
      return { depth: { mostMetres: farthest } };
    case "captions":
      return { captions: {} };
    case "clip":
      return { clip: {} };
    default:
      return pairInfo(task);
  }
}

/** The truth that a task asks for, at this size. */
export function solidTargets(prepared: PreparedScene, task: WorldTask, width: number, height: number): Targets {
  const layers = () => solidLayers(prepared, drawMaps(prepared, width, height));
  switch (task) {
    case "semantic":
      return { semantic: semanticTarget(layers()) };
    case "instances":
      return { instances: instancesTarget(layers()) };
    case "panoptic":
      return { panoptic: panopticTarget(layers()) };
    case "keypoints":
      return { keypoints: keypointsTarget(prepared, layers()) };
    case "depth":
      return { depth: depthTarget(drawMaps(prepared, width, height)) };
    case "captions":
      return { captions: { kind: "captions", texts: solidCaptions(prepared.scene) } };
    default:
      return {};
  }
}

/** The maps with categories for things and stuff. */
export function solidLayers({ scene }: PreparedScene, { width, height, owner, stuff }: SolidMaps): Layers {
  return {
    width,
    height,
    owner,
    categories: scene.things.map(({ category }) => categoryIndex(category)),
    behind: stuff.map((kind) => thingNames.length + kind),
  };
}

/** Sky and what is too far count as the farthest depth, so that every pixel is valid. */
function depthTarget({ width, height, depth }: SolidMaps): DepthTarget {
  return { kind: "depth", width, height, metres: depth, valid: new Uint8Array(depth.length).fill(1) };
}
