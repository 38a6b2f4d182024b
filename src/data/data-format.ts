import type { DatasetSource } from "./dataset-source.ts";
import type { DatasetSpec } from "./dataset-spec.ts";
import type { Split } from "./split.ts";

/** A layout of image files. */
export interface DataFormat {
  /** The files that it is told by, for messages. */
  readonly expected: string;
  /** Whether `format` must name it: what is no set of images is never taken for one. */
  readonly namedOnly?: boolean;
  /** The folder at or below `root` that its files lie in, by their names; undefined where they are not there. */
  locate(root: string): string | undefined;
  /** One split of it. @throws FoveaError `data/split` where it has none of that name */
  open(folder: string, split: Split, spec: DatasetSpec): DatasetSource;
}
