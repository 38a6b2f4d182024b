import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { encodePng } from "../../src/formats/png.ts";
import { generator } from "../../src/random/generator.ts";

/** A class folder for each name with `count` PNG images of size × size: noise around a grey of the class. */
export function writeClassFolders(root: string, classes: readonly string[], count: number, size = 16): void {
  classes.forEach((name, label) => {
    mkdirSync(join(root, name), { recursive: true });
    for (let i = 0; i < count; i++) writeFileSync(join(root, name, `${i}.png`), noisyPng(size, label, i));
  });
}

export function noisyPng(size: number, label: number, index: number): Uint8Array {
  const random = generator(0, `test images/${label}`, index);
  const grey = 60 + 90 * label;
  const data = Uint8Array.from({ length: size * size * 3 }, () => grey + random.integer(60));
  return encodePng({ width: size, height: size, channels: 3, data }, { deflate: deflateSync });
}

/** Values that make a tiny recipe run in about a second. */
export const tinyValues = [
  "data.imageSize=16",
  "data.workers=0",
  "model.patchSize=8",
  "model.backbone=vit-nano",
  "batchSize=8",
  "steps=4",
];
