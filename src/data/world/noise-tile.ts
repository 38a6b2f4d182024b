import { generator } from "../../random/generator.ts";

const side = 64;
/** The same numbers in [0, 1) for every picture; a scene shifts, turns and stretches them. [side, side] */
const tile = generator(0, "world/noise-tile").fillUniform(new Float32Array(side * side));

/** Smooth noise in [0, 1) with one value a unit, repeating after 64 units. */
export function tileNoise(x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const s = x - left;
  const t = y - top;
  const u = s * s * (3 - 2 * s);
  const v = t * t * (3 - 2 * t);
  const row = (top & 63) << 6;
  const below = ((top + 1) & 63) << 6;
  const column = left & 63;
  const next = (left + 1) & 63;
  const upper = tile[row | column] * (1 - u) + tile[row | next] * u;
  const lower = tile[below | column] * (1 - u) + tile[below | next] * u;
  return upper * (1 - v) + lower * v;
}
