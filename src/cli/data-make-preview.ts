import type { Dataset } from "../data/dataset.ts";
import type { Sample } from "../data/image.ts";
import { imageGrid, type GridRow } from "../report/image-grid.ts";
import { targetPanels } from "../report/target-panels.ts";

/** Frames of a clip, and pictures in a row. */
const acrossClip = 8;
const across = 6;

/** All samples of a set as one PNG to look at: with their truth beside them, clips as rows of frames. */
export async function previewSheet(dataset: Dataset): Promise<Uint8Array> {
  const samples: Sample[] = [];
  for (let index = 0; index < dataset.length; index++) samples.push(await dataset.read(index));
  if (samples[0].targets?.clip !== undefined) {
    return imageGrid({ rows: samples.map((sample) => clipRow(sample, dataset.classNames)) });
  }
  const panels = samples.map((sample) => targetPanels(sample, dataset.targets ?? {}).map(({ image }) => image));
  const group = panels[0].length;
  const perRow = Math.max(1, Math.floor(across / group));
  const rows: GridRow[] = [];
  for (let first = 0; first < samples.length; first += perRow) {
    const names = samples.slice(first, first + perRow).map(({ label, targets }) => caption(dataset, label, targets));
    rows.push({ caption: names.join(", "), images: panels.slice(first, first + perRow).flat() });
  }
  return imageGrid({ rows, ...(group > 1 ? { group } : {}) });
}

const caption = ({ classNames }: Dataset, label: number, targets: Sample["targets"]): string =>
  targets?.captions?.texts[0] ?? classNames[label];

/** Frames evenly spread over the clip. */
function clipRow({ label, targets }: Sample, classNames: readonly string[]): GridRow {
  const frames = targets?.clip?.frames ?? [];
  const shown = Math.min(acrossClip, frames.length);
  const images = Array.from(
    { length: shown },
    (_, k) => frames[Math.round((k * (frames.length - 1)) / Math.max(1, shown - 1))],
  );
  return { caption: classNames[label], images };
}
