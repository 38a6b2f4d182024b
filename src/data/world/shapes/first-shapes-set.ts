import type { WorldSource } from "../../dataset-source.ts";
import { rawImage, type Sample } from "../../image.ts";
import { requireTask, type WorldSet } from "../world-set.ts";
import { describeScene } from "./describe.ts";
import { renderScene } from "./render.ts";
import { shapeKinds } from "./scene.ts";

/** The first pictures of the world: one textured shape with clutter, eight classes, a class mask for each. */
export function firstShapesSet(source: WorldSource): WorldSet {
  requireTask(source, ["label"]);
  return {
    classNames: shapeKinds,
    targets: {},
    label: (index) => index % shapeKinds.length,
    read: (index) => readPicture(source, index),
  };
}

function readPicture({ imageSize, seed, split, drawn }: WorldSource, index: number): Omit<Sample, "id"> {
  const label = index % shapeKinds.length;
  const pixels = imageSize * imageSize;
  if (drawn !== undefined && Atomics.load(drawn.done, index) === 1) {
    const image = rawImage(imageSize, imageSize, drawn.images.slice(3 * pixels * index, 3 * pixels * (index + 1)));
    return { label, image, mask: drawn.masks.slice(pixels * index, pixels * (index + 1)) };
  }
  const { image, mask } = renderScene(describeScene(seed, split, index), imageSize);
  if (drawn !== undefined) {
    drawn.images.set(image.data, 3 * pixels * index);
    drawn.masks.set(mask, pixels * index);
    Atomics.store(drawn.done, index, 1);
  }
  return { label, image, mask };
}
