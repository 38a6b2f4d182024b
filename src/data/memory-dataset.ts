import { rawImage } from "./image.ts";
import { checkIndex, type Dataset } from "./dataset.ts";
import type { MemorySource } from "./dataset-source.ts";

/** A zeroed array in memory that threads share. */
export const sharedBytes = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));

/** The data set of images in memory; grey ones become three equal channels. */
export function memoryDataset(source: MemorySource): Dataset {
  const { width, height, channels, images, labels, classNames } = source;
  const bytes = width * height * channels;
  if (images.length !== labels.length * bytes) {
    throw new RangeError(`${source.name}: ${images.length} bytes are not ${labels.length} images of ${bytes}`);
  }
  const dataset: Dataset = {
    name: source.name,
    length: labels.length,
    classNames,
    fingerprint: source.fingerprint,
    source,
    label: (index) => labels[index],
    async read(index) {
      checkIndex(dataset, index);
      const pixels = images.subarray(index * bytes, (index + 1) * bytes);
      const data = channels === 3 ? pixels.slice() : expandGrey(pixels);
      return { image: rawImage(width, height, data), label: labels[index], id: originOf(source, index) };
    },
  };
  return dataset;
}

function originOf({ origins }: MemorySource, index: number): string {
  const origin = origins.findLast(({ start }) => start <= index);
  return origin === undefined ? `#${index}` : `${origin.name}#${index - origin.start}`;
}

/** [pixels] → [pixels, 3] */
export function expandGrey(grey: Uint8Array): Uint8Array<ArrayBuffer> {
  const colour = new Uint8Array(3 * grey.length);
  for (let p = 0; p < grey.length; p++) colour.fill(grey[p], 3 * p, 3 * p + 3);
  return colour;
}
