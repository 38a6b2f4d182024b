import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { rawImage, type RawImage } from "../../../src/data/image.ts";
import { affineGeometry, rotateGeometry, type Fill } from "../../../src/data/transforms/affine-geometry.ts";
import { adjustBrightness, adjustColour, adjustContrast, adjustSharpness, greyscale } from "../../../src/data/transforms/blend-operators.ts"; // prettier-ignore
import { gaussianBlur } from "../../../src/data/transforms/gaussian-blur.ts";
import { shiftHue } from "../../../src/data/transforms/shift-hue.ts";
import { autoContrast, equalise, invert, posterise, solarise, solariseAdd } from "../../../src/data/transforms/tone-operators.ts"; // prettier-ignore

const file = new URL("./pillow-operators.json", import.meta.url);
const golden = JSON.parse(readFileSync(file, "utf8")) as {
  width: number;
  height: number;
  results: Record<string, string>;
};
const { width, height } = golden;

/** As bench/peers/pillow_operators.py draws it. */
function picture(): RawImage {
  const image = rawImage(width, height);
  let state = 1;
  for (let i = 0; i < image.data.length; i++) {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    const [c, x, y] = [i % 3, Math.floor(i / 3) % width, Math.floor(i / 3 / width)];
    image.data[i] = (5 * x + 11 * y + 60 * c + (state >>> 27)) % 256;
  }
  return image;
}

const fill: Fill = [124, 116, 104];
const operators: Record<string, (image: RawImage, value: number) => RawImage> = {
  autoContrast,
  equalise,
  invert,
  rotate: (image, degrees) => rotateGeometry(width, height, degrees, fill).moveImage(image),
  posterise,
  solarise,
  solariseAdd,
  colour: adjustColour,
  contrast: adjustContrast,
  brightness: adjustBrightness,
  sharpness: adjustSharpness,
  shearX: (image, f) => affineGeometry(width, height, [1, f, 0, 0, 1, 0], fill).moveImage(image),
  shearY: (image, f) => affineGeometry(width, height, [1, 0, 0, f, 1, 0], fill).moveImage(image),
  translateX: (image, t) => affineGeometry(width, height, [1, 0, t, 0, 1, 0], fill).moveImage(image),
  translateY: (image, t) => affineGeometry(width, height, [1, 0, 0, 0, 1, t], fill).moveImage(image),
  hue: shiftHue,
  greyscale,
  blur: gaussianBlur,
};

test.each(Object.keys(golden.results))("%s gives Pillow's bytes", (name) => {
  const [operator, value] = name.split(" ");
  const made = operators[operator](picture(), Number(value));
  expect([...made.data]).toEqual([...Buffer.from(golden.results[name], "base64")]);
});
