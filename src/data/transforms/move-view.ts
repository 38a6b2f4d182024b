import type { ClipTarget, DepthTarget, PanopticTarget, SemanticTarget, Target, Targets, Track } from "../targets.ts";
import { moveBox, type Geometry } from "./geometry.ts";
import { moveInstances, moveKeypoints } from "./move-figures.ts";
import { nearestPixels, gather } from "./nearest-pixels.ts";
import type { View } from "./view.ts";

/**
 * Image and targets after one geometry. Colours are filtered; class maps, masks, ids and depth take the nearest pixel, so
 * that no value arises that was not there and no depth is mixed with what is not valid. Outside the image maps hold their
 * `ignore`, 0 or not valid. What has left the image is taken out.
 */
export function moveView({ image, targets }: View, geometry: Geometry): View {
  const moved = geometry.moveImage(image);
  return targets === undefined ? { image: moved } : { image: moved, targets: moveTargets(targets, image, geometry) };
}

function moveTargets(
  targets: Targets,
  { width, height }: { width: number; height: number },
  geometry: Geometry,
): Targets {
  let pixels: Int32Array | undefined;
  const nearest = (): Int32Array => (pixels ??= nearestPixels(width, height, geometry)); // one table for all maps
  const entries = Object.entries(targets).map(([kind, target]) => [kind, moveTarget(target, geometry, nearest)]);
  return Object.fromEntries(entries) as Targets; // the kinds are kept
}

function moveTarget(target: Target, geometry: Geometry, nearest: () => Int32Array): Target {
  switch (target.kind) {
    case "label":
    case "captions":
      return target;
    case "semantic":
      return moveSemantic(target, geometry, nearest());
    case "panoptic":
      return movePanoptic(target, geometry, nearest());
    case "depth":
      return moveDepth(target, geometry, nearest());
    case "instances":
      return moveInstances(target, geometry, nearest);
    case "keypoints":
      return moveKeypoints(target, geometry);
    case "pair":
      return { kind: "pair", clean: geometry.moveImage(target.clean) };
    case "clip":
      return moveClip(target, geometry, nearest);
  }
}

function moveSemantic(target: SemanticTarget, { width, height }: Geometry, pixels: Int32Array): SemanticTarget {
  const classes = target.classes instanceof Uint8Array ? new Uint8Array(pixels.length) : new Uint16Array(pixels.length);
  return { ...target, width, height, classes: gather(target.classes, pixels, classes, target.ignore) };
}

function movePanoptic(target: PanopticTarget, { width, height }: Geometry, pixels: Int32Array): PanopticTarget {
  const ids = gather(target.ids, pixels, new Uint32Array(pixels.length), 0);
  const left = new Set(ids);
  return { ...target, width, height, ids, segments: target.segments.filter(({ id }) => left.has(id)) };
}

function moveDepth(target: DepthTarget, { width, height }: Geometry, pixels: Int32Array): DepthTarget {
  const metres = gather(target.metres, pixels, new Float32Array(pixels.length), 0);
  return { ...target, width, height, metres, valid: gather(target.valid, pixels, new Uint8Array(pixels.length), 0) };
}

function moveClip(target: ClipTarget, geometry: Geometry, nearest: () => Int32Array): ClipTarget {
  const { frames, pixelAnomalies, tracks } = target;
  return {
    ...target,
    frames: frames.map((frame) => geometry.moveImage(frame)),
    ...(pixelAnomalies && { pixelAnomalies: moveFrames(pixelAnomalies, frames.length, nearest()) }),
    ...(tracks && { tracks: tracks.map((track) => moveTrack(track, geometry)) }),
  };
}

function moveFrames(map: Uint8Array, frames: number, pixels: Int32Array): Uint8Array {
  const moved = new Uint8Array(frames * pixels.length);
  const size = map.length / frames;
  for (let t = 0; t < frames; t++) {
    const frame = map.subarray(t * size, (t + 1) * size);
    gather(frame, pixels, moved.subarray(t * pixels.length, (t + 1) * pixels.length), 0);
  }
  return moved;
}

function moveTrack(track: Track, geometry: Geometry): Track {
  const boxes = new Float32Array(track.boxes.length).fill(NaN);
  for (let at = 0; at < boxes.length; at += 4) {
    const [x0, y0, x1, y1] = track.boxes.subarray(at, at + 4);
    const box = Number.isNaN(x0) ? undefined : moveBox([x0, y0, x1, y1], geometry);
    if (box !== undefined) boxes.set(box, at);
  }
  return { ...track, boxes };
}
