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

/**
 * Samples as PNG bytes to look at: a row for each with all that is known of it, or, of images with a label alone, eight in
 * a row with their class.
 */
export function contactSheet(samples: readonly Sample[], options: ContactSheetOptions): Uint8Array {
  const { classNames, targets, side = 300 } = options;
  const rows = samples.map((sample) => targetPanels(sample, targets ?? {}));
  const shown = (image: RawImage) => shrunk(image, side);
  if (rows.every((panels) => panels.length === 1)) {
    const perRow = Math.min(8, samples.length);
    const lines = Array.from({ length: Math.ceil(samples.length / perRow) }, (_, i) =>
      samples.slice(i * perRow, (i + 1) * perRow),
    );
    return imageGrid({
      rows: lines.map((line) => ({
        caption: line.map(({ label }) => classNames[label]).join(", "),
        images: line.map(({ image }) => shrunk(image, 128)),
      })),
    });
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
