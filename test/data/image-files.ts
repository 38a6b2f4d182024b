import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";

/** A new empty folder. */
export const newFolder = (): string => mkdtempSync(join(tmpdir(), "fovea-data-"));

/** Writes `bytes` below `root`, with the folders on the way. */
export function writeBelow(root: string, name: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), bytes);
}

/** A PNG of one colour, different for every `shade`. */
export function pngBytes(shade: number, width = 8, height = 8): Promise<Uint8Array> {
  const background = { r: shade % 256, g: (shade >> 8) % 256, b: 77 };
  return sharp({ create: { width, height, channels: 3, background } })
    .png()
    .toBuffer();
}

/** `CLASS/0.png` … below `root`, all different; `counts` by class. */
export async function writeClassFolders(root: string, counts: Readonly<Record<string, number>>): Promise<void> {
  let shade = 0;
  for (const [name, count] of Object.entries(counts)) {
    for (let i = 0; i < count; i++) writeBelow(root, `${name}/${i}.png`, await pngBytes(shade++));
  }
}
