import { deflateSync } from "node:zlib";
import { encodeRle } from "../../formats/coco/rle.ts";
import { rleToString } from "../../formats/coco/rle-string.ts";
import { encodePng } from "../../formats/png.ts";
import type {
  Box,
  Category,
  InstanceMask,
  InstancesTarget,
  KeypointLayout,
  KeypointsTarget,
  PanopticTarget,
  TargetInfo,
  Targets,
} from "../targets.ts";

/** An image to be annotated; its pixels are written by whoever has them. */
export interface CocoSample {
  /** Of the image, in all files. */
  readonly id: number;
  /** As it lies in the folder of the images. */
  readonly fileName: string;
  readonly width: number;
  readonly height: number;
  readonly targets: Targets;
}

/** A file below the root of the set. */
export interface CocoOutput {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * COCO's files of a split called `part` (`train2017`): instances, person_keypoints, captions and panoptic with its maps, of
 * what `info` names. Masks that are no polygons are written as compressed RLE. What `openDataset` reads back is what was
 * given, but for ids, which are given anew where there are none.
 */
export function* cocoOutputs(samples: readonly CocoSample[], info: TargetInfo, part: string): Generator<CocoOutput> {
  const images = samples.map(({ id, fileName, width, height }) => ({ id, file_name: fileName, width, height }));
  const file = (kind: string, annotations: readonly object[], categories?: readonly object[]): CocoOutput => ({
    path: `annotations/${kind}_${part}.json`,
    bytes: new TextEncoder().encode(JSON.stringify({ info: {}, licenses: [], images, annotations, ...(categories && { categories }) })), // prettier-ignore
  });
  if (info.instances !== undefined) {
    const { categories } = info.instances;
    yield file("instances", numbered(samples, ({ instances }) => instanceRows(instances, categories)), categories.map(categoryRow)); // prettier-ignore
  }
  if (info.keypoints !== undefined) {
    const rows = numbered(samples, ({ keypoints }) => figureRows(keypoints));
    yield file("person_keypoints", rows, [personRow(info.keypoints.layout)]);
  }
  if (info.captions !== undefined) {
    yield file("captions", numbered(samples, ({ captions }) => (captions?.texts ?? []).map((caption) => ({ caption })))); // prettier-ignore
  }
  if (info.panoptic !== undefined) {
    const { categories } = info.panoptic;
    const rows: object[] = [];
    for (const { id, fileName, targets } of samples) {
      if (targets.panoptic === undefined) continue;
      const mapName = fileName.replace(/\.[^./]*$/, "").replaceAll("/", "_") + ".png";
      rows.push({ image_id: id, file_name: mapName, segments_info: segmentRows(targets.panoptic, categories) });
      yield { path: `annotations/panoptic_${part}/${mapName}`, bytes: panopticPng(targets.panoptic) };
    }
    yield file("panoptic", rows, categories.map(categoryRow));
  }
}

/** Rows of all samples, with the image's id, and one of their own where they have none. */
function numbered(
  samples: readonly CocoSample[],
  rowsOf: (targets: Targets) => readonly { readonly id?: number; readonly [field: string]: unknown }[],
): object[] {
  const rows = samples.flatMap(({ id, targets }) => rowsOf(targets).map((row) => ({ ...row, image_id: id })));
  let next = rows.reduce((most, { id = 0 }) => Math.max(most, id), 0) + 1;
  return rows.map((row) => ({ ...row, id: row.id ?? next++ }));
}

const categoryRow = ({ id, name, thing, group, colour }: Category): object => ({
  id,
  name,
  isthing: thing ? 1 : 0,
  ...(group === undefined ? {} : { supercategory: group }),
  ...(colour === undefined ? {} : { color: colour }),
});

const cocoBox = ([x0, y0, x1, y1]: Box): number[] => [x0, y0, x1 - x0, y1 - y0];

function instanceRows(target: InstancesTarget | undefined, categories: readonly Category[]) {
  if (target === undefined) return [];
  const { width, height } = target;
  return target.instances.map(({ category, box, area, crowd, id, mask }) => ({
    ...(id === undefined ? {} : { id }),
    category_id: categories[category].id,
    bbox: cocoBox(box),
    area,
    iscrowd: crowd ? 1 : 0,
    ...(mask === undefined ? {} : { segmentation: segmentationOf(mask, width, height) }),
  }));
}

function segmentationOf(mask: InstanceMask, width: number, height: number): object {
  if (mask.kind === "polygons") return mask.polygons;
  const rle = mask.kind === "rle" ? mask.rle : encodeRle(mask.bitmap, width, height);
  return { size: [height, width], counts: rleToString(rle) };
}

/** Our places in the picture are half a pixel further than COCO's numbers of pixels. */
function figureRows(target: KeypointsTarget | undefined) {
  return (target?.figures ?? []).map(({ points, box, area, crowd, id }) => {
    const keypoints = Array.from(points, (value, i) => (i % 3 === 2 || points[i - (i % 3) + 2] === 0 ? value : value - 0.5)); // prettier-ignore
    const labelled = keypoints.filter((value, i) => i % 3 === 2 && value > 0).length;
    return {
      ...(id === undefined ? {} : { id }),
      category_id: 1,
      bbox: cocoBox(box),
      area,
      iscrowd: crowd ? 1 : 0,
      keypoints,
      num_keypoints: labelled,
    };
  });
}

const personRow = ({ names, skeleton }: KeypointLayout): object => ({
  id: 1,
  name: "person",
  supercategory: "person",
  keypoints: names,
  skeleton: skeleton.map(([from, to]) => [from + 1, to + 1]),
});

function segmentRows({ width, ids, segments }: PanopticTarget, categories: readonly Category[]): object[] {
  const extents = new Map(segments.map(({ id }) => [id, { x0: Infinity, y0: Infinity, x1: -1, y1: -1, area: 0 }]));
  for (let p = 0; p < ids.length; p++) {
    const extent = extents.get(ids[p]);
    if (extent === undefined) continue;
    const [x, y] = [p % width, Math.floor(p / width)];
    extent.x0 = Math.min(extent.x0, x);
    extent.y0 = Math.min(extent.y0, y);
    extent.x1 = Math.max(extent.x1, x);
    extent.y1 = Math.max(extent.y1, y);
    extent.area++;
  }
  return segments.flatMap(({ id, category, crowd }) => {
    const extent = extents.get(id);
    if (extent === undefined || extent.area === 0) return []; // hidden: a list may not name what the map lacks
    const bbox = [extent.x0, extent.y0, extent.x1 + 1 - extent.x0, extent.y1 + 1 - extent.y0];
    return [{ id, category_id: categories[category].id, iscrowd: crowd ? 1 : 0, area: extent.area, bbox }];
  });
}

/** COCO's panoptic map: id = R + 256 G + 65536 B. Throws `RangeError` for an id of 2²⁴ and more. */
export function panopticPng({ width, height, ids }: PanopticTarget): Uint8Array {
  const data = new Uint8Array(3 * ids.length);
  for (let p = 0; p < ids.length; p++) {
    if (ids[p] >= 2 ** 24) throw new RangeError(`panopticPng: the id ${ids[p]} does not fit three bytes`);
    data[3 * p] = ids[p];
    data[3 * p + 1] = ids[p] >> 8;
    data[3 * p + 2] = ids[p] >> 16;
  }
  return encodePng({ width, height, channels: 3, data }, { deflate: deflateSync });
}
