import type { ClipTarget, Track } from "../../targets.ts";
import type { RawImage } from "../../image.ts";
import { visibleParts } from "../truth/layers.ts";
import { drawBackdrop } from "./backdrop.ts";
import { drawMaps, drawPicture, prepareScene } from "./render-solid.ts";
import type { SolidScene } from "./scene.ts";
import { solidLayers } from "./solid-truth.ts";

export interface ClipSize {
  readonly width: number;
  readonly height: number;
}

export interface ClipOptions {
  readonly framesPerSecond: number;
  readonly anomalies?: boolean;
  /** What the camera does to a frame. */
  readonly finish?: (image: RawImage, frame: number) => RawImage;
}

/**
 * Draws the moments of a clip, all before the same camera and ground. Things are followed by their `track` number (their
 * place in the list where they have none); `anomalies` adds what is not normal by frame, pixel and track.
 */
export function renderClip(
  moments: readonly SolidScene[],
  { width, height }: ClipSize,
  { framesPerSecond, anomalies = false, finish = (image) => image }: ClipOptions,
): ClipTarget {
  const backdrop = drawBackdrop(moments[0].ground, moments[0].camera, width, height);
  const tracks = new Map<number, Track & { readonly anomalous: Uint8Array }>();
  const pixelAnomalies = new Uint8Array(anomalies ? moments.length * width * height : 0);
  const frameAnomalies = new Uint8Array(moments.length);
  const frames = moments.map((moment, t) => {
    const prepared = prepareScene(moment);
    const layers = solidLayers(prepared, drawMaps(prepared, width, height));
    for (const [index, part] of visibleParts(layers).entries()) {
      if (part === undefined) continue;
      const { track: id = index, anomalous = false } = moment.things[index];
      const track = tracks.get(id) ?? emptyTrack(id, layers.categories[index], moments.length);
      tracks.set(id, track);
      track.boxes.set(part.box, 4 * t);
      if (!anomalous || !anomalies) continue;
      track.anomalous[t] = frameAnomalies[t] = 1;
      const start = t * width * height;
      part.bitmap.forEach((inside, at) => {
        if (inside === 1) pixelAnomalies[start + at] = 1;
      });
    }
    return finish(drawPicture(prepared, width, height, backdrop), t);
  });
  const followed = [...tracks.values()].sort((a, b) => a.id - b.id);
  return {
    kind: "clip",
    frames,
    framesPerSecond,
    tracks: anomalies ? followed : followed.map(({ id, category, boxes }) => ({ id, category, boxes })),
    ...(anomalies ? { frameAnomalies, pixelAnomalies } : {}),
  };
}

const emptyTrack = (id: number, category: number, frames: number) => ({
  id,
  category,
  boxes: new Float32Array(4 * frames).fill(NaN),
  anomalous: new Uint8Array(frames),
});
