import { FoveaError } from "../../errors/fovea-error.ts";
import { isNumbers, isObject } from "../../formats/coco/coco-json.ts";
import { rleFromString } from "../../formats/coco/rle-string.ts";
import { checkedRle } from "../../formats/coco/rle.ts";
import type { InstanceRecord } from "../annotated/sample-record.ts";
import type { CocoImage } from "./coco-images.ts";

/** A `segmentation` field: polygons, or runs that fill the image exactly; undefined where there is none to use. */
export function checkedMask(
  segmentation: unknown,
  image: CocoImage,
  report: (fault: string) => void,
): InstanceRecord["mask"] {
  if (segmentation === undefined) return undefined; // boxes alone
  if (Array.isArray(segmentation)) return checkedPolygons(segmentation, image, report);
  if (isObject(segmentation)) return checkedRuns(segmentation, image, report);
  report("segmentation that is neither polygons nor RLE");
  return undefined;
}

function checkedPolygons(polygons: readonly unknown[], image: CocoImage, report: (fault: string) => void) {
  const usable = polygons.filter((polygon): polygon is readonly number[] => {
    if (!isNumbers(polygon)) report("polygon that is no list of numbers");
    else if (polygon.length < 6) report("polygon of fewer than 6 numbers");
    else if (polygon.length % 2 !== 0) report("polygon of an odd number of numbers");
    else if (!nearImage(polygon, image)) report("polygon outside its image");
    else return true;
    return false;
  });
  return usable.length === 0 ? undefined : usable;
}

/** Within an image's size of it. */
const nearImage = (polygon: readonly number[], { width, height }: CocoImage): boolean =>
  polygon.every((value, i) => {
    const side = i % 2 === 0 ? width : height;
    return value >= -side && value <= 2 * side;
  });

function checkedRuns(
  { size, counts }: Readonly<Record<string, unknown>>,
  { width, height }: CocoImage,
  report: (fault: string) => void,
): InstanceRecord["mask"] {
  if (!isNumbers(size) || size.length !== 2 || size[0] !== height || size[1] !== width) {
    report("RLE of another size than its image's");
    return undefined;
  }
  try {
    if (typeof counts === "string") rleFromString(counts, width, height);
    else if (Array.isArray(counts)) checkedRle(width, height, counts);
    else throw new FoveaError("coco/rle", "RLE: counts are neither text nor a list");
  } catch (error) {
    if (!(error instanceof FoveaError)) throw error;
    report(error.message);
    return undefined;
  }
  return { size: [height, width], counts: counts as string | readonly number[] }; // looked at above
}
