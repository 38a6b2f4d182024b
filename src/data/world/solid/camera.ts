import type { Matrix, Vec3 } from "./vector.ts";

/**
 * A pinhole camera above the origin of the ground that looks along +z and down by `pitch`. Depth is measured along its
 * optical axis.
 */
export interface Camera {
  /** Metres above the ground. */
  readonly height: number;
  /** Radians below the horizontal. */
  readonly pitch: number;
  /** Focal length in picture heights: 1 / (2 tan(fov / 2)). */
  readonly focal: number;
  /** Width over height of the picture. */
  readonly aspect: number;
  /** Farther things, and the sky, have this depth. */
  readonly farthest: number;
}

/** Rows: the camera's right, up and forward in ground coordinates. */
export function cameraAxes({ pitch }: Camera): Matrix {
  const [c, s] = [Math.cos(pitch), Math.sin(pitch)];
  return [
    [1, 0, 0],
    [0, c, s],
    [0, -s, c],
  ];
}

/** Ground coordinates to the camera's (right, up, depth). */
export function toCamera({ height, pitch }: Camera, [x, y, z]: Vec3): Vec3 {
  const [c, s] = [Math.cos(pitch), Math.sin(pitch)];
  const up = y - height;
  return [x, up * c + z * s, z * c - up * s];
}

/** Where a point is seen, in picture heights from the picture's middle, y down; undefined behind the camera. */
export function project(camera: Camera, point: Vec3): readonly [x: number, y: number, depth: number] | undefined {
  const [x, y, depth] = toCamera(camera, point);
  if (depth <= 0.05) return undefined;
  return [(camera.focal * x) / depth, (-camera.focal * y) / depth, depth];
}

/** The ground point (x, 0, z) at depth `depth` that is seen `across` picture heights right of the middle. */
export function groundAt(camera: Camera, across: number, depth: number): readonly [x: number, z: number] {
  const { height, pitch, focal } = camera;
  // depth = z·cos + height·sin
  return [(across * depth) / focal, (depth - height * Math.sin(pitch)) / Math.cos(pitch)];
}
