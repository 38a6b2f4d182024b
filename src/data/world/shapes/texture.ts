import { tileNoise } from "../noise-tile.ts";

/** Ten families of textures. */
export const textureFamilies = [
  "stripes",
  "checks",
  "dots",
  "grid",
  "waves",
  "zigzag",
  "bricks",
  "rings",
  "rays",
  "spots",
] as const;
export type TextureFamily = (typeof textureFamilies)[number];

/** Each family twice, and flat colour. */
export const textureNames = [
  "plain",
  ...textureFamilies.map((family) => `fine ${family}` as const),
  ...textureFamilies.map((family) => `broad ${family}` as const),
] as ["plain", ...(`fine ${TextureFamily}` | `broad ${TextureFamily}`)[]]; // map gives an array, whose first is known here
export type TextureName = (typeof textureNames)[number];

export const familyOf = (name: TextureName): TextureFamily | undefined =>
  textureFamilies.find((family) => name.endsWith(family));

/** Periods of a fine and a broad texture, for a shape of radius 1. */
export const texturePeriod = (name: TextureName): number => (name.startsWith("fine") ? 0.42 : 0.85);

/** Which of two colours stands at (u, v), in periods: 0 or 1. */
export function textureAt(family: TextureFamily, u: number, v: number): number {
  const [p, q] = [u - Math.floor(u), v - Math.floor(v)];
  switch (family) {
    case "stripes":
      return half(p);
    case "checks":
      return p < 0.5 === q < 0.5 ? 1 : 0;
    case "dots":
      return (p - 0.5) ** 2 + (q - 0.5) ** 2 < 0.085 ? 1 : 0;
    case "grid":
      return p < 0.25 || q < 0.25 ? 1 : 0;
    case "waves":
      return half(u + 0.3 * Math.sin(2 * Math.PI * v));
    case "zigzag":
      return half(u + 0.8 * Math.abs(q - 0.5));
    case "bricks": {
      const shifted = u + 0.5 * (Math.floor(2 * v) & 1);
      return shifted - Math.floor(shifted) < 0.14 || 2 * v - Math.floor(2 * v) < 0.24 ? 1 : 0;
    }
    case "rings":
      return half(Math.sqrt(u * u + v * v));
    case "rays":
      return half((Math.atan2(v, u) * 4) / Math.PI);
    case "spots":
      return tileNoise(2.3 * u + 31, 2.3 * v + 17) > 0.55 ? 1 : 0;
  }
}

const half = (x: number): number => (x - Math.floor(x) < 0.5 ? 1 : 0);
