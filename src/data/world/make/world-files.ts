import { deflateSync } from "node:zlib";
import { encodeGrey16 } from "../../../formats/png-grey16.ts";
import { cocoOutputs, type CocoSample } from "../../coco/write-coco.ts";
import type { Dataset } from "../../dataset.ts";
import type { Split } from "../../split.ts";
import type { Category } from "../../targets.ts";
import { fromHue } from "../colours.ts";
import type { WorldSceneName, WorldTask } from "../world-options.ts";
import { actionFiles, streetFiles } from "./clip-files.ts";
import { numbered, pngFile, textFile, type MadeFile } from "./made-file.ts";

/**
 * The files of one split in a layout that `openDataset` and others read: class folders; CamVid's colour maps; COCO for
 * instances, panoptic segments, key points and captions; NYU Depth v2; paired folders; frame folders.
 */
export function worldFiles(
  dataset: Dataset,
  split: Split,
  { scene, task }: { readonly scene: WorldSceneName; readonly task: WorldTask },
): AsyncIterable<MadeFile> {
  switch (task) {
    case "label":
      return classFiles(dataset, split);
    case "semantic":
      return colourMapFiles(dataset, split);
    case "instances":
    case "panoptic":
    case "keypoints":
    case "captions":
      return cocoSetFiles(dataset, split);
    case "depth":
      return depthFiles(dataset, split);
    case "noise":
      return pairFiles(dataset, `${split}/input`, `${split}/groundtruth`);
    case "rain":
      return pairFiles(dataset, `${split}/input`, `${split}/target`);
    case "low-light": {
      const place = split === "train" ? "our485" : "eval15";
      return pairFiles(dataset, `${place}/low`, `${place}/high`);
    }
    case "clip":
      return scene === "surveillance" ? streetFiles(dataset, split) : actionFiles(dataset, split);
  }
}

async function* classFiles(dataset: Dataset, split: Split): AsyncGenerator<MadeFile> {
  for (let index = 0; index < dataset.length; index++) {
    const { image, label } = await dataset.read(index);
    yield pngFile(`${split}/${folderName(dataset.classNames[label])}/${numbered(index)}.png`, image);
  }
}

const folderName = (name: string): string => name.replace(/[^A-Za-z0-9]+/g, "-");

/** `SPLIT/NAME.png`, `SPLIT_labels/NAME_L.png` and `class_dict.csv`. */
async function* colourMapFiles(dataset: Dataset, split: Split): AsyncGenerator<MadeFile> {
  const categories = dataset.targets?.semantic?.categories ?? [];
  const colours = categories.map((_, k) => categoryColour(k));
  for (let index = 0; index < dataset.length; index++) {
    const { image, targets } = await dataset.read(index);
    yield pngFile(`${split}/${numbered(index)}.png`, image);
    const classes = targets?.semantic?.classes ?? new Uint8Array(image.width * image.height);
    const data = new Uint8Array(3 * classes.length);
    for (let at = 0; at < classes.length; at++) data.set(colours[classes[at]], 3 * at);
    yield pngFile(`${split}_labels/${numbered(index)}_L.png`, { ...image, data });
  }
  yield textFile("class_dict.csv", ["name,r,g,b", ...categories.map(classRow)].map((line) => `${line}\n`).join(""));
}

const classRow = ({ name }: Category, k: number): string => [name, ...categoryColour(k)].join(",");

/** Different for the first 72 categories: twelve hues, two saturations, three values. */
function categoryColour(k: number): [number, number, number] {
  const [saturation, value] = [k % 24 < 12 ? 1 : 0.5, [1, 0.7, 0.4][Math.floor(k / 24) % 3]];
  const [r, g, b] = fromHue(30 * (k % 12), saturation, value);
  return [Math.round(255 * r), Math.round(255 * g), Math.round(255 * b)];
}

async function* cocoSetFiles(dataset: Dataset, split: Split): AsyncGenerator<MadeFile> {
  const part = `${split}2017`;
  const samples: CocoSample[] = [];
  for (let index = 0; index < dataset.length; index++) {
    const { image, targets = {} } = await dataset.read(index);
    const fileName = `${numbered(index)}.png`;
    yield pngFile(`${part}/${fileName}`, image);
    samples.push({ id: index + 1, fileName, width: image.width, height: image.height, targets: withoutIds(targets) });
  }
  yield* cocoOutputs(samples, dataset.targets ?? {}, part);
}

/** Ids of things are unique in an image only; COCO's are unique in a file. */
function withoutIds(targets: NonNullable<Awaited<ReturnType<Dataset["read"]>>["targets"]>) {
  const { instances, keypoints } = targets;
  return {
    ...targets,
    ...(instances && { instances: { ...instances, instances: instances.instances.map(({ id: _, ...rest }) => rest) } }),
    ...(keypoints && { keypoints: { ...keypoints, figures: keypoints.figures.map(({ id: _, ...rest }) => rest) } }),
  };
}

/** NYU Depth v2 as Painter's tools unpack it: `sync` to learn from, `official_splits/test` held out; millimetres. */
async function* depthFiles(dataset: Dataset, split: Split): AsyncGenerator<MadeFile> {
  const room = split === "train" ? "sync/world" : "official_splits/test/world";
  for (let index = 0; index < dataset.length; index++) {
    const { image, targets } = await dataset.read(index);
    const { width, height } = image;
    const metres = targets?.depth?.metres ?? new Float32Array(width * height);
    yield pngFile(`${room}/rgb_${numbered(index)}.png`, image);
    const data = Uint16Array.from(metres, (depth) => Math.min(65_535, Math.round(1000 * depth)));
    const bytes = encodeGrey16({ width, height, data }, { deflate: deflateSync });
    yield { path: `${room}/sync_depth_${numbered(index)}.png`, bytes };
  }
}

async function* pairFiles(dataset: Dataset, degraded: string, clean: string): AsyncGenerator<MadeFile> {
  for (let index = 0; index < dataset.length; index++) {
    const { image, targets } = await dataset.read(index);
    yield pngFile(`${degraded}/${numbered(index)}.png`, image);
    yield pngFile(`${clean}/${numbered(index)}.png`, targets?.pair?.clean ?? image);
  }
}
