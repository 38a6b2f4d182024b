import type { KeypointFigure, KeypointLayout, KeypointsTarget } from "../../targets.ts";
import { project } from "../solid/camera.ts";
import { intersect } from "../solid/intersect.ts";
import type { PreparedScene } from "../solid/render-solid.ts";
import type { Thing } from "../solid/scene.ts";
import { add, apply, scale, yaw } from "../solid/vector.ts";
import type { FigurePoint } from "../things/person.ts";
import { visibleParts, type Layers } from "./layers.ts";

/** The 17 points of COCO's persons. */
export const cocoPersonLayout: KeypointLayout = {
  names: [
    "nose",
    "left_eye",
    "right_eye",
    "left_ear",
    "right_ear",
    "left_shoulder",
    "right_shoulder",
    "left_elbow",
    "right_elbow",
    "left_wrist",
    "right_wrist",
    "left_hip",
    "right_hip",
    "left_knee",
    "right_knee",
    "left_ankle",
    "right_ankle",
  ],
  skeleton: [
    [15, 13],
    [13, 11],
    [16, 14],
    [14, 12],
    [11, 12],
    [5, 11],
    [6, 12],
    [5, 6],
    [5, 7],
    [6, 8],
    [7, 9],
    [8, 10],
    [1, 2],
    [0, 1],
    [0, 2],
    [1, 3],
    [2, 4],
    [3, 5],
    [4, 6],
  ],
  mirrored: [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15],
};

/**
 * The key points of all persons of which a pixel is seen. A point is visible where the ray through it meets its own person
 * first, and no deeper than that point's flesh; hidden where anything is in front; 0 outside the picture.
 */
export function keypointsTarget(prepared: PreparedScene, layers: Layers): KeypointsTarget {
  const { width, height } = layers;
  const parts = visibleParts(layers);
  const figures: KeypointFigure[] = [];
  prepared.scene.things.forEach((thing, index) => {
    const part = parts[index];
    if (thing.points === undefined || part === undefined) return;
    const points = figurePoints(prepared, thing, index, width, height);
    figures.push({ points, box: part.box, area: part.area, crowd: false, id: index + 1 });
  });
  return { kind: "keypoints", width, height, layout: cocoPersonLayout, figures };
}

function figurePoints(
  prepared: PreparedScene,
  thing: Thing,
  owner: number,
  width: number,
  height: number,
): Float32Array {
  const { points = [] } = thing;
  const out = new Float32Array(3 * points.length);
  points.forEach((point, k) => {
    const at = add(scale(apply(yaw(thing.heading), point.at), thing.size), [thing.x, thing.y ?? 0, thing.z]);
    const seen = project(prepared.scene.camera, at);
    if (seen === undefined) return;
    const x = seen[0] * height + width / 2;
    const y = seen[1] * height + height / 2;
    if (x < 0 || y < 0 || x >= width || y >= height) return;
    out.set([x, y, isVisible(prepared, seen, point, owner) ? 2 : 1], 3 * k);
  });
  return out;
}

type Seen = NonNullable<ReturnType<typeof project>>;

function isVisible({ scene: { camera }, primitives }: PreparedScene, seen: Seen, point: FigurePoint, owner: number) {
  const [dx, dy] = [seen[0] / camera.focal, -seen[1] / camera.focal];
  let depth = Infinity;
  let first = -1;
  for (const candidate of primitives) {
    const [x0, x1, y0, y1] = candidate.bounds;
    if (dx < x0 || dx > x1 || dy < y0 || dy > y1) continue;
    const t = intersect(candidate, dx, dy);
    if (t >= depth) continue;
    depth = t;
    first = candidate.owner;
  }
  return first === owner && seen[2] - depth <= point.below;
}
