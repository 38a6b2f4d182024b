import { existsSync } from "node:fs";
import { join } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { readFileBytes } from "../files/byte-source.node.ts";
import { parseVoc, type VocAnnotation, type VocObject } from "../formats/voc-xml.ts";
import { annotatedSource } from "./annotated/annotated-source.ts";
import { checkedBox } from "./annotated/checked-box.ts";
import { dividedRecords, noSplit } from "./annotated/divide.ts";
import { foldersIn, imagesIn, isFolder, withoutEnding } from "./annotated/folder-files.ts";
import { ProblemList } from "./annotated/problem-list.ts";
import type { InstanceRecord, SampleRecord, SemanticDecoding } from "./annotated/sample-record.ts";
import type { DataFormat } from "./data-format.ts";
import { listFolder } from "./image-tree.ts";
import type { Split } from "./split.ts";
import type { Category } from "./targets.ts";
import { textLines } from "./text-lines.ts";

const vocClasses = ["aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor"]; // prettier-ignore
const ignore = 255;

/** In the maps: 0 background, 1 to 20 the classes, 255 the outlines, which are ignored. */
const semantic: SemanticDecoding = {
  by: "value",
  ignore,
  classes: Object.fromEntries([...Array.from({ length: vocClasses.length + 1 }, (_, i) => [i, i]), [ignore, ignore]]),
};

/** Pascal VOC: `JPEGImages`, `Annotations/*.xml`, `ImageSets/Main/{train,val,test}.txt`; class maps where they are there. */
export const pascalVoc: DataFormat = {
  expected: "JPEGImages and Annotations/*.xml, with ImageSets/Main/{train,val,test}.txt",
  locate: (root) => {
    const below = foldersIn(root).slice(0, 16).map((name) => join(root, name)); // prettier-ignore
    const deeper = foldersIn(join(root, "VOCdevkit")).map((name) => join(root, "VOCdevkit", name));
    return [root, ...below, ...deeper].find(
      (folder) => isFolder(join(folder, "Annotations")) && isFolder(join(folder, "JPEGImages")),
    );
  },
  open(root, split, spec) {
    const problems = new ProblemList();
    const annotations = readAll(root, problems);
    const names = classNamesOf(annotations.values());
    const images = new Map(imagesIn(join(root, "JPEGImages")).map((name) => [withoutEnding(name), name]));
    const lists = imageSets(root);
    const wanted = lists === undefined ? [...annotations.keys()] : textLinesOf(root, lists, split);
    const records = wanted.flatMap((name): SampleRecord[] => {
      const annotation = annotations.get(name);
      if (annotation === undefined) return report(problems, name, "image without a readable annotation");
      const image = images.get(name);
      if (image === undefined) return report(problems, name, "annotation without its image");
      return [recordOf(root, name, image, annotation, names, problems)];
    });
    const mapped = records.some((record) => record.semantic !== undefined);
    return annotatedSource({
      root,
      split,
      records: lists === undefined ? dividedRecords(records, split, spec) : records,
      info: {
        instances: { categories: categoriesOf(names) },
        ...(mapped ? { semantic: { categories: categoriesOf(["background", ...vocClasses]), ignore } } : {}),
      },
      decoding: mapped ? { semantic } : {},
      problems,
      followLinks: spec.followLinks,
    });
  },
};

function report(problems: ProblemList, name: string, fault: string): [] {
  problems.add("Annotations", fault, name);
  return [];
}

/** All of them, whatever the split: the classes must not depend on it. */
function readAll(root: string, problems: ProblemList): Map<string, VocAnnotation> {
  const annotations = new Map<string, VocAnnotation>();
  for (const { name } of listFolder(join(root, "Annotations"))) {
    if (!name.endsWith(".xml")) continue;
    const file = `Annotations/${name}`;
    try {
      annotations.set(withoutEnding(name), parseVoc(readFileBytes(join(root, file), 2 ** 24), file));
    } catch (error) {
      if (!(error instanceof FoveaError)) throw error;
      problems.add("Annotations", "annotation that cannot be read", error.message);
    }
  }
  return annotations;
}

/** VOC's twenty where all are of them, else what there is, by name. */
function classNamesOf(annotations: Iterable<VocAnnotation>): readonly string[] {
  const found = new Set<string>();
  for (const { objects } of annotations) for (const { name } of objects) if (name !== undefined) found.add(name);
  return [...found].every((name) => vocClasses.includes(name)) ? vocClasses : [...found].sort();
}

const categoriesOf = (names: readonly string[]): Category[] => names.map((name, id) => ({ name, id, thing: name !== "background" })); // prettier-ignore

const imageSets = (root: string): string | undefined =>
  ["ImageSets/Main", "ImageSets/Segmentation"].find((folder) => existsSync(join(root, folder, "train.txt")));

/** A line may say more than the name. */
function textLinesOf(root: string, folder: string, split: Split): string[] {
  const path = join(root, folder, `${split}.txt`);
  if (!existsSync(path)) throw noSplit(split);
  return textLines(path).map((line) => line.split(/\s/)[0]);
}

function recordOf(
  root: string,
  name: string,
  image: string,
  annotation: VocAnnotation,
  names: readonly string[],
  problems: ProblemList,
): SampleRecord {
  const { width, height, objects } = annotation;
  const file = `Annotations/${name}.xml`;
  const sized = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0;
  if (!sized) problems.add("Annotations", "annotation without the size of its image", file);
  const size = sized ? { width, height } : { width: Infinity, height: Infinity };
  const map = `SegmentationClass/${name}.png`;
  return {
    image: `JPEGImages/${image}`,
    id: `JPEGImages/${image}`,
    ...(sized ? { size: [width, height] as const } : {}),
    instances: objects.flatMap((object) =>
      instanceOf(object, names, size, (fault) => problems.add("Annotations", fault, file)),
    ),
    ...(existsSync(join(root, map)) ? { semantic: map } : {}),
  };
}

/** Corners that number pixels from 1, both inside, become edges. */
function instanceOf(
  { name, difficult, xmin, ymin, xmax, ymax }: VocObject,
  names: readonly string[],
  size: { readonly width: number; readonly height: number },
  fault: (fault: string) => void,
): InstanceRecord[] {
  if (name === undefined) {
    fault("object without a name");
    return [];
  }
  const box = checkedBox([xmin - 1, ymin - 1, xmax, ymax], size, fault);
  if (box === undefined) return [];
  if (xmin === xmax || ymin === ymax) fault("box one pixel wide or high"); // kept: a pixel is an extent
  const area = (box[2] - box[0]) * (box[3] - box[1]);
  return [{ category: names.indexOf(name), box, area, ...(difficult ? { difficult: true as const } : {}) }];
}
