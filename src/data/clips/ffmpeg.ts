import { type ChildProcessByStdio, spawn, spawnSync } from "node:child_process";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { FoveaError } from "../../errors/fovea-error.ts";

/** What a foreign video may cost. */
export interface VideoLimits {
  /** Without a byte for this long the process is killed. */
  readonly stallMs: number;
  /** Address space of the process, where `prlimit` is installed. */
  readonly memoryBytes: number;
  readonly framePixels: number;
}

export const videoLimits: VideoLimits = { stallMs: 10_000, memoryBytes: 2 ** 31, framePixels: 2 ** 26 };

const containers = "mov,mp4,matroska,webm,avi,mpegts";

/** Whether a program of this name runs here. */
function installed(program: string): boolean {
  return spawnSync(program, [program === "prlimit" ? "--version" : "-version"], { stdio: "ignore" }).status === 0;
}

const known = new Map<string, boolean>();
const has = (program: string): boolean => {
  const answer = known.get(program) ?? installed(program);
  known.set(program, answer);
  return answer;
};

/** Whether the system's ffmpeg and ffprobe are there. */
export const ffmpegInstalled = (): boolean => has("ffmpeg") && has("ffprobe");

/**
 * The arguments that stand before any foreign input: nothing but files and pipes, a written list of containers, one
 * thread, limits on frames and single allocations. The path becomes a `file:` URL, so that it is never an option.
 */
export const guardedInput = (path: string, { framePixels }: VideoLimits): string[] => [
  ...["-protocol_whitelist", "file,pipe", "-format_whitelist", containers],
  ...["-max_pixels", String(framePixels), "-max_alloc", "268435456", "-threads", "1"],
  ...["-i", `file:${resolve(path)}`],
];

export type MediaProcess = ChildProcessByStdio<null, Readable, Readable>;

/** Starts ffmpeg or ffprobe with an argument list; no shell, no input, no environment but the path. */
export function startMedia(program: "ffmpeg" | "ffprobe", args: readonly string[], limits: VideoLimits): MediaProcess {
  if (!ffmpegInstalled()) {
    throw new FoveaError("data/ffmpeg", "ffmpeg is not installed, and videos are read by it", {
      hint: "install ffmpeg (Debian: apt-get install ffmpeg), or extract the frames to folders of images",
    });
  }
  const limited = has("prlimit");
  const command = limited ? "prlimit" : program;
  const all = limited ? [`--as=${limits.memoryBytes}`, "--", program, ...args] : [...args];
  return spawn(command, all, { stdio: ["ignore", "pipe", "pipe"], env: { PATH: process.env["PATH"] ?? "" } });
}

/** The first lines of what the process complained about. */
export class Complaints {
  #text = "";

  constructor(stream: Readable) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      if (this.#text.length < 2000) this.#text += text;
    });
  }

  get summary(): string {
    return this.#text.trim().split("\n").slice(0, 2).join("; ").slice(0, 300) || "no reason was given";
  }
}

export const videoRefusal = (path: string, message: string): FoveaError =>
  new FoveaError("data/video", `${path}: ${message}`, {
    hint: "the video is damaged or of a kind that is not read; MP4, MKV, WebM, AVI and MPEG-TS are",
  });

/** The next chunk of a stream, undefined at its end. Kills the process and throws after `stallMs` without one. */
export async function nextChunk(
  child: MediaProcess,
  chunks: AsyncIterator<Buffer>,
  path: string,
  stallMs: number,
): Promise<Buffer | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(videoRefusal(path, `nothing came for ${stallMs / 1000} s`));
    }, stallMs);
  });
  try {
    const { done, value } = await Promise.race([chunks.next(), stalled]);
    return done === true ? undefined : value;
  } finally {
    clearTimeout(timer);
  }
}
