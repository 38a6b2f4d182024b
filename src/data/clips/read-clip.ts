import { FoveaError } from "../../errors/fovea-error.ts";
import type { Dataset } from "../dataset.ts";
import type { Sample } from "../image.ts";
import type { ClipTarget, Targets, Track } from "../targets.ts";

/** Indices of frames, by how many there are. */
export type FramesOf = (total: number) => readonly number[];

/** A sample that is a clip. */
export interface ClipSample extends Sample {
  readonly targets: Targets & { readonly clip: ClipTarget };
}

/**
 * The sample with the chosen frames as its clip, and the first of them as its image. Sets on disk read only these; of a
 * drawn clip they are taken out.
 *
 * @throws FoveaError `data/clip` where the sample is no clip
 */
export async function readClip(dataset: Dataset, index: number, framesOf: FramesOf): Promise<ClipSample> {
  if (dataset.readClip !== undefined) return dataset.readClip(index, framesOf);
  const sample = await dataset.read(index);
  const whole = sample.targets?.clip;
  if (whole === undefined) throw noClips(dataset);
  const clip = chosenFrames(whole, framesOf(whole.frames.length));
  return { ...sample, image: clip.frames[0], targets: { ...sample.targets, clip } };
}

const noClips = ({ name }: Dataset): FoveaError =>
  new FoveaError("data/clip", `${name}: it holds images, but clips are asked for`, {
    hint: 'leave out clip, or give a set of clips: format "videos", "rawframes" or "clips", or the world with task "clip"',
    exitCode: 2,
  });

/** A clip's frames in the order of `chosen`, with what is known of them. */
function chosenFrames(clip: ClipTarget, chosen: readonly number[]): ClipTarget {
  const { frames, frameAnomalies, pixelAnomalies, tracks, framesPerSecond: _changed, ...rest } = clip;
  const pick = <T extends Uint8Array | Float32Array>(values: T, into: T): T => {
    const size = values.length / frames.length;
    chosen.forEach((from, t) => into.set(values.subarray(from * size, (from + 1) * size), t * size));
    return into;
  };
  const bytes = (values: Uint8Array): Uint8Array =>
    pick(values, new Uint8Array((values.length / frames.length) * chosen.length));
  const track = ({ boxes, anomalous, ...facts }: Track): Track => ({
    ...facts,
    boxes: pick(boxes, new Float32Array(4 * chosen.length)),
    ...(anomalous && { anomalous: bytes(anomalous) }),
  });
  return {
    ...rest,
    frames: chosen.map((from) => frames[from]),
    ...(frameAnomalies && { frameAnomalies: bytes(frameAnomalies) }),
    ...(pixelAnomalies && { pixelAnomalies: bytes(pixelAnomalies) }),
    ...(tracks && { tracks: tracks.map(track) }),
  };
}
