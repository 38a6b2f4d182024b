import { FoveaError } from "../../errors/fovea-error.ts";
import type { Dataset } from "../../data/dataset.ts";
import type { MemorySource } from "../../data/dataset-source.ts";
import { memoryDataset, sharedBytes } from "../../data/memory-dataset.ts";
import { applyTransforms } from "../../data/transforms/transform.ts";
import { generator } from "../../random/generator.ts";

/** The training set in memory, whose pixels a condensation changes: threads of the loader see what it writes. */
export interface TrainingImages {
  /** Of the images at their new size, numbered from 0. */
  readonly dataset: Dataset;
  readonly source: MemorySource;
  /** [N, S, S, 3] */
  readonly pixels: Uint8Array;
  /** Of one image. */
  readonly bytes: number;
  readonly labels: Int32Array;
  /** The labels before noise was put into them. */
  readonly trueLabels: Int32Array;
  /** What an image is called: a file. */
  name(index: number): string;
  /** Images that could not be read and are never trained on. */
  readonly unreadable: readonly number[];
}

export interface TrainingImagesOptions {
  /** Images of the set that are used. */
  readonly subset: Int32Array;
  readonly imageSize: number;
  /** Share of labels that become another class. */
  readonly labelNoise: number;
  readonly seed: number;
}

const mostBytes = 4 * 2 ** 30;

/**
 * Reads all images of `subset`, the short side resized to `imageSize`, the middle cut out.
 *
 * @throws FoveaError `condense/memory` for more than 4 GiB of pixels
 */
export async function readTrainingImages(from: Dataset, options: TrainingImagesOptions): Promise<TrainingImages> {
  const { subset, imageSize, labelNoise, seed } = options;
  const bytes = 3 * imageSize ** 2;
  if (subset.length * bytes > mostBytes)
    throw new FoveaError(
      "condense/memory",
      `${from.name}: ${subset.length} images of ${imageSize} pixels are ${((subset.length * bytes) / 2 ** 30).toFixed(1)} GiB; a condensed set is held in memory, at most 4`,
      { hint: "use a smaller data.imageSize or data.maxImages", exitCode: 2 },
    );
  const pixels = sharedBytes(subset.length * bytes);
  const trueLabels = Int32Array.from(subset, (index) => from.label(index));
  const names: string[] = [];
  const unreadable: number[] = [];
  for (const [i, index] of subset.entries()) {
    try {
      const { image, id } = await from.read(index);
      names.push(id);
      const square = [
        { name: "resize", size: imageSize },
        { name: "centreCrop", size: imageSize },
      ] as const;
      pixels.set(applyTransforms(image, square, generator(0, "condensation/square")).data, i * bytes);
    } catch (error) {
      if (!(error instanceof FoveaError) || error.code !== "data/unreadable-image") throw error;
      names.push(`#${index}`);
      unreadable.push(i);
    }
  }
  const labels = withNoise(trueLabels, from.classNames.length, labelNoise, seed);
  const source: MemorySource = {
    kind: "memory",
    name: from.name,
    width: imageSize,
    height: imageSize,
    channels: 3,
    images: pixels,
    labels,
    classNames: from.classNames,
    origins: [{ name: from.name, start: 0 }],
    fingerprint: from.fingerprint,
  };
  const dataset = memoryDataset(source);
  return { dataset, source, pixels, bytes, labels, trueLabels, name: (i) => names[i], unreadable };
}

/** Exactly ⌊share·N⌋ labels become one of the other classes, at random. */
function withNoise(labels: Int32Array, classes: number, share: number, seed: number): Int32Array {
  const noisy = labels.slice();
  const random = generator(seed, "condensation/label noise");
  const order = random.permutation(labels.length);
  for (const i of order.subarray(0, Math.floor(share * labels.length)))
    noisy[i] = (labels[i] + 1 + random.integer(classes - 1)) % classes;
  return noisy;
}
