import { generator, type Generator } from "../../../random/generator.ts";
import type { Split } from "../../split.ts";
import type { Colour } from "../colours.ts";
import { shapeKinds, type Clutter, type Fill, type Pattern, type Scene, type SceneObject } from "./scene.ts";

/** Brightness (the largest channel) of backgrounds and of objects and clutter: light things on dark ground. */
const groundValue = [0.1, 0.45] as const;
const objectValue = [0.65, 1] as const;

type Range = readonly [low: number, high: number];

/**
 * The scene number `index` of a split: one textured shape on a background with some clutter, `shapes` version 1.
 * A pure function of its arguments. The kinds take turns (kind = index mod 8), so every run of images is balanced.
 */
export function describeScene(seed: number, split: Split, index: number): Scene {
  const random = generator(seed, `world/shapes-1/${split}`, index);
  const background = fill(random, groundValue);
  const object = sceneObject(random, index % shapeKinds.length);
  return {
    background,
    clutter: Array.from({ length: random.integer(3) }, () => clutter(random)),
    objects: [object],
    light: { angle: angle(random), strength: between(random, 0, 0.15) },
    grain: { strength: between(random, 0.02, 0.1), lattice: random.uint32() },
  };
}

function sceneObject(random: Generator, kind: number): SceneObject {
  const radius = between(random, 0.24, 0.42);
  return {
    kind: shapeKinds[kind],
    centre: [between(random, radius, 1 - radius), between(random, radius, 1 - radius)],
    radius,
    // 11 degrees: squares stay squares and diamonds diamonds, bars lie or stand
    angle: between(random, -0.2, 0.2),
    fill: fill(random, objectValue),
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
    colour: colour(random, random.uniform() < 0.5 ? groundValue : objectValue),
    above: random.uniform() < 0.3,
  };
}

function fill(random: Generator, value: Range): Fill {
  const first = colour(random, value);
  const second = colour(random, value);
  // the second colour leans towards the first, or a texture would hide the outline
  const lean = between(random, 0.3, 0.7);
  return { pattern: pattern(random), colours: [first, mix(second, first, lean)] };
}

function pattern(random: Generator): Pattern {
  const kind = (["plain", "gradient", "stripes", "checks", "dots", "noise"] as const)[random.integer(6)];
  if (kind === "plain") return { kind };
  if (kind === "gradient") return { kind, angle: angle(random) };
  if (kind === "noise") return { kind, period: between(random, 0.08, 0.3), lattice: random.uint32() };
  return { kind, angle: angle(random), period: between(random, 0.12, 0.3), phase: random.uniform() };
}

function colour(random: Generator, [low, high]: Range): Colour {
  const hue = 6 * random.uniform();
  const saturation = between(random, 0.1, 0.9);
  const value = between(random, low, high);
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
