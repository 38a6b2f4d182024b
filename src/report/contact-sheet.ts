import type { RawImage, Sample } from "../data/image.ts";
import type { TargetInfo } from "../data/targets.ts";
import { resample } from "../data/transforms/resample.ts";
import { imageGrid } from "./image-grid.ts";
import { targetPanels } from "./target-panels.ts";

export interface ContactSheetOptions {
  /** Names by label, for sets of labels alone. */
  readonly classNames: readonly string[];
  readonly targets?: TargetInfo;
  /** Longest side of a picture. Default 300. */
  readonly side?: number;
}

/** Images of one class in a row. */
const perRow = 8;

/**
 * Samples as PNG bytes to look at: a row for each with all that is known of it, or, of images with a label alone, a row for
 * each class with up to eight of its images.
 */
export function contactSheet(samples: readonly Sample[], options: ContactSheetOptions): Uint8Array {
  const { classNames, targets, side = 300 } = options;
  const rows = samples.map((sample) => targetPanels(sample, targets ?? {}));
  const shown = (image: RawImage) => shrunk(image, side);
  if (rows.every((panels) => panels.length === 1)) {
    return imageGrid({ rows: classRows(samples, classNames) });
  }
  const widest = rows.reduce((most, panels) => (panels.length > most.length ? panels : most));
  return imageGrid({
    columns: widest.map(({ caption }) => caption),
    rows: rows.map((panels, i) => ({
      caption: captionOf(samples[i]),
      images: panels.map(({ image }) => shown(image)),
    })),
    scale: 1,
  });
}

function classRows(samples: readonly Sample[], classNames: readonly string[]) {
  const labels = [...new Set(samples.map(({ label }) => label))].sort((a, b) => a - b);
  return labels.flatMap((wanted) => {
    const images = samples.filter(({ label }) => label === wanted).map(({ image }) => shrunk(image, 128));
    return Array.from({ length: Math.ceil(images.length / perRow) }, (_, row) => ({
      caption: row === 0 ? classNames[wanted] : "",
      images: images.slice(row * perRow, (row + 1) * perRow),
    }));
  });
}

/** The end of the name is what tells samples apart. */
const captionOf = ({ id }: Sample): string =>
  id
    .split("/")
    .slice(-1)[0]
    .replace(/\.[^.]*$/, "");

function shrunk(image: RawImage, side: number): RawImage {
  const factor = side / Math.max(image.width, image.height);
  if (factor >= 1) return image;
  const [width, height] = [image.width, image.height].map((length) => Math.max(1, Math.round(length * factor)));
  return resample(image, width, height, "bilinear");
}
