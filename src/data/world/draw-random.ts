import type { Generator } from "../../random/generator.ts";

export type Range = readonly [low: number, high: number];

/** Uniform in [low, high). */
export const between = (random: Generator, [low, high]: Range): number => low + (high - low) * random.uniform();
/** An integer from low to high, both included. */
export const countBetween = (random: Generator, [low, high]: Range): number => low + random.integer(high - low + 1);
/** One of `list`, each as likely. */
export const oneOf = <T>(random: Generator, list: readonly T[]): T => list[random.integer(list.length)];
/** Uniform in [0, 2π). */
export const anyAngle = (random: Generator): number => 2 * Math.PI * random.uniform();
