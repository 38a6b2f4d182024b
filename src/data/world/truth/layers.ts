import type { Box, Instance, InstancesTarget, PanopticTarget, SemanticTarget } from "../../targets.ts";

/**
 * What stands at each pixel's middle, as all maps are made of it: [height, width] each. Categories are numbered things
 * first, then stuff.
 */
export interface Layers {
  readonly width: number;
  readonly height: number;
  /** Index of the thing, −1 where none is. */
  readonly owner: Int16Array;
  /** Category of each thing. */
  readonly categories: readonly number[];
  /** Category of what lies behind the things. */
  readonly behind: Uint8Array;
}

/** The category of each pixel; every pixel has one. */
export function semanticTarget({ width, height, owner, categories, behind }: Layers): SemanticTarget {
  const classes = behind.slice();
  for (let at = 0; at < classes.length; at++) if (owner[at] >= 0) classes[at] = categories[owner[at]];
  return { kind: "semantic", width, height, classes, ignore: 255 };
}

/** The visible part of one thing. */
export interface VisiblePart {
  readonly box: Box;
  readonly area: number;
  readonly bitmap: Uint8Array;
}

/** The visible part of each thing, by index; undefined where fewer than `least` pixels are left. */
export function visibleParts(layers: Layers, least = 1): (VisiblePart | undefined)[] {
  const { width, height, owner, categories } = layers;
  const extents = categories.map(() => ({ x0: width, x1: 0, y0: height, y1: 0, area: 0 }));
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      if (owner[at] < 0) continue;
      const extent = extents[owner[at]];
      extent.area++;
      if (column < extent.x0) extent.x0 = column;
      if (column >= extent.x1) extent.x1 = column + 1;
      if (row < extent.y0) extent.y0 = row;
      extent.y1 = row + 1;
    }
  }
  return extents.map(({ x0, x1, y0, y1, area }, index) => {
    if (area < least) return undefined;
    return { box: [x0, y0, x1, y1], area, bitmap: owner.length === 0 ? new Uint8Array(0) : bitmapOf(owner, index) };
  });
}

function bitmapOf(owner: Int16Array, index: number): Uint8Array {
  const bitmap = new Uint8Array(owner.length);
  for (let at = 0; at < owner.length; at++) if (owner[at] === index) bitmap[at] = 1;
  return bitmap;
}

/** The things of which at least `least` pixels are seen. Boxes are the edges of the visible masks. */
export function instancesTarget(layers: Layers, least = 1): InstancesTarget {
  const { width, height, categories } = layers;
  const instances: Instance[] = [];
  for (const [index, part] of visibleParts(layers, least).entries()) {
    if (part === undefined) continue;
    const { box, area, bitmap } = part;
    instances.push({
      category: categories[index],
      box,
      area,
      crowd: false,
      mask: { kind: "bitmap", bitmap },
      id: index + 1,
    });
  }
  return { kind: "instances", width, height, instances };
}

/** Stuff of category k is segment `stuffSegment + k`; thing i is segment i + 1, as in `instancesTarget`. */
const stuffSegment = 1000;

/** Every pixel in exactly one segment: a thing, or all of one kind of stuff. */
export function panopticTarget({ width, height, owner, categories, behind }: Layers): PanopticTarget {
  const ids = new Uint32Array(owner.length);
  const found = new Map<number, number>();
  for (let at = 0; at < ids.length; at++) {
    const thing = owner[at];
    ids[at] = thing >= 0 ? thing + 1 : stuffSegment + behind[at];
    if (!found.has(ids[at])) found.set(ids[at], thing >= 0 ? categories[thing] : behind[at]);
  }
  const segments = [...found].sort(([a], [b]) => a - b).map(([id, category]) => ({ id, category, crowd: false }));
  return { kind: "panoptic", width, height, ids, segments };
}
