import { join } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import { readFileBytes } from "../../files/byte-source.node.ts";
import { parseJson } from "../../files/json.ts";
import { defaultLimits } from "../../files/limits.ts";
import { parseCoco, type CocoJson } from "../../formats/coco/coco-json.ts";
import { annotatedSource } from "../annotated/annotated-source.ts";
import { dividedRecords, noSplit } from "../annotated/divide.ts";
import { ProblemList } from "../annotated/problem-list.ts";
import type { DataFormat } from "../data-format.ts";
import type { Split } from "../split.ts";
import type { TargetInfo } from "../targets.ts";
import { cocoFiles, imageFolder, type CocoFile } from "./coco-files.ts";
import { CocoImages } from "./coco-images.ts";
import { categoriesOf } from "./coco-categories.ts";
import { addCaptions, addFigures, addInstances, addPanoptic, type CocoPart } from "./coco-annotations.ts";

/** COCO: `annotations/{instances,person_keypoints,captions,panoptic}_PART.json`, images in a folder called PART. */
export const coco: DataFormat = {
  expected:
    "annotations/instances_*.json, person_keypoints_*.json, captions_*.json, or panoptic_*.json with its folder",
  locate: (root) => [root, join(root, "coco")].find((folder) => cocoFiles(folder).length > 0),
  open(root, split, spec) {
    const all = cocoFiles(root);
    const divided = all.some((file) => file.split !== undefined);
    const files = divided ? all.filter((file) => file.split === split) : all;
    if (files.length === 0) throw noSplit(split);
    const problems = new ProblemList();
    const images = new CocoImages(problems);
    const info = files.reduce<TargetInfo>((known, file) => addFile(root, file, images, problems, known), {});
    const records = images.records((part, names) => folderOf(root, part, names, split));
    return annotatedSource({
      root,
      split,
      records: divided ? records : dividedRecords(records, split, spec),
      info,
      problems,
      followLinks: spec.followLinks,
    });
  },
};

function addFile(
  root: string,
  file: CocoFile,
  images: CocoImages,
  problems: ProblemList,
  known: TargetInfo,
): TargetInfo {
  const json = readCoco(join(root, file.path));
  images.addAll(json, file);
  const part: CocoPart = { path: file.path, json, images, problems };
  switch (file.kind) {
    case "captions":
      addCaptions(part);
      return { ...known, captions: {} };
    case "keypoints":
      return { ...known, keypoints: { layout: addFigures(part) } };
    case "instances": {
      const categories = known.instances?.categories ?? categoriesOf(json, file.path, problems);
      addInstances(part, categories);
      return { ...known, instances: { categories } };
    }
    case "panoptic": {
      const categories = categoriesOf(json, file.path, problems);
      addPanoptic(part, categories);
      return { ...known, panoptic: { categories } };
    }
  }
}

const readCoco = (path: string): CocoJson =>
  parseCoco(parseJson(readFileBytes(path, defaultLimits.jsonBytes), { name: path }), path);

function folderOf(root: string, part: string, names: readonly string[], split: Split): string {
  const folder = imageFolder(root, part, names);
  if (folder !== undefined) return folder === "." ? "" : `${folder}/`;
  throw new FoveaError("data/empty", `data.root ${root}: none of the ${split} images (${names[0]}, …) is there`, {
    hint: `put them into ${join(root, part)} or ${join(root, "images")}`,
    exitCode: 2,
  });
}
