import { FoveaError } from "../../errors/fovea-error.ts";
import type { Generator } from "../../random/generator.ts";

/** How a clip's frames are chosen. */
export interface FrameChoice {
  /** T */
  readonly frames: number;
  /** Steps between dense frames; 1: all in a row. */
  readonly stride?: number;
}

/**
 * Training, dense: T frames `stride` apart from an even choice of starts; a video that is too short goes on from its
 * beginning. Source: frozen-transfer spec §4 (Video-Swin: 32 frames at stride 2).
 */
export function denseFrames(total: number, { frames, stride = 1 }: FrameChoice, random: Generator): Int32Array {
  checkVideo(total, frames);
  const span = (frames - 1) * stride + 1;
  return dense(total, total > span ? random.integer(total - span + 1) : 0, frames, stride);
}

/**
 * Test, several views: the start of view i of `clips` is ⌊(i + ½)(n − span) / clips⌋, span = (T − 1) · stride + 1: 63 for
 * 32 frames at stride 2. Source: frozen-transfer spec §5.
 */
export function viewFrames(total: number, { frames, stride = 1 }: FrameChoice, clips: number): Int32Array[] {
  checkVideo(total, frames);
  const room = Math.max(0, total - ((frames - 1) * stride + 1));
  return Array.from({ length: clips }, (_, i) => dense(total, Math.floor(((i + 0.5) * room) / clips), frames, stride));
}

/**
 * Uniform: one frame out of each of T equal segments, at random with `random`, else its middle.
 * Source: TSN (arXiv 1608.00859); eva spec §4.3.
 */
export function segmentFrames(total: number, frames: number, random?: Generator): Int32Array {
  checkVideo(total, frames);
  return Int32Array.from({ length: frames }, (_, t) => {
    const place = ((t + (random?.uniform() ?? 0.5)) * total) / frames;
    return Math.min(total - 1, Math.floor(place));
  });
}

/** Crops of `side`² along the longer side of a test view: first, middle, last. Source: frozen-transfer spec §5. */
export function threeCrops(width: number, height: number, side: number): { left: number; top: number }[] {
  return [0, 1, 2].map((i) => ({
    left: Math.floor((i * (width - side)) / 2),
    top: Math.floor((i * (height - side)) / 2),
  }));
}

const dense = (total: number, start: number, frames: number, stride: number): Int32Array =>
  Int32Array.from({ length: frames }, (_, t) => (start + t * stride) % total);

function checkVideo(total: number, frames: number): void {
  if (total >= 1 && frames >= 1) return;
  throw new FoveaError("data/clip", `${frames} frames of a video that has ${total}: both must be 1 and more`);
}
