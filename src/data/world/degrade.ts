import type { Generator } from "../../random/generator.ts";
import { rawImage, type RawImage } from "../image.ts";
import { between } from "./draw-random.ts";

/** What can be done to a picture to ask for the clean one back. */
export type DegradeTask = "noise" | "rain" | "low-light";

/** `clean` with sensor noise, rain, or in little light; a pure function of the picture and the stream. */
export function degrade(clean: RawImage, task: DegradeTask, random: Generator): RawImage {
  switch (task) {
    case "noise":
      return sensorNoise(clean, between(random, [0.005, 0.03]), between(random, [0.01, 0.06]), random);
    case "rain":
      return rain(clean, random);
    case "low-light":
      return lowLight(clean, random);
  }
}

/**
 * x + ε, ε ~ N(0, shot · x + read²) for x in [0, 1]: photons are counted (shot), and the amplifier adds its own (read).
 * The share of light is taken linear in the pixel values.
 */
function sensorNoise(clean: RawImage, shot: number, read: number, random: Generator): RawImage {
  const image = rawImage(clean.width, clean.height);
  const noise = random.fillNormal(new Float32Array(clean.data.length));
  for (let at = 0; at < noise.length; at++) {
    const x = clean.data[at] / 255;
    image.data[at] = toByte(x + Math.sqrt(shot * x + read * read) * noise[at]);
  }
  return image;
}

/** 12 to 24 bright streaks, nearly upright and parallel, in a light mist; as long and wide at every size. */
function rain(clean: RawImage, random: Generator): RawImage {
  const { width, height } = clean;
  const data = Float32Array.from(clean.data, (value) => 0.94 * value + 10);
  const lean = between(random, [-0.5, 0.5]);
  const streaks = 12 + random.integer(13);
  for (let k = 0; k < streaks; k++) {
    const length = between(random, [0.15, 0.4]) * height;
    const half = between(random, [0.006, 0.014]) * height;
    const [x, y] = [between(random, [-0.1, 1.1]) * width, between(random, [-0.3, 0.9]) * height];
    drawStreak(data, width, height, { x, y, length, half, lean, strength: between(random, [0.35, 0.8]) });
  }
  return rawImage(
    width,
    height,
    Uint8Array.from(data, (value) => toByte(value / 255)),
  );
}

interface Streak {
  readonly x: number;
  readonly y: number;
  readonly length: number;
  readonly half: number;
  readonly lean: number;
  readonly strength: number;
}

function drawStreak(data: Float32Array, width: number, height: number, streak: Streak): void {
  const { x, y, length, half, lean, strength } = streak;
  for (let row = Math.max(0, Math.floor(y)); row < Math.min(height, y + length); row++) {
    const middle = x + lean * (row - y);
    for (let column = Math.floor(middle - half - 1); column <= Math.ceil(middle + half + 1); column++) {
      if (column < 0 || column >= width) continue;
      const share = strength * Math.min(1, Math.max(0, half + 0.5 - Math.abs(column + 0.5 - middle)));
      const at = 3 * (row * width + column);
      for (let c = at; c < at + 3; c++) data[c] += share * (235 - data[c]);
    }
  }
}

/** 0.1 to 0.3 of the light, and noise of σ = 0.01. */
function lowLight(clean: RawImage, random: Generator): RawImage {
  const image = rawImage(clean.width, clean.height);
  const share = between(random, [0.1, 0.3]);
  const noise = random.fillNormal(new Float32Array(clean.data.length), 0, 0.01);
  for (let at = 0; at < noise.length; at++) image.data[at] = toByte((share * clean.data[at]) / 255 + noise[at]);
  return image;
}

const toByte = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value)));
