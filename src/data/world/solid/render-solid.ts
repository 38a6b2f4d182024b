import { rawImage, type RawImage } from "../../image.ts";
import { drawBackdrop, groundDepth, stuffSeen, type Backdrop } from "./backdrop.ts";
import { cameraAxes, toCamera, type Camera } from "./camera.ts";
import { primitive, type Primitive } from "./primitive.ts";
import { Raster } from "./raster.ts";
import type { SolidScene, Thing } from "./scene.ts";
import { castShadows } from "./shadow.ts";
import { shade, type Light } from "./surface.ts";
import { apply, multiply, yaw } from "./vector.ts";

/** The things of a scene as primitives before the camera. */
export interface PreparedScene {
  readonly scene: SolidScene;
  readonly primitives: readonly Primitive[];
}

/** What stands at each pixel's middle, [height, width] each. */
export interface SolidMaps {
  readonly width: number;
  readonly height: number;
  /** Index of the thing, −1 where none is. */
  readonly owner: Int16Array;
  /** Index of the stuff behind the things. */
  readonly stuff: Uint8Array;
  /** Metres along the optical axis, at most the camera's farthest. */
  readonly depth: Float32Array;
}

export function prepareScene(scene: SolidScene): PreparedScene {
  const axes = cameraAxes(scene.camera);
  const primitives: Primitive[] = [];
  scene.things.forEach((thing, owner) => addThing(primitives, scene.camera, axes, thing, owner));
  return { scene, primitives };
}

function addThing(
  primitives: Primitive[],
  camera: Camera,
  axes: ReturnType<typeof cameraAxes>,
  { parts, x, y = 0, z, heading, size }: Thing,
  owner: number,
): void {
  const turn = multiply(axes, yaw(heading));
  const place = toCamera(camera, [x, y, z]);
  for (const part of parts) {
    const made = primitive(part, owner, turn, place, size);
    if (made !== undefined) primitives.push(made);
  }
}

/** Labels and depth at the pixels' middles: nothing is blended. */
export function drawMaps({ scene, primitives }: PreparedScene, width: number, height: number): SolidMaps {
  const { camera, ground } = scene;
  const raster = rasterOf(width, height);
  raster.draw(primitives, camera.focal);
  const owner = new Int16Array(width * height);
  const stuff = new Uint8Array(width * height);
  const depth = new Float32Array(width * height);
  const scale = camera.focal * height;
  for (let row = 0, at = 0; row < height; row++) {
    const dy = (height / 2 - row - 0.5) / scale;
    const far = groundDepth(camera, dy);
    for (let column = 0; column < width; column++, at++) {
      const hit = raster.hit[at];
      owner[at] = hit < 0 ? -1 : primitives[hit].owner;
      stuff[at] = stuffSeen(ground, camera, (column + 0.5 - width / 2) / scale, dy);
      depth[at] = hit < 0 ? far : Math.min(camera.farthest, raster.depth[at]);
    }
  }
  return { width, height, owner, stuff, depth };
}

/** The picture, each pixel the mean of 2 × 2 samples. A `backdrop` of this size may be kept from frame to frame. */
export function drawPicture(prepared: PreparedScene, width: number, height: number, backdrop?: Backdrop): RawImage {
  const { scene, primitives } = prepared;
  const raster = rasterOf(2 * width, 2 * height);
  raster.draw(primitives, scene.camera.focal);
  const behind = backdrop ?? drawBackdrop(scene.ground, scene.camera, width, height);
  const colour = backdrop === undefined ? behind.colour : behind.colour.slice();
  castShadows(scene, width, height, colour);
  drawThings(prepared, raster, colour);
  const image = rawImage(width, height);
  for (let at = 0; at < colour.length; at++) {
    const value = colour[at];
    image.data[at] = value <= 0 ? 0 : value >= 1 ? 255 : 255 * value + 0.5;
  }
  return image;
}

/** Blends the things into `colour`, [height, width, 3], by how many of a pixel's four samples they are met at. */
function drawThings({ scene, primitives }: PreparedScene, raster: Raster, colour: Float32Array): void {
  const { width: w, height: h, hit, depth } = raster;
  const light = lightOf(scene);
  const scale = scene.camera.focal * h;
  for (let row = 0, at = 0; row < h; row += 2) {
    for (let column = 0; column < w; column += 2, at += 3) {
      const first = row * w + column;
      if (hit[first] < 0 && hit[first + 1] < 0 && hit[first + w] < 0 && hit[first + w + 1] < 0) continue;
      let [red, green, blue, open] = [0, 0, 0, 0];
      for (let k = 0; k < 4; k++) {
        const sample = first + (k & 1) + (k & 2 ? w : 0);
        if (hit[sample] < 0) {
          open++;
          continue;
        }
        const dx = (column + (k & 1) + 0.5 - w / 2) / scale;
        const dy = (h / 2 - row - (k >> 1) - 0.5) / scale;
        shade(primitives[hit[sample]], dx, dy, depth[sample], light, lit);
        red += lit[0];
        green += lit[1];
        blue += lit[2];
      }
      colour[at] = (colour[at] * open + red) / 4;
      colour[at + 1] = (colour[at + 1] * open + green) / 4;
      colour[at + 2] = (colour[at + 2] * open + blue) / 4;
    }
  }
}

/** Working space of `drawThings`. */
const lit = new Float64Array(3);

function lightOf({ sun, contrast, camera }: SolidScene): Light {
  const [x, y, z] = apply(cameraAxes(camera), sun);
  return { x, y, z, sun: contrast, ambient: 1.05 - contrast * 0.6 };
}

/** Rasters of the sizes last used, two for each size in work: clearing one is cheaper than making one. */
const rasters = new Map<number, Raster>();

function rasterOf(width: number, height: number): Raster {
  const key = width * 65_536 + height;
  let raster = rasters.get(key);
  if (raster === undefined) {
    if (rasters.size >= 4) rasters.clear();
    raster = new Raster(width, height);
    rasters.set(key, raster);
  }
  return raster;
}
