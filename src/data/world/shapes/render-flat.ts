import { rawImage, type RawImage } from "../../image.ts";
import type { Colour } from "../colours.ts";
import { flatDistance } from "./flat-shape.ts";
import type { FlatGround, FlatObject, FlatScene } from "./flat-scene.ts";
import { familyOf, textureAt, texturePeriod } from "./texture.ts";

/** A picture and, for each pixel's middle, the index of the object on top, −1 for ground: [size, size]. */
export interface FlatRendering {
  readonly image: RawImage;
  readonly owner: Int16Array;
}

/** Draws a scene as a square of `size` pixels: outlines blended by coverage, labels not. */
export function renderFlat(scene: FlatScene, size: number, ground = drawFlatGround(scene.ground, size)): FlatRendering {
  const colour = ground.slice();
  const owner = new Int16Array(size * size).fill(-1);
  scene.objects.forEach((object, index) => drawObject(object, index, size, colour, owner));
  const image = rawImage(size, size);
  for (let at = 0; at < colour.length; at++) {
    image.data[at] = Math.round(255 * Math.min(1, Math.max(0, colour[at])));
  }
  return { image, owner };
}

/** The colours of the ground alone, [size, size, 3]; the same in every frame of a clip. */
export function drawFlatGround({ from, to, angle, gratings }: FlatGround, size: number): Float32Array {
  const colour = new Float32Array(3 * size * size);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let row = 0, at = 0; row < size; row++) {
    const y = (row + 0.5) / size - 0.5;
    for (let column = 0; column < size; column++, at += 3) {
      const x = (column + 0.5) / size - 0.5;
      const t = 0.5 + (x * cos + y * sin) * Math.SQRT1_2;
      for (let c = 0; c < 3; c++) colour[at + c] = from[c] + t * (to[c] - from[c]);
    }
  }
  for (const grating of gratings) addGrating(grating, size, colour);
  return colour;
}

function addGrating(
  { angle, frequency, phase, strength }: FlatGround["gratings"][number],
  size: number,
  colour: Float32Array,
): void {
  const step = (2 * Math.PI * frequency) / size;
  const [dx, dy] = [step * Math.cos(angle), step * Math.sin(angle)];
  for (let row = 0, at = 0; row < size; row++) {
    for (let column = 0; column < size; column++, at += 3) {
      const wave = Math.sin((column + 0.5) * dx + (row + 0.5) * dy + phase);
      for (let c = 0; c < 3; c++) colour[at + c] += strength[c] * wave;
    }
  }
}

const reach = 1.5; // no shape reaches farther, in radii

function drawObject(object: FlatObject, index: number, size: number, colour: Float32Array, owner: Int16Array): void {
  const { centre, radius, angle, paints } = object;
  const distance = flatDistance(object.shape);
  const [cos, sin] = [Math.cos(angle) / radius, Math.sin(angle) / radius];
  const texture = textureField(object);
  const first = (middle: number): number => Math.max(0, Math.floor((middle - reach * radius) * size));
  const last = (middle: number): number => Math.min(size - 1, Math.ceil((middle + reach * radius) * size));
  const away = (x: number, y: number): number => {
    const dx = x - centre[0];
    const dy = y - centre[1];
    return radius * distance(dx * cos + dy * sin, dy * cos - dx * sin);
  };
  for (let row = first(centre[1]); row <= last(centre[1]); row++) {
    for (let column = first(centre[0]); column <= last(centre[0]); column++) {
      const [x, y] = [(column + 0.5) / size, (row + 0.5) / size];
      const d = away(x, y);
      if (d > 1.5 / size) continue;
      const at = row * size + column;
      if (d < 0) owner[at] = index;
      blend(away, texture, paints, x, y, 1 / (2 * size), colour, 3 * at);
    }
  }
}

type Field = (x: number, y: number) => number;

/** Lays an object over a pixel by the share of each of its four samples, of side `step`, that it covers. */
function blend(
  away: Field,
  texture: Field,
  paints: readonly [Colour, Colour],
  x: number,
  y: number,
  step: number,
  colour: Float32Array,
  at: number,
): void {
  let covered = 0;
  let second = 0;
  for (let k = 0; k < 4; k++) {
    const sx = x + (k & 1 ? step : -step) / 2;
    const sy = y + (k & 2 ? step : -step) / 2;
    const share = Math.min(1, Math.max(0, 0.5 - away(sx, sy) / step)) / 4;
    if (share === 0) continue;
    covered += share;
    second += share * texture(sx, sy);
  }
  for (let c = 0; c < 3; c++) {
    const paint = (covered - second) * paints[0][c] + second * paints[1][c];
    colour[at + c] = colour[at + c] * (1 - covered) + paint;
  }
}

function textureField({ texture, orientation, textureTurn, texturePhase, centre, radius, angle }: FlatObject): Field {
  const family = familyOf(texture);
  if (family === undefined) return () => 0;
  const turn = angle + (orientation * Math.PI) / 4 + textureTurn;
  const scale = 1 / (radius * texturePeriod(texture));
  const [cos, sin] = [Math.cos(turn) * scale, Math.sin(turn) * scale];
  const phase = family === "rings" || family === "rays" ? 0 : texturePhase;
  return (x, y) => {
    const dx = x - centre[0];
    const dy = y - centre[1];
    return textureAt(family, dx * cos + dy * sin + phase, dy * cos - dx * sin + phase);
  };
}
