/** Bytes of a sample: a path below the root, or a part of an archive below it. */
export type FileRef = string | { readonly archive: string; readonly start: number; readonly size: number };

/**
 * What an annotation file says of one sample, as plain JSON: nothing is decoded yet. Every format becomes records, and one
 * reader (`annotated-dataset.ts`) makes samples of them.
 */
export interface SampleRecord {
  readonly image: FileRef;
  /** The name that a person can look up. */
  readonly id: string;
  /** Pixels, where the annotations state them: an image of another size is refused. */
  readonly size?: readonly [width: number, height: number];
  readonly label?: number;
  readonly instances?: readonly InstanceRecord[];
  readonly figures?: readonly FigureRecord[];
  readonly captions?: readonly string[];
  readonly semantic?: FileRef;
  readonly panoptic?: PanopticRecord;
  readonly depth?: FileRef;
  readonly clean?: FileRef;
}

/** As `Instance`. */
export interface InstanceRecord {
  readonly category: number;
  readonly box: readonly [number, number, number, number];
  readonly area: number;
  readonly crowd?: true;
  readonly difficult?: true;
  readonly id?: number;
  readonly mask?: readonly (readonly number[])[] | RleRecord;
}

/** COCO's run lengths, as numbers or compressed. */
export interface RleRecord {
  readonly size: readonly [height: number, width: number];
  readonly counts: readonly number[] | string;
}

/** As `KeypointFigure`. */
export interface FigureRecord {
  /** x, y, v, x, y, v, … */
  readonly points: readonly number[];
  readonly box: readonly [number, number, number, number];
  readonly area: number;
  readonly crowd?: true;
  readonly id?: number;
}

export interface PanopticRecord {
  readonly file: FileRef;
  readonly segments: readonly { readonly id: number; readonly category: number; readonly crowd?: true }[];
}

/** How the numbers of label maps and depth files are meant; the same for all samples of a set. */
export interface MapDecoding {
  readonly semantic?: SemanticDecoding;
  /** Metres of one unit in a depth file; 0 is no measurement. */
  readonly depthUnitMetres?: number;
}

/** From what a label map holds to classes; what stands in neither list is refused. */
export type SemanticDecoding =
  /** Class by value. */
  | { readonly by: "value"; readonly ignore: number; readonly classes: Readonly<Record<string, number>> }
  /** Class by colour, `r g b` in 0 to 255. */
  | { readonly by: "colour"; readonly ignore: number; readonly classes: Readonly<Record<string, number>> };
