import { rleFromString } from "../../formats/coco/rle-string.ts";
import { checkedRle } from "../../formats/coco/rle.ts";
import type { InstanceMask, InstancesTarget, KeypointLayout, KeypointsTarget } from "../targets.ts";
import type { ImageSize } from "./annotated-dataset.ts";
import type { FigureRecord, InstanceRecord } from "./sample-record.ts";

export function instancesOf(records: readonly InstanceRecord[], { width, height }: ImageSize): InstancesTarget {
  const instances = records.map(({ category, box, area, crowd = false, difficult, id, mask }) => ({
    category,
    box,
    area,
    crowd,
    ...(difficult === undefined ? {} : { difficult }),
    ...(id === undefined ? {} : { id }),
    ...(mask === undefined ? {} : { mask: maskOf(mask) }),
  }));
  return { kind: "instances", width, height, instances };
}

function maskOf(mask: NonNullable<InstanceRecord["mask"]>): InstanceMask {
  if (!("size" in mask)) return { kind: "polygons", polygons: mask };
  const [height, width] = mask.size;
  const { counts } = mask;
  return {
    kind: "rle",
    rle: typeof counts === "string" ? rleFromString(counts, width, height) : checkedRle(width, height, counts),
  };
}

export function figuresOf(
  records: readonly FigureRecord[],
  layout: KeypointLayout,
  { width, height }: ImageSize,
): KeypointsTarget {
  const figures = records.map(({ points, box, area, crowd = false, id }) => ({
    points: Float32Array.from(points),
    box,
    area,
    crowd,
    ...(id === undefined ? {} : { id }),
  }));
  return { kind: "keypoints", width, height, layout, figures };
}
