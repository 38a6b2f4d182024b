import { once } from "node:events";
import { z } from "zod";
import {
  Complaints,
  guardedInput,
  nextChunk,
  startMedia,
  type VideoLimits,
  videoLimits,
  videoRefusal,
} from "./ffmpeg.ts";

/** What a video's header says; its frames may differ. */
export interface VideoFacts {
  readonly codec: string;
  /** As shown: turned where the file says so. */
  readonly width: number;
  readonly height: number;
  /** Frames a second; undefined where it is not said. */
  readonly fps: number | undefined;
  /** Seconds. */
  readonly duration: number | undefined;
  /** Frames, where the container counts them. */
  readonly frames: number | undefined;
}

const answer = z.object({
  streams: z.array(
    z.object({
      codec_name: z.string().default("unknown"),
      width: z.int().positive(),
      height: z.int().positive(),
      avg_frame_rate: z.string().optional(),
      nb_frames: z.string().optional(),
      duration: z.string().optional(),
      side_data_list: z.array(z.object({ rotation: z.number().optional() })).optional(),
    }),
  ),
  format: z.object({ duration: z.string().optional() }).optional(),
});

const mostAnswer = 2 ** 20;

/** Asks ffprobe about the first video stream. @throws FoveaError `data/ffmpeg` without it, `data/video` naming the file */
export async function probeVideo(path: string, limits: VideoLimits = videoLimits): Promise<VideoFacts> {
  const entries =
    "stream=codec_name,width,height,avg_frame_rate,nb_frames,duration:stream_side_data=rotation:format=duration";
  const args = [
    "-v",
    "error",
    "-select_streams",
    "v:0",
    "-show_entries",
    entries,
    "-of",
    "json",
    ...guardedInput(path, limits),
  ];
  const child = startMedia("ffprobe", args, limits);
  const complaints = new Complaints(child.stderr);
  const closed = once(child, "close");
  const chunks = child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer>; // without an encoding it yields Buffers
  let text = "";
  for (let chunk; (chunk = await nextChunk(child, chunks, path, limits.stallMs)) !== undefined;) {
    text += chunk.toString("utf8");
    if (text.length > mostAnswer) child.kill("SIGKILL");
  }
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw videoRefusal(path, complaints.summary);
  return facts(path, text, limits);
}

function facts(path: string, text: string, { framePixels }: VideoLimits): VideoFacts {
  const parsed = answer.safeParse(parsedJson(text));
  const stream = parsed.data?.streams[0];
  if (stream === undefined) throw videoRefusal(path, "it has no video stream");
  if (stream.width * stream.height > framePixels)
    throw videoRefusal(path, `frames of ${stream.width}×${stream.height} pixels`);
  const turned = (stream.side_data_list ?? []).some(({ rotation }) => Math.abs(rotation ?? 0) % 180 === 90);
  const [width, height] = turned ? [stream.height, stream.width] : [stream.width, stream.height];
  const [up, down] = (stream.avg_frame_rate ?? "").split("/").map(Number);
  const positive = (value: number): number | undefined => (Number.isFinite(value) && value > 0 ? value : undefined);
  return {
    codec: stream.codec_name,
    width,
    height,
    fps: positive(up / down),
    duration: positive(Number(stream.duration ?? parsed.data?.format?.duration)),
    frames: positive(Number(stream.nb_frames)),
  };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text); // ffprobe's own words: two levels deep
  } catch {
    return undefined;
  }
}
