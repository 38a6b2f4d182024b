import type { Camera } from "./camera.ts";
import { farColour, groundColour, hillLine, stuffAt, type Ground } from "./ground.ts";
import { HILLS, SKY } from "./stuff.ts";

/** Ground and background as the camera sees them without things; of a still camera, drawn once for a whole clip. */
export interface Backdrop {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3], about 0 to 1. */
  readonly colour: Float32Array;
}

/** One look at each pixel's middle, and four where two kinds of stuff meet: textures fade before they are too fine. */
export function drawBackdrop(ground: Ground, camera: Camera, width: number, height: number): Backdrop {
  const colour = new Float32Array(3 * width * height);
  const stuff = new Uint8Array(width * height);
  const view = viewOf(ground, camera, height);
  for (let row = 0, at = 0; row < height; row++) {
    const y = height / 2 - row - 0.5;
    for (let column = 0; column < width; column++, at++) {
      stuff[at] = look(view, column + 0.5 - width / 2, y, colour, 3 * at);
    }
  }
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++, at++) {
      const own = stuff[at];
      const meets =
        (column > 0 && stuff[at - 1] !== own) ||
        (column < width - 1 && stuff[at + 1] !== own) ||
        (row > 0 && stuff[at - width] !== own) ||
        (row < height - 1 && stuff[at + width] !== own);
      if (meets) lookFourTimes(view, column + 0.5 - width / 2, height / 2 - row - 0.5, colour, 3 * at);
    }
  }
  return { width, height, colour };
}

interface View {
  readonly ground: Ground;
  readonly camera: Camera;
  /** Focal length in pixels. */
  readonly scale: number;
  readonly cos: number;
  readonly sin: number;
}

const viewOf = (ground: Ground, camera: Camera, height: number): View => ({
  ground,
  camera,
  scale: camera.focal * height,
  cos: Math.cos(camera.pitch),
  sin: Math.sin(camera.pitch),
});

/** Writes the colour `x` pixels right of and `y` above the middle to `out[at … at + 2]`; gives the stuff. */
function look(view: View, x: number, y: number, out: Float32Array, at: number): number {
  const { ground, camera, scale, cos, sin } = view;
  const dx = x / scale;
  const dy = y / scale;
  const fall = sin - dy * cos; // metres down for each metre of depth
  if (fall <= 1e-4) return farColour(ground, dx * camera.focal, -fall * camera.focal, out, at);
  const depth = camera.height / fall;
  const pixel = depth / (fall * scale); // metres along the ground that a pixel sees
  return groundColour(
    ground,
    depth * dx,
    depth * (cos + dy * sin),
    pixel,
    Math.min(1, depth / camera.farthest),
    out,
    at,
  );
}

const four = new Float32Array(3);

function lookFourTimes(view: View, x: number, y: number, out: Float32Array, at: number): void {
  out[at] = out[at + 1] = out[at + 2] = 0;
  for (let k = 0; k < 4; k++) {
    look(view, x + (k & 1 ? 0.25 : -0.25), y + (k & 2 ? 0.25 : -0.25), four, 0);
    for (let c = 0; c < 3; c++) out[at + c] += four[c] / 4;
  }
}

/** What lies behind the things at a ray (dx, dy, 1): index of the stuff. */
export function stuffSeen(ground: Ground, camera: Camera, dx: number, dy: number): number {
  const fall = Math.sin(camera.pitch) - dy * Math.cos(camera.pitch);
  if (fall <= 1e-4) return -fall * camera.focal < hillLine(ground, dx * camera.focal) ? HILLS : SKY;
  const depth = camera.height / fall;
  return stuffAt(ground, depth * dx, depth * (Math.cos(camera.pitch) + dy * Math.sin(camera.pitch)));
}

/** Depth of the ground at a ray, at most the camera's farthest. */
export function groundDepth(camera: Camera, dy: number): number {
  const fall = Math.sin(camera.pitch) - dy * Math.cos(camera.pitch);
  return fall <= camera.height / camera.farthest ? camera.farthest : camera.height / fall;
}
