import { FoveaError } from "../../errors/fovea-error.ts";
import { isNumbers, isObject, type CocoJson, type JsonObject } from "../../formats/coco/coco-json.ts";
import { checkedBox } from "../annotated/checked-box.ts";
import type { ProblemList } from "../annotated/problem-list.ts";
import type { FigureRecord } from "../annotated/sample-record.ts";
import type { Box, Category, KeypointLayout } from "../targets.ts";
import { indexById, layoutOf } from "./coco-categories.ts";
import { mapFolder } from "./coco-files.ts";
import type { CocoImage, CocoImages } from "./coco-images.ts";
import { checkedMask } from "./coco-mask.ts";

/** One annotation file, and where what it says goes. */
export interface CocoPart {
  readonly path: string;
  readonly json: CocoJson;
  readonly images: CocoImages;
  readonly problems: ProblemList;
}

/** Each annotation of a known image, once. */
function forEachAnnotation(
  { path, json, images, problems }: CocoPart,
  take: (annotation: JsonObject, image: CocoImage, report: (fault: string) => void) => void,
): void {
  const seen = new Set<unknown>();
  for (const [i, annotation] of json.annotations.entries()) {
    const { id, image_id: imageId } = annotation;
    const where = Number.isSafeInteger(id) ? `annotation ${String(id)}` : `annotations[${i}]`;
    const report = (fault: string) => problems.add(path, fault, where);
    if (id !== undefined && seen.has(id)) report("annotation id that stands twice");
    seen.add(id);
    const image = images.get(imageId);
    if (image === undefined) report("annotation of an image that is not listed");
    else take(annotation, image, report);
  }
}

export function addInstances(part: CocoPart, categories: readonly Category[]): void {
  const indices = indexById(categories);
  forEachAnnotation(part, (annotation, image, report) => {
    const category = indices.get(annotation.category_id);
    if (category === undefined) return report("annotation of an unknown category");
    const box = boxOf(annotation, image, report);
    if (box === undefined) return;
    const mask = checkedMask(annotation.segmentation, image, report);
    image.instances.push({ category, box, ...common(annotation, box), ...(mask === undefined ? {} : { mask }) });
  });
}

/** x, y, width, height → edges inside the image. */
function boxOf({ bbox }: JsonObject, image: CocoImage, report: (fault: string) => void): Box | undefined {
  if (isNumbers(bbox) && bbox.length === 4) {
    const [x, y, width, height] = bbox;
    return checkedBox([x, y, x + width, y + height], image, report);
  }
  report("annotation without a bbox of four numbers");
  return undefined;
}

function common({ area, iscrowd, id }: JsonObject, [x0, y0, x1, y1]: Box) {
  return {
    area: typeof area === "number" && area >= 0 && Number.isFinite(area) ? area : (x1 - x0) * (y1 - y0),
    ...(iscrowd === 1 ? { crowd: true as const } : {}),
    ...(Number.isSafeInteger(id) ? { id: id as number } : {}),
  };
}

/** @throws FoveaError `coco/keypoints` where no category says which points there are */
export function addFigures(part: CocoPart): KeypointLayout {
  const layout = layoutOf(part.json);
  if (layout === undefined) {
    throw new FoveaError("coco/keypoints", `${part.path}: no category has a list of keypoints`);
  }
  forEachAnnotation(part, (annotation, image, report) => {
    const points = pointsOf(annotation, layout, image, report);
    const box = points === undefined ? undefined : boxOf(annotation, image, report);
    if (points !== undefined && box !== undefined) image.figures.push({ points, box, ...common(annotation, box) });
  });
  return layout;
}

/** COCO numbers pixels from 0, so that a point's place in the picture is half a pixel further. */
function pointsOf(
  { keypoints }: JsonObject,
  { names }: KeypointLayout,
  { width, height }: CocoImage,
  report: (fault: string) => void,
): FigureRecord["points"] | undefined {
  if (!isNumbers(keypoints) || keypoints.length !== 3 * names.length) {
    report(`annotation without ${names.length} keypoints of x, y, v`);
    return undefined;
  }
  const points: number[] = [];
  for (let k = 0; k < keypoints.length; k += 3) {
    const [x, y, v] = [keypoints[k] + 0.5, keypoints[k + 1] + 0.5, keypoints[k + 2]];
    const visible = v === 0 || v === 1 || v === 2;
    if (!visible) report("keypoint with a visibility other than 0, 1 and 2");
    else if (v > 0 && (x < 0 || y < 0 || x > width || y > height)) report("keypoint outside its image");
    points.push(...(visible && v > 0 ? [x, y, v] : [0, 0, 0]));
  }
  return points;
}

export function addCaptions(part: CocoPart): void {
  forEachAnnotation(part, ({ caption }, image, report) => {
    if (typeof caption === "string" && caption.trim() !== "") image.captions.push(caption.trim());
    else report("annotation without a caption");
  });
}

export function addPanoptic(part: CocoPart, categories: readonly Category[]): void {
  const indices = indexById(categories);
  forEachAnnotation(part, ({ file_name: fileName, segments_info: segments }, image, report) => {
    if (typeof fileName !== "string") return report("annotation without the file_name of its map");
    if (!Array.isArray(segments) || !segments.every(isObject)) return report("annotation without segments_info");
    const seen = new Set<number>();
    const checked = segments.flatMap(({ id, category_id: categoryId, iscrowd }) => {
      const category = indices.get(categoryId);
      if (category === undefined) report("segment of an unknown category");
      else if (!isSegmentId(id)) report("segment without an id of 1 to 16,777,215");
      else if (seen.has(id)) report("segment id that stands twice in one image");
      else {
        seen.add(id);
        return [{ id, category, ...(iscrowd === 1 ? { crowd: true as const } : {}) }];
      }
      return [];
    });
    image.panoptic = { file: `${mapFolder(part.path)}/${fileName}`, segments: checked };
  });
}

const isSegmentId = (id: unknown): id is number =>
  Number.isInteger(id) && (id as number) >= 1 && (id as number) < 2 ** 24;
