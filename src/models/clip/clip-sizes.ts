import { unknownName } from "../../errors/unknown-name.ts";
import type { ClipTextOptions } from "./clip-text.ts";
import { ClipVision, type ClipVisionOptions } from "./clip-vision.ts";
import { Clip } from "./clip.ts";

interface ClipSize {
  readonly vision: ClipVisionOptions;
  readonly text: ClipTextOptions;
}

function size(embed: number, patchSize: number, vision: Tower, text: Tower, imageSize = 224): ClipSize {
  const activation = "quickGelu";
  return {
    vision: { embed, activation, imageSize, patchSize, ...vision },
    text: { embed, activation, ...text },
  };
}

type Tower = Pick<ClipTextOptions, "width" | "layers" | "heads">;

const base: Tower = { width: 768, layers: 12, heads: 12 };
const large: Tower = { width: 1024, layers: 24, heads: 16 };
const smallText: Tower = { width: 512, layers: 12, heads: 8 };

/** OpenAI's ViT models (arXiv 2103.00020, table 20). */
export const clipSizes = {
  "clip-vit-b-32": size(512, 32, base, smallText),
  "clip-vit-b-16": size(512, 16, base, smallText),
  "clip-vit-l-14": size(768, 14, large, base),
  "clip-vit-l-14-336": size(768, 14, large, base, 336),
} as const satisfies Record<string, ClipSize>;

export type ClipName = keyof typeof clipSizes;

/** OpenAI's model called `name`. Throws, with the nearest name, where there is none. */
export function openAiClip(name: string): Clip<ClipVision> {
  if (!Object.hasOwn(clipSizes, name)) {
    throw unknownName("models/unknown", "CLIP", name, Object.keys(clipSizes));
  }
  const { vision, text } = clipSizes[name as ClipName]; // it is one of its keys
  return new Clip(new ClipVision(vision), text);
}
