import { createHash } from "node:crypto";
import { checkIndex, type Dataset } from "../dataset.ts";
import type { DrawnPictures, WorldSource } from "../dataset-source.ts";
import { rawImage, type Sample } from "../image.ts";
import { sharedBytes } from "../memory-dataset.ts";
import { describeScene } from "./shapes/describe.ts";
import { renderScene } from "./shapes/render.ts";
import { shapeKinds } from "./shapes/scene.ts";

/** Bytes that drawn pictures may take; a larger set is drawn anew each time. */
const mostDrawnBytes = 2 ** 28;

/** Room for the pictures of a set, or undefined where they are too many. */
export function roomForPictures(imageSize: number, count: number): DrawnPictures | undefined {
  const pixels = imageSize * imageSize * count;
  if (4 * pixels + count > mostDrawnBytes) return undefined;
  return { images: sharedBytes(3 * pixels), masks: sharedBytes(pixels), done: sharedBytes(count) };
}

/** The procedural set: textured shapes on backgrounds, eight classes, with a class mask for each picture. */
export function worldDataset(source: WorldSource): Dataset {
  const { imageSize, count, seed, split } = source;
  const identity = JSON.stringify(["world/shapes-1", imageSize, count, seed, split]);
  const dataset: Dataset = {
    name: `world (${split})`,
    length: count,
    classNames: shapeKinds,
    fingerprint: createHash("sha256").update(identity).digest("hex"),
    source,
    label: (index) => index % shapeKinds.length,
    async read(index) {
      checkIndex(dataset, index);
      return readPicture(source, index);
    },
  };
  return dataset;
}

function readPicture({ imageSize, seed, split, drawn }: WorldSource, index: number): Sample {
  const named = { label: index % shapeKinds.length, id: `world/${split}/${index}` };
  const pixels = imageSize * imageSize;
  if (drawn !== undefined && Atomics.load(drawn.done, index) === 1) {
    const image = rawImage(imageSize, imageSize, drawn.images.slice(3 * pixels * index, 3 * pixels * (index + 1)));
    return { ...named, image, mask: drawn.masks.slice(pixels * index, pixels * (index + 1)) };
  }
  const { image, mask } = renderScene(describeScene(seed, split, index), imageSize);
  if (drawn !== undefined) {
    drawn.images.set(image.data, 3 * pixels * index);
    drawn.masks.set(mask, pixels * index);
    Atomics.store(drawn.done, index, 1);
  }
  return { ...named, image, mask };
}
