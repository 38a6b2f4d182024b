import { once } from "node:events";
import { FoveaError } from "../../errors/fovea-error.ts";
import { type RawImage, rawImage } from "../image.ts";
import {
  Complaints,
  guardedInput,
  nextChunk,
  startMedia,
  type VideoLimits,
  videoLimits,
  videoRefusal,
} from "./ffmpeg.ts";
import { probeVideo } from "./probe-video.ts";

export interface ReadVideoOptions {
  /** Frames a second; the video's own when absent. */
  readonly fps?: number;
  /** Pixels [height, width]; the video's own when absent. */
  readonly size?: readonly [height: number, width: number];
  /** Seconds from the start on; exact to a frame. */
  readonly start?: number;
  /** Seconds. */
  readonly duration?: number;
  /** Frames at most. */
  readonly frames?: number;
  readonly limits?: VideoLimits;
}

/**
 * The frames of a video in order, 8-bit RGB, decoded by the system's ffmpeg through a pipe; one frame at a time is in
 * memory. Leaving the loop ends the process.
 *
 * @throws FoveaError `data/ffmpeg` where it is not installed, `data/video` naming the file, for damage or a stall
 */
export async function* readVideo(path: string, options: ReadVideoOptions = {}): AsyncGenerator<RawImage> {
  const { limits = videoLimits } = options;
  check(options);
  const [height, width] = options.size ?? (await ownSize(path, limits));
  const child = startMedia("ffmpeg", argumentsOf(path, options, [height, width], limits), limits);
  const complaints = new Complaints(child.stderr);
  const closed = once(child, "close");
  const chunks = child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>; // without an encoding it yields Buffers
  let image = rawImage(width, height);
  let [filled, done] = [0, 0];
  try {
    for (let chunk; (chunk = await nextChunk(child, chunks, path, limits.stallMs)) !== undefined;) {
      for (let at = 0; at < chunk.length;) {
        const count = Math.min(chunk.length - at, image.data.length - filled);
        image.data.set(chunk.subarray(at, at + count), filled);
        [at, filled] = [at + count, filled + count];
        if (filled < image.data.length) continue;
        yield image;
        done++;
        [image, filled] = [rawImage(width, height), 0];
      }
    }
    const [code] = (await closed) as [number | null];
    if (code !== 0) throw videoRefusal(path, `after ${done} frames: ${complaints.summary}`);
    if (done === 0) throw videoRefusal(path, `no frame: ${complaints.summary}`);
  } finally {
    child.kill("SIGKILL");
  }
}

async function ownSize(path: string, limits: VideoLimits): Promise<readonly [height: number, width: number]> {
  const { height, width } = await probeVideo(path, limits);
  return [height, width];
}

function argumentsOf(
  path: string,
  options: ReadVideoOptions,
  [height, width]: readonly [number, number],
  limits: VideoLimits,
): string[] {
  const { fps, start, duration, frames } = options;
  const filters = [...(fps === undefined ? [] : [`fps=${fps}`]), `scale=${width}:${height}`];
  return [
    ...["-nostdin", "-v", "error"],
    ...(start === undefined ? [] : ["-ss", String(start)]),
    ...guardedInput(path, limits),
    ...(duration === undefined ? [] : ["-t", String(duration)]),
    ...(frames === undefined ? [] : ["-frames:v", String(frames)]),
    ...["-map", "0:v:0", "-an", "-sn", "-dn", "-vf", filters.join(","), "-threads", "1"],
    ...(fps === undefined ? ["-fps_mode", "passthrough"] : []),
    ...["-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"],
  ];
}

/** Numbers only, so that nothing of a caller's text reaches a filter. */
function check({ fps, size, start, duration, frames, limits = videoLimits }: ReadVideoOptions): void {
  const wrong = (name: string, value: unknown, expected: string): FoveaError =>
    new FoveaError("data/video-options", `${name} is ${JSON.stringify(value)}, expected ${expected}`, { exitCode: 2 });
  const outside = (value: number | undefined, least: number, most: number): boolean =>
    value !== undefined && !(value >= least && value <= most);
  if (outside(fps, 0.001, 1000)) throw wrong("fps", fps, "0.001 to 1000");
  if (outside(start, 0, 1e6)) throw wrong("start", start, "seconds from 0 on");
  if (outside(duration, 0.001, 1e6)) throw wrong("duration", duration, "seconds above 0");
  if (frames !== undefined && !(Number.isSafeInteger(frames) && frames > 0))
    throw wrong("frames", frames, "a whole number above 0");
  const whole =
    size === undefined ||
    (size.every((side) => Number.isSafeInteger(side) && side > 0) && size[0] * size[1] <= limits.framePixels);
  if (!whole) throw wrong("size", size, `[height, width] of at most ${limits.framePixels} pixels`);
}
