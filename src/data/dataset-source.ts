import type { PackedRecords } from "./annotated/packed-records.ts";
import type { MapDecoding } from "./annotated/sample-record.ts";
import type { TargetInfo } from "./targets.ts";
import type { WorldRequest } from "./world/world-set.ts";

/** An opened data set as plain data, ready to be sent to a thread; large arrays lie in shared memory. */
export type DatasetSource = MemorySource | FolderSource | AnnotatedSource | WorldSource | ClipsSource | SpectraSource;

/** Images of one size in memory. */
export interface MemorySource {
  readonly kind: "memory";
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** [count, height, width, channels]; in shared memory (`sharedBytes`) the threads of a loader share it. */
  readonly images: Uint8Array;
  /** [count] */
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
  /** Where runs of images come from, by first index: sample 3 of [{ name: "a.bin", start: 0 }] is `a.bin#3`. */
  readonly origins: readonly { readonly name: string; readonly start: number }[];
  readonly fingerprint: string;
}

/** Image files below a root. */
export interface FolderSource {
  readonly kind: "folder";
  readonly name: string;
  readonly root: string;
  /** Paths below the root, separated by `/`. */
  readonly files: readonly string[];
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
  readonly fingerprint: string;
  readonly followLinks: boolean;
}

/** Images with more than a label, below a root. */
export interface AnnotatedSource {
  readonly kind: "annotated";
  readonly name: string;
  readonly root: string;
  readonly records: PackedRecords;
  /** [count]; 0 throughout where the set has no labels. */
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
  readonly info: TargetInfo;
  readonly decoding: MapDecoding;
  readonly fingerprint: string;
  readonly followLinks: boolean;
  /** What is wrong with the annotations, a sentence for each file and fault. */
  readonly problems: readonly string[];
}

/** Videos and folders of frames below a root. */
export interface ClipsSource {
  readonly kind: "clips";
  readonly name: string;
  readonly root: string;
  /** Of `ClipRecord`. */
  readonly records: PackedRecords;
  /** [count] */
  readonly labels: Int32Array;
  readonly classNames: readonly string[];
  readonly fingerprint: string;
  readonly followLinks: boolean;
  /** Clips of the list that are not there, a sentence for each. */
  readonly problems: readonly string[];
}

/** Files of one spectrum each, below a root. */
export interface SpectraSource extends Omit<FolderSource, "kind"> {
  readonly kind: "spectra";
}

/** One split of the procedural world. */
export interface WorldSource extends WorldRequest {
  readonly kind: "world";
  readonly count: number;
  /** Pictures that some thread has drawn already, kept for the next epoch; absent: drawn anew each time. */
  readonly drawn?: DrawnPictures | undefined;
}

/** In shared memory. */
export interface DrawnPictures {
  /** [count, size, size, 3] */
  readonly images: Uint8Array;
  /** [count, size, size] */
  readonly masks: Uint8Array;
  /** [count], 1 once image and mask are whole. Two threads that draw the same picture write the same bytes. */
  readonly done: Uint8Array;
}
