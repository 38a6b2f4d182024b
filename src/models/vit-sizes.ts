import { unknownName } from "../errors/unknown-name.ts";

export interface VitSize {
  /** D */
  readonly width: number;
  /** Number of blocks. */
  readonly depth: number;
  readonly heads: number;
}

/** vit-ti to vit-h as in DeiT and timm; the smaller ones are ours, for images of 32 pixels on a laptop's CPU. */
export const vitSizes = {
  "vit-nano": { width: 64, depth: 4, heads: 2 },
  "vit-micro": { width: 96, depth: 6, heads: 3 },
  "vit-mini": { width: 128, depth: 8, heads: 4 },
  "vit-ti": { width: 192, depth: 12, heads: 3 },
  "vit-s": { width: 384, depth: 12, heads: 6 },
  "vit-b": { width: 768, depth: 12, heads: 12 },
  "vit-l": { width: 1024, depth: 24, heads: 16 },
  "vit-h": { width: 1280, depth: 32, heads: 16 },
} as const satisfies Record<string, VitSize>;

export type VitName = keyof typeof vitSizes;

export const vitNames = Object.keys(vitSizes) as VitName[]; // the keys of a written-out record

/** The size called `name`. Throws, with the nearest name, where there is none. */
export function vitSize(name: string): VitSize {
  const size: VitSize | undefined = Object.hasOwn(vitSizes, name) ? vitSizes[name as VitName] : undefined;
  if (size !== undefined) return size;
  throw unknownName("models/unknown", "ViT", name, vitNames);
}
