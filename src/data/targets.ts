import type { Rle } from "../formats/coco/rle.ts";
import type { RawImage } from "./image.ts";

/*
 * What is known of a sample beside its image. All of it is plain data that threads can send.
 *
 * Coordinates are continuous pixels of the sample's image: x to the right, y down, the pixel of row i and column j covers
 * [j, j + 1) × [i, i + 1), its centre is (j + ½, i + ½). Boxes, polygons and key points share them, so that one affine map
 * moves all. Maps are [height, width], rows first, of the image's size.
 */

/** One kind of truth about a sample. */
export type Target =
  | LabelTarget
  | SemanticTarget
  | InstancesTarget
  | PanopticTarget
  | KeypointsTarget
  | DepthTarget
  | CaptionsTarget
  | PairTarget
  | ClipTarget;
export type TargetKind = Target["kind"];
export type TargetOf<K extends TargetKind> = Extract<Target, { readonly kind: K }>;

/** The truths of one sample, at most one of each kind. */
export type Targets = { readonly [K in TargetKind]?: TargetOf<K> };

export interface LabelTarget {
  readonly kind: "label";
  /** Index into the class names. */
  readonly label: number;
}

/** A class for each pixel. */
export interface SemanticTarget {
  readonly kind: "semantic";
  readonly width: number;
  readonly height: number;
  /** [height, width]: index into the classes, or `ignore`. */
  readonly classes: Uint8Array | Uint16Array;
  /** What stands where there is no truth, and where a transform shows what lies outside the image: 255, or 65535. */
  readonly ignore: number;
}

/** Edges [x0, y0, x1, y1], x0 ≤ x1, y0 ≤ y1; width is x1 − x0. */
export type Box = readonly [x0: number, y0: number, x1: number, y1: number];

/** Where an instance is, not yet drawn: `drawInstanceMask` gives the bitmap. */
export type InstanceMask =
  /** Closed polygons x, y, x, y, …; the mask is their union, drawn as pycocotools does. */
  | { readonly kind: "polygons"; readonly polygons: readonly (readonly number[])[] }
  | { readonly kind: "rle"; readonly rle: Rle }
  /** [height, width] of the image, 0 or 1. */
  | { readonly kind: "bitmap"; readonly bitmap: Uint8Array };

/** A thing in the image. */
export interface Instance {
  /** Index into the categories. */
  readonly category: number;
  readonly box: Box;
  /** Pixels, as annotated; of the box where nothing says more. */
  readonly area: number;
  /** The region of many things that were not told apart: detections in it count neither way. */
  readonly crowd: boolean;
  /** Hard to see (Pascal VOC): left out of the score. */
  readonly difficult?: boolean;
  readonly mask?: InstanceMask;
  /** Id in the annotation file. */
  readonly id?: number;
}

export interface InstancesTarget {
  readonly kind: "instances";
  readonly width: number;
  readonly height: number;
  readonly instances: readonly Instance[];
}

/** One thing, or all of one kind of stuff. */
export interface PanopticSegment {
  /** As it stands in the map; 1 to 2²⁴ − 1. */
  readonly id: number;
  /** Index into the categories. */
  readonly category: number;
  readonly crowd: boolean;
}

/** Each pixel in exactly one segment, or in none. */
export interface PanopticTarget {
  readonly kind: "panoptic";
  readonly width: number;
  readonly height: number;
  /** [height, width]: a segment's id, or 0 where there is none. */
  readonly ids: Uint32Array;
  readonly segments: readonly PanopticSegment[];
}

/** Of a key point: 0 not labelled (x and y mean nothing), 1 labelled but hidden, 2 visible. */
export type KeypointVisibility = 0 | 1 | 2;

/** The points of one figure. */
export interface KeypointFigure {
  /** [K, 3]: x, y and `KeypointVisibility`, in the order of the layout's names. */
  readonly points: Float32Array;
  readonly box: Box;
  /** Pixels of the figure; its root is the scale of the OKS score. */
  readonly area: number;
  readonly crowd: boolean;
  readonly id?: number;
}

/** Which points a figure has. */
export interface KeypointLayout {
  /** [K] */
  readonly names: readonly string[];
  /** Bones, as pairs of indices from 0. */
  readonly skeleton: readonly (readonly [from: number, to: number])[];
  /** [K]: the point that takes this one's place in the mirror; itself on the body's axis. */
  readonly mirrored: readonly number[];
}

export interface KeypointsTarget {
  readonly kind: "keypoints";
  readonly width: number;
  readonly height: number;
  readonly layout: KeypointLayout;
  readonly figures: readonly KeypointFigure[];
}

export interface DepthTarget {
  readonly kind: "depth";
  readonly width: number;
  readonly height: number;
  /** [height, width], along the optical axis; 0 where not valid. */
  readonly metres: Float32Array;
  /** [height, width]: 1 where depth was measured. */
  readonly valid: Uint8Array;
}

export interface CaptionsTarget {
  readonly kind: "captions";
  /** One and more. */
  readonly texts: readonly string[];
}

/** The sample's image is the degraded one. */
export interface PairTarget {
  readonly kind: "pair";
  /** Of the image's size. */
  readonly clean: RawImage;
}

/** Something followed through a clip. */
export interface Track {
  readonly id: number;
  readonly category: number;
  /** [T, 4]: x0, y0, x1, y1, NaN in frames without it. */
  readonly boxes: Float32Array;
  /** [T]: 1 in frames where it does what is not normal. */
  readonly anomalous?: Uint8Array;
}

/** The sample's image is the first frame. What the clip as a whole shows (an action) is its label. */
export interface ClipTarget {
  readonly kind: "clip";
  /** [T], all of one size. */
  readonly frames: readonly RawImage[];
  readonly framesPerSecond?: number;
  /** [T]: 1 where something in the frame is not normal. */
  readonly frameAnomalies?: Uint8Array;
  /** [T, height, width]: 1 on pixels that are not normal. */
  readonly pixelAnomalies?: Uint8Array;
  readonly tracks?: readonly Track[];
}

/** What a category is called, by index. */
export interface Category {
  readonly name: string;
  /** Its number in the annotation files. */
  readonly id: number;
  /** Countable, so that it comes in instances; stuff otherwise. */
  readonly thing: boolean;
  readonly group?: string;
  /** sRGB, 0 to 255. */
  readonly colour?: readonly [red: number, green: number, blue: number];
}

/** What a whole data set says of its targets; a kind that no sample has is absent. */
export interface TargetInfo {
  readonly label?: { readonly classNames: readonly string[] };
  readonly semantic?: { readonly categories: readonly Category[]; readonly ignore: number };
  readonly instances?: { readonly categories: readonly Category[] };
  readonly panoptic?: { readonly categories: readonly Category[] };
  readonly keypoints?: { readonly layout: KeypointLayout };
  /** The deepest value a file can hold, in metres. */
  readonly depth?: { readonly mostMetres: number };
  readonly captions?: Readonly<Record<string, never>>;
  readonly pair?: { readonly degradation: Degradation };
  readonly clip?: Readonly<Record<string, never>>;
}

/** What was done to the clean image of a pair. */
export type Degradation = "noise" | "rain" | "low-light" | "unknown";
