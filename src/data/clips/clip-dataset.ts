import { FoveaError } from "../../errors/fovea-error.ts";
import { resolveInside } from "../../files/resolve-inside.node.ts";
import { recordAt } from "../annotated/packed-records.ts";
import { checkIndex, type Dataset } from "../dataset.ts";
import type { ClipsSource } from "../dataset-source.ts";
import type { RawImage } from "../image.ts";
import { readImageFile } from "../image-file.ts";
import { probeVideo } from "./probe-video.ts";
import type { ClipSample, FramesOf } from "./read-clip.ts";
import { readVideo } from "./read-video.ts";

/** Where a clip lies, below the root. */
export interface ClipRecord {
  /** The video, or the folder of its frames. */
  readonly path: string;
  /** Frame images in order; none for a video. */
  readonly frames: readonly string[];
}

/** Frames that a video may have fewer than its header says: some containers count those that are not shown. */
const mostUncounted = 2;

/** The data set of videos and folders of frames. As images they are their first frames. */
export function clipDataset(source: ClipsSource): Dataset {
  const dataset: Dataset = {
    name: source.name,
    length: source.labels.length,
    classNames: source.classNames,
    fingerprint: source.fingerprint,
    source,
    problems: source.problems,
    label: (index) => source.labels[index],
    async read(index) {
      const { image, label, id } = await readFrames(index, () => [0]);
      return { image, label, id };
    },
    readClip: (index, framesOf) => readFrames(index, framesOf),
  };
  async function readFrames(index: number, framesOf: FramesOf): Promise<ClipSample> {
    checkIndex(dataset, index);
    const record = recordAt<ClipRecord>(source.records, index);
    const frames = await (record.frames.length > 0 ? storedFrames : videoFrames)(source, record, framesOf);
    const other = frames.find(({ width, height }) => width !== frames[0].width || height !== frames[0].height);
    if (other !== undefined) {
      const sizes = `${frames[0].width}×${frames[0].height} and ${other.width}×${other.height}`;
      throw unreadable(record.path, `its frames have ${sizes} pixels`);
    }
    const label = source.labels[index];
    return { image: frames[0], label, id: record.path, targets: { clip: { kind: "clip", frames } } };
  }
  return dataset;
}

async function storedFrames(source: ClipsSource, { frames: names }: ClipRecord, framesOf: FramesOf) {
  const chosen = framesOf(names.length);
  const read = new Map<number, RawImage>();
  for (const place of new Set(chosen))
    read.set(place, await readImageFile(placeOf(source, names[place]), names[place]));
  return inOrder(chosen, read);
}

/** Decodes up to the last chosen frame: a seek is exact only where all frames last equally long. */
async function videoFrames(source: ClipsSource, { path: name }: ClipRecord, framesOf: FramesOf): Promise<RawImage[]> {
  const path = placeOf(source, name);
  try {
    const { frames, fps = NaN, duration = NaN } = await probeVideo(path);
    const total = frames ?? Math.round(fps * duration);
    if (!(total >= 1)) throw unreadable(name, "neither its frames nor its length are known");
    const chosen = framesOf(total);
    const wanted = new Set(chosen);
    const read = new Map<number, RawImage>();
    const last = Math.max(...wanted);
    let count = 0;
    let image: RawImage | undefined;
    for await (image of readVideo(path, { frames: last + 1 })) {
      if (wanted.has(count)) read.set(count, image);
      count++;
    }
    if (count <= last && count < total - mostUncounted)
      throw unreadable(name, `its header says ${total} frames, ${count} are there`);
    for (const place of wanted) if (place >= count && image !== undefined) read.set(place, image);
    return inOrder(chosen, read);
  } catch (error) {
    if (!(error instanceof FoveaError) || error.code !== "data/video") throw error;
    throw unreadable(name, error.message, error);
  }
}

const inOrder = (chosen: readonly number[], read: ReadonlyMap<number, RawImage>): RawImage[] =>
  chosen.flatMap((place) => read.get(place) ?? []);

function placeOf({ root, followLinks }: ClipsSource, name: string): string {
  try {
    return resolveInside(root, name, { followLinks });
  } catch (error) {
    throw unreadable(name, (error as Error).message, error); // throws Errors only
  }
}

const unreadable = (id: string, reason: string, cause?: unknown): FoveaError =>
  new FoveaError("data/unreadable-image", `${id}: ${reason}`, {
    hint: "`fovea data inspect DIR` lists all such clips; make them again or take them out",
    ...(cause === undefined ? {} : { cause }),
  });
