import { FoveaError } from "../errors/fovea-error.ts";
import type { ClipSample, FramesOf } from "./clips/read-clip.ts";
import type { Sample } from "./image.ts";
import type { Part } from "./image-part.ts";
import type { DatasetSource } from "./dataset-source.ts";
import type { SpectrumSample } from "./spectra/spectrum-row.ts";
import type { TargetInfo } from "./targets.ts";

/** Images with class labels, by index. Reading has no state: any thread, any order, the same sample. */
export interface Dataset {
  /** For people: a path or `world`, with the split. */
  readonly name: string;
  readonly length: number;
  /** By label. */
  readonly classNames: readonly string[];
  /** SHA-256 of what decides the samples: content for files that hold many images, names and sizes for folders. */
  readonly fingerprint: string;
  /** What another thread needs to open the same set (`openSource`): plain data. */
  readonly source: DatasetSource;
  /** What its samples carry beside the label. */
  readonly targets?: TargetInfo;
  /** What is wrong with its annotations, a sentence for each file and fault; what is wrong is left out of the samples. */
  readonly problems?: readonly string[];
  /** The label of a sample without reading its image. */
  label(index: number): number;
  /** @throws FoveaError `data/unreadable-image` where this one image cannot be read. */
  read(index: number): Promise<Sample>;
  /**
   * The same sample with a part of its image and no targets, where that costs less than the whole: for image files.
   * @throws as `read`, whatever the part
   */
  readPart?(index: number, part: Part): Promise<Sample>;
  /**
   * Of videos and folders of frames: the sample with the chosen frames as its clip target, and the first of them as its
   * image. Only these are kept.
   * @throws as `read`
   */
  readClip?(index: number, framesOf: FramesOf): Promise<ClipSample>;
  /** Of spectra, which have no image: `read` refuses. @throws as `read` where this one cannot be read */
  readSpectrum?(index: number): Promise<SpectrumSample>;
}

/** Throws `data/classes` unless the set has two classes, which a classifier needs; pre-training does without. */
export function requireClasses(dataset: Dataset): void {
  if (dataset.classNames.length >= 2) return;
  const [only = "none"] = dataset.classNames;
  throw new FoveaError("data/classes", `${dataset.name}: one class (${only}), but a classifier needs at least two`, {
    hint: "make one folder for each class; pre-training (data-scaling) works on images without classes",
    exitCode: 2,
  });
}

/** Throws on an index outside the set: a mistake of the program. */
export function checkIndex(dataset: Dataset, index: number): void {
  if (Number.isInteger(index) && index >= 0 && index < dataset.length) return;
  throw new RangeError(`${dataset.name}: index ${index} is outside 0 to ${dataset.length - 1}`);
}
