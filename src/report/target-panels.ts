import { drawInstanceMask } from "../data/instance-mask.ts";
import type { RawImage, Sample } from "../data/image.ts";
import type {
  Category,
  DepthTarget,
  InstancesTarget,
  KeypointsTarget,
  PanopticTarget,
  SemanticTarget,
  TargetInfo,
} from "../data/targets.ts";
import { blend, colourOf, dot, frame, line, outline, tint, type Canvas, type Rgb } from "./paint.ts";

/** A picture of one kind of truth. */
export interface TargetPanel {
  readonly caption: string;
  readonly image: RawImage;
}

/**
 * Pictures of what is known of a sample, each of the image's size: the image itself, then the image with boxes and masks,
 * with key points, with semantic classes, with panoptic segments; depth from near (bright) to far; the clean image.
 * Crowds have a white frame, hidden key points a dark middle, what is not known is black.
 */
export function targetPanels({ image, targets = {} }: Sample, info: TargetInfo): TargetPanel[] {
  const { instances, keypoints, semantic, panoptic, depth, pair, clip } = targets;
  return [
    { caption: pair ? "degraded" : "image", image },
    ...(pair ? [{ caption: "clean", image: pair.clean }] : []),
    ...(instances ? [{ caption: "instances", image: withInstances(image, instances, categoriesOf(info.instances)) }] : []), // prettier-ignore
    ...(keypoints ? [{ caption: "key points", image: withFigures(image, keypoints) }] : []),
    ...(semantic ? [{ caption: "classes", image: withClasses(image, semantic, categoriesOf(info.semantic)) }] : []),
    ...(panoptic ? [{ caption: "segments", image: withSegments(image, panoptic) }] : []),
    ...(depth ? [{ caption: "depth", image: depthPicture(depth) }] : []),
    ...(clip ? [{ caption: "last frame", image: clip.frames[clip.frames.length - 1] }] : []),
  ];
}

const categoriesOf = (of: { readonly categories: readonly Category[] } | undefined): readonly Category[] =>
  of?.categories ?? [];

const copyOf = (image: RawImage): RawImage => ({ ...image, data: image.data.slice() });
const white: Rgb = [255, 255, 255];
const black: Rgb = [0, 0, 0];

/** Pixels of a line so that it is seen when a large image is shown small. */
const thicknessFor = ({ width, height }: Canvas): number => Math.max(1, Math.round(Math.max(width, height) / 240));

/** Each instance in a colour of its own; its frame in that of its category. */
function withInstances(image: RawImage, target: InstancesTarget, categories: readonly Category[]): RawImage {
  const picture = copyOf(image);
  const thickness = thicknessFor(picture);
  for (const [i, { mask }] of target.instances.entries()) {
    if (mask === undefined) continue;
    const bitmap = drawInstanceMask(mask, target.width, target.height);
    tint(picture, bitmap, colourOf(i), 0.5);
    outline(picture, bitmap, colourOf(i));
  }
  for (const { box, category, crowd } of target.instances) {
    frame(picture, box, crowd ? white : colourFor(categories, category), thickness);
  }
  return picture;
}

const colourFor = (categories: readonly Category[], index: number): Rgb => categories[index]?.colour ?? colourOf(index);

function withFigures(image: RawImage, { layout, figures }: KeypointsTarget): RawImage {
  const picture = copyOf(image);
  const thickness = thicknessFor(picture);
  for (const [i, { points }] of figures.entries()) {
    const place = (k: number) => [points[3 * k], points[3 * k + 1]] as const;
    for (const [from, to] of layout.skeleton) {
      if (points[3 * from + 2] > 0 && points[3 * to + 2] > 0) {
        line(picture, place(from), place(to), thickness / 2, colourOf(i));
      }
    }
    for (let k = 0; k < layout.names.length; k++) {
      const visibility = points[3 * k + 2];
      if (visibility === 0) continue;
      // the person's left in green, right in red, the axis in white: a mirrored mistake is seen at once
      const { [k]: name } = layout.names;
      const colour: Rgb = /left/i.test(name) ? [0, 255, 0] : /right/i.test(name) ? [255, 0, 0] : white;
      dot(picture, ...place(k), 1.5 * thickness + 0.5, colour);
      if (visibility === 1) dot(picture, ...place(k), thickness * 0.8, black);
    }
  }
  return picture;
}

function withClasses(image: RawImage, { classes, ignore }: SemanticTarget, categories: readonly Category[]): RawImage {
  const picture = copyOf(image);
  for (let p = 0; p < classes.length; p++) {
    if (classes[p] === ignore) blend(picture, p, black, 1);
    else blend(picture, p, colourFor(categories, classes[p]), 0.65);
  }
  return picture;
}

function withSegments(image: RawImage, { ids, segments, width }: PanopticTarget): RawImage {
  const picture = copyOf(image);
  const order = new Map(segments.map(({ id }, i) => [id, i]));
  for (let p = 0; p < ids.length; p++) {
    const place = order.get(ids[p]);
    const edge = (p % width > 0 && ids[p] !== ids[p - 1]) || (p >= width && ids[p] !== ids[p - width]);
    if (place === undefined) blend(picture, p, black, 1);
    else blend(picture, p, edge ? white : colourOf(place), edge ? 1 : 0.6);
  }
  return picture;
}

function depthPicture({ width, height, metres, valid }: DepthTarget): RawImage {
  let [near, far] = [Infinity, 0];
  for (let p = 0; p < metres.length; p++) {
    if (valid[p] === 0) continue;
    near = Math.min(near, metres[p]);
    far = Math.max(far, metres[p]);
  }
  const data = new Uint8Array(3 * width * height);
  for (let p = 0; p < metres.length; p++) {
    if (valid[p] === 0) continue;
    const share = far > near ? (metres[p] - near) / (far - near) : 0;
    data.fill(Math.round(255 - 215 * share), 3 * p, 3 * p + 3);
  }
  return { width, height, channels: 3, data };
}
