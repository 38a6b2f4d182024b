import { generator, type Generator } from "../../random/generator.ts";
import type { Split } from "../split.ts";
import {
  shapeKinds,
  type Clutter,
  type Colour,
  type Fill,
  type Pattern,
  type Scene,
  type SceneObject,
} from "./scene.ts";

/** Least distance between the mean colours of object and background, in RGB of [0, 1]³: below it a person misses it. */
const leastContrast = 0.3;

/**
 * The scene number `index` of a split: one textured shape on a background with some clutter, `shapes` version 1.
 * A pure function of its arguments. The kinds take turns (kind = index mod 8), so every run of images is balanced.
 */
export function describeScene(seed: number, split: Split, index: number): Scene {
  const random = generator(seed, `world/shapes-1/${split}`, index);
  const background = fill(random);
  const object = sceneObject(random, index % shapeKinds.length, background);
  return {
    background,
    clutter: Array.from({ length: 1 + random.integer(4) }, () => clutter(random)),
    objects: [object],
    light: { angle: angle(random), strength: between(random, 0, 0.25) },
    grain: { strength: between(random, 0.02, 0.16), lattice: random.uint32() },
  };
}

function sceneObject(random: Generator, kind: number, background: Fill): SceneObject {
  const radius = between(random, 0.15, 0.36);
  let coat = fill(random);
  while (distance(meanColour(coat), meanColour(background)) < leastContrast) coat = fill(random);
  return {
    kind: shapeKinds[kind],
    centre: [between(random, radius, 1 - radius), between(random, radius, 1 - radius)],
    radius,
    // 14 degrees: squares stay squares and diamonds diamonds, bars lie or stand
    angle: between(random, -0.25, 0.25),
    fill: coat,
  };
}

function clutter(random: Generator): Clutter {
  const from = [random.uniform(), random.uniform()] as const;
  const spot = random.uniform() < 0.4;
  const length = between(random, 0.15, 0.6);
  const direction = angle(random);
  return {
    from,
    to: spot ? from : [from[0] + length * Math.cos(direction), from[1] + length * Math.sin(direction)],
    width: spot ? between(random, 0.05, 0.12) : between(random, 0.02, 0.05),
    colour: colour(random),
    above: random.uniform() < 0.3,
  };
}

function fill(random: Generator): Fill {
  const first = colour(random);
  const second = colour(random);
  // the second colour leans towards the first, or a texture would hide the outline
  const lean = between(random, 0.2, 0.6);
  return { pattern: pattern(random), colours: [first, mix(second, first, lean)] };
}

function pattern(random: Generator): Pattern {
  const kind = (["plain", "gradient", "stripes", "checks", "dots", "noise"] as const)[random.integer(6)];
  if (kind === "plain") return { kind };
  if (kind === "gradient") return { kind, angle: angle(random) };
  if (kind === "noise") return { kind, period: between(random, 0.08, 0.3), lattice: random.uint32() };
  return { kind, angle: angle(random), period: between(random, 0.12, 0.3), phase: random.uniform() };
}

function colour(random: Generator): Colour {
  const hue = 6 * random.uniform();
  const saturation = between(random, 0.1, 0.9);
  const value = between(random, 0.2, 1);
  const channel = (shift: number): number => {
    const k = (shift + hue) % 6;
    return value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

const between = (random: Generator, low: number, high: number): number => low + (high - low) * random.uniform();
const angle = (random: Generator): number => 2 * Math.PI * random.uniform();
const mix = (a: Colour, b: Colour, t: number): Colour => [
  a[0] + t * (b[0] - a[0]),
  a[1] + t * (b[1] - a[1]),
  a[2] + t * (b[2] - a[2]),
];
const meanColour = (of: Fill): Colour =>
  of.pattern.kind === "plain" ? of.colours[0] : mix(of.colours[0], of.colours[1], 0.5);
const distance = (a: Colour, b: Colour): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
