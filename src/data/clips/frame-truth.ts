import { existsSync } from "node:fs";
import { join } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import type { ByteSource } from "../../files/byte-source.ts";
import { openFileSource } from "../../files/byte-source.node.ts";
import { resolveInside } from "../../files/resolve-inside.node.ts";
import { readNpyValues } from "../../formats/npy-values.ts";
import type { MatlabValue } from "../../formats/matlab/matlab-value.ts";
import { openMatlab } from "../../formats/matlab/open-matlab.ts";
import { asNumbers, type ValueArray } from "../../formats/value-array.ts";
import { readImageFile } from "../image-file.ts";
import { listFolder } from "../image-tree.ts";
import type { Clip, ClipFolder } from "./clip.ts";

/** Labels of a clip's frames, 1 abnormal, and where they come from. */
export interface FrameTruth {
  readonly from: string;
  readonly labels: Uint8Array;
}

/**
 * The frame ground truth of a test clip from every place that has one: pixel masks (a frame is abnormal where any pixel
 * is), `gt` intervals in a MAT-file of the root (by the clip's number), `volLabel` volumes, and npy files by the clip's
 * name. All should agree.
 *
 * @throws FoveaError `data/clips` where a file does not fit the clip
 */
export async function frameTruths(folder: ClipFolder, clip: Clip): Promise<FrameTruth[]> {
  const { root } = folder;
  const truths: FrameTruth[] = [];
  if (clip.masks !== undefined) truths.push({ from: "pixel masks", labels: await maskLabels(root, clip.masks) });
  for (const name of rootFiles(root, ".mat")) {
    const labels = intervalLabels(join(root, name), clip);
    if (labels !== undefined) truths.push({ from: name, labels });
  }
  const volume = `ground_truth_demo/testing_label_mask/${Number(clip.name)}_label.mat`;
  if (existsSync(join(root, volume)))
    truths.push({ from: volume, labels: volumeLabels(readVolume(join(root, volume))) });
  const npy = `testing/test_frame_mask/${clip.name}.npy`;
  if (existsSync(join(root, npy))) truths.push({ from: npy, labels: positive(flatLabels(join(root, npy))) });
  return truths;
}

export const rootFiles = (root: string, ending: string): string[] =>
  listFolder(root).filter((entry) => entry.isFile() && entry.name.endsWith(ending)).map(({ name }) => name); // prettier-ignore

async function maskLabels(root: string, masks: readonly string[]): Promise<Uint8Array> {
  const labels = new Uint8Array(masks.length);
  for (const [i, mask] of masks.entries()) {
    const { data } = await readImageFile(resolveInside(root, mask), mask);
    labels[i] = data.some((value) => value > 0) ? 1 : 0;
  }
  return labels;
}

/** `gt`: a cell with for each clip [first; last] abnormal frames, from 1, the last included. */
function intervalLabels(path: string, clip: Clip): Uint8Array | undefined {
  const truth = withFile(path, (source) => openMatlab(source).get("gt")?.load());
  const place = Number(/\d+/.exec(clip.name)?.[0]) - 1;
  if (truth?.kind !== "cell" || !Number.isInteger(place) || place < 0) return undefined;
  const item = truth.items[place] as MatlabValue | undefined; // the set may have more clips than the file
  if (item?.kind !== "numbers") return undefined;
  return labelsOfIntervals(path, item.array, clip.frames.length);
}

/** [2, K] of first and last frames → [frames] */
export function labelsOfIntervals(path: string, { shape, data }: ValueArray, frames: number): Uint8Array {
  const labels = new Uint8Array(frames);
  const values = asNumbers(data);
  const count = values.length / 2;
  if (values.length > 0 && shape[0] !== 2) throw misfit(path, `intervals [${shape.join(", ")}], expected [2, K]`);
  for (let k = 0; k < count; k++) {
    const [first, last] = [values[k], values[count + k]];
    const inside = Number.isInteger(first) && Number.isInteger(last) && first >= 1 && first <= last && last <= frames;
    if (!inside) throw misfit(path, `frames ${first} to ${last} of a clip of ${frames}`);
    labels.fill(1, first - 1, last);
  }
  return labels;
}

/** `volLabel`: a cell of one mask [H, W] for each frame. */
export function readVolume(path: string): readonly ValueArray[] {
  const value = withFile(path, (source) => openMatlab(source).get("volLabel")?.load());
  const masks =
    value?.kind === "cell" ? value.items.flatMap((item) => (item.kind === "numbers" ? [item.array] : [])) : [];
  if (value?.kind === "cell" && masks.length === value.items.length && masks.length > 0) return masks;
  throw misfit(path, "no variable volLabel that is a cell of masks");
}

export const volumeLabels = (masks: readonly ValueArray[]): Uint8Array =>
  Uint8Array.from(masks, ({ data }) => (asNumbers(data).some((value) => value > 0) ? 1 : 0));

/** Labels of all clips one after the other, as `frame_labels_*.npy` holds them: [N] or [1, N], any type. */
export function flatLabels(path: string): Float64Array {
  const { shape, data } = withFile(path, (source) => readNpyValues(source));
  if (shape.length === 1 || (shape.length === 2 && shape[0] === 1)) return asNumbers(data);
  throw misfit(path, `labels [${shape.join(", ")}], expected [N] or [1, N]`);
}

const positive = (values: Float64Array): Uint8Array => Uint8Array.from(values, (value) => (value > 0 ? 1 : 0));

function withFile<T>(path: string, work: (source: ByteSource) => T): T {
  const file = openFileSource(path);
  try {
    return work(file);
  } finally {
    file.close();
  }
}

const misfit = (path: string, message: string): FoveaError =>
  new FoveaError("data/clips", `${path}: ${message}`, { hint: "ground truth and frames must belong together" });
