import type { Pattern } from "./scene.ts";

/** A field over the picture, x to the right and y down in picture sides. */
export type Field = (x: number, y: number) => number;

/** The values of a pattern, in [0, 1]. */
export function patternField(pattern: Pattern): Field {
  if (pattern.kind === "plain") return () => 0;
  if (pattern.kind === "noise") {
    const { period, lattice } = pattern;
    return (x, y) => valueNoise(x / period, y / period, lattice);
  }
  const cos = Math.cos(pattern.angle);
  const sin = Math.sin(pattern.angle);
  if (pattern.kind === "gradient") {
    return (x, y) => Math.min(1, Math.max(0, 0.5 + (x - 0.5) * cos + (y - 0.5) * sin));
  }
  const { kind, period, phase } = pattern;
  return (x, y) => {
    const u = (x * cos + y * sin) / period + phase;
    const v = (y * cos - x * sin) / period + phase;
    if (kind === "stripes") return wave(u);
    if (kind === "checks") return wave(u) > 0.5 === wave(v) > 0.5 ? 1 : 0;
    return (u - Math.floor(u) - 0.5) ** 2 + (v - Math.floor(v) - 0.5) ** 2 < 0.09 ? 1 : 0;
  };
}

/** 1 over half of each unit and 0 over the other half, with short slopes. */
function wave(u: number): number {
  const triangle = Math.abs(2 * (u - Math.floor(u)) - 1); // 1 at whole numbers, 0 between
  return Math.min(1, Math.max(0, (triangle - 0.5) * 6 + 0.5));
}

/** Smooth noise in [0, 1): hashed values at whole numbers, interpolated by 3t² − 2t³. */
export function valueNoise(x: number, y: number, lattice: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const s = smooth(x - left);
  const t = smooth(y - top);
  const upper = latticeValue(left, top, lattice) * (1 - s) + latticeValue(left + 1, top, lattice) * s;
  const lower = latticeValue(left, top + 1, lattice) * (1 - s) + latticeValue(left + 1, top + 1, lattice) * s;
  return upper * (1 - t) + lower * t;
}

const smooth = (t: number): number => t * t * (3 - 2 * t);

/** A hash of the lattice point in [0, 1): a texture, not a source of randomness, so a short mixing function will do. */
function latticeValue(x: number, y: number, lattice: number): number {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ lattice;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}
