import { type Colour } from "../colours.ts";
import { tileNoise } from "../noise-tile.ts";
import { GRASS, HILLS, PAVEMENT, ROAD, SAND, SKY } from "./stuff.ts";

/** A straight band of road or water: points within `width / 2` of the line through (x, z) along `angle` from +x. */
export interface Strip {
  readonly stuff: number;
  readonly x: number;
  readonly z: number;
  readonly angle: number;
  readonly width: number;
}

/** Ground and background of a scene. */
export interface Ground {
  /** Index of stuff: grass, sand or pavement. */
  readonly base: number;
  readonly strip?: Strip;
  /** Multiplies the colours of the ground. */
  readonly tint: Colour;
  /** Where in the noise the textures start. */
  readonly shift: number;
  /** Strength of the textures: 0 is flat colour. */
  readonly texture: number;
  readonly sky: { readonly top: Colour; readonly bottom: Colour };
  /** `height` in picture heights above the horizon; 0 is a plain horizon. */
  readonly hills: { readonly height: number; readonly phase: number; readonly colour: Colour };
}

/** Index of the stuff that lies at a point of the ground. */
export function stuffAt({ base, strip }: Ground, x: number, z: number): number {
  return strip !== undefined && Math.abs(across(strip, x, z)) < strip.width / 2 ? strip.stuff : base;
}

/** Signed distance from the strip's middle line. */
const across = ({ x, z, angle }: Strip, px: number, pz: number): number =>
  (pz - z) * Math.cos(angle) - (px - x) * Math.sin(angle);
const along = ({ x, z, angle }: Strip, px: number, pz: number): number =>
  (px - x) * Math.cos(angle) + (pz - z) * Math.sin(angle);

/** Height of the hills' outline in picture heights above the horizon, at `x` picture heights right of the middle. */
export function hillLine({ hills }: Ground, x: number): number {
  const { height, phase } = hills;
  return height * (0.6 + 0.3 * Math.sin(5.3 * x + phase) + 0.2 * Math.sin(11.7 * x + 2.3 * phase));
}

/**
 * Writes the colour of the ground at (x, z) to `out[at … at + 2]`; gives the stuff. `pixel` is how many metres of it a
 * pixel sees: finer textures fade. `far` is the depth as a share of the farthest: haze.
 */
export function groundColour(
  ground: Ground,
  x: number,
  z: number,
  pixel: number,
  far: number,
  out: Float32Array,
  at: number,
): number {
  const stuff = stuffAt(ground, x, z);
  const strength = ground.texture * Math.min(1, 0.2 / pixel);
  stuffColour(ground, stuff, x, z, strength);
  const haze = 0.45 * far;
  const lit = colour[3] * (1 - haze);
  const { bottom } = ground.sky;
  const { tint } = ground;
  out[at] = colour[0] * lit * tint[0] + bottom[0] * haze;
  out[at + 1] = colour[1] * lit * tint[1] + bottom[1] * haze;
  out[at + 2] = colour[2] * lit * tint[2] + bottom[2] * haze;
  return stuff;
}

/** Red, green, blue and brightness of the point last looked at: one place instead of an array for each sample. */
const colour = new Float64Array(4);

function stuffColour(ground: Ground, stuff: number, x: number, z: number, strength: number): void {
  const { shift, strip } = ground;
  const coarse = tileNoise(x * 1.7 + shift, z * 1.7) - 0.5;
  switch (stuff) {
    case GRASS: {
      const fine = tileNoise(x * 13, z * 9 + shift) - 0.5;
      return set(0.33 + 0.1 * coarse, 0.56, 0.22, 1 + strength * (0.35 * coarse + 0.55 * fine));
    }
    case SAND: {
      const ripple = Math.sin(7 * z + 3 * coarse + 1.5 * x);
      return set(0.88, 0.76, 0.53, 1 + strength * (0.12 * ripple + 0.2 * coarse));
    }
    case PAVEMENT: {
      const u = x / 0.6;
      const v = z / 0.6;
      const joint = Math.min(Math.abs(u - Math.round(u)), Math.abs(v - Math.round(v))) < 0.06 ? 1 : 0;
      const tile = (tileNoise(Math.round(u - 0.5) * 7 + shift, Math.round(v - 0.5) * 5) - 0.5) * 0.35;
      return set(0.66, 0.63, 0.6, 1 + strength * (tile - 0.35 * joint));
    }
    case ROAD: {
      const line = strip !== undefined && Math.abs(across(strip, x, z)) < 0.07 && along(strip, x, z) % 1.2 > 0;
      if (line && Math.abs(along(strip, x, z)) % 1.2 < 0.7) return set(0.9, 0.88, 0.8, 1);
      const fine = tileNoise(x * 17, z * 17 + shift) - 0.5;
      return set(0.31, 0.31, 0.34, 1 + strength * 0.4 * fine);
    }
    default: {
      const wave = Math.sin(9 * z + 5 * coarse + 2 * x) + Math.sin(4.1 * x - 3 * z);
      return set(0.16, 0.4, 0.66, 1 + strength * 0.16 * wave);
    }
  }
}

function set(r: number, g: number, b: number, brightness: number): void {
  colour[0] = r;
  colour[1] = g;
  colour[2] = b;
  colour[3] = brightness;
}

/** Writes the colour of what is `y` picture heights above the horizon; gives the stuff it is. */
export function farColour(ground: Ground, x: number, y: number, out: Float32Array, at: number): number {
  const { sky, hills } = ground;
  if (y < hillLine(ground, x)) {
    const leaf = 1 + 0.3 * ground.texture * (tileNoise(x * 40 + ground.shift, y * 40) - 0.5);
    for (let c = 0; c < 3; c++) out[at + c] = hills.colour[c] * leaf;
    return HILLS;
  }
  const t = Math.min(1, y * 1.6);
  for (let c = 0; c < 3; c++) out[at + c] = sky.bottom[c] + t * (sky.top[c] - sky.bottom[c]);
  return SKY;
}
