import { unknownName } from "../../errors/unknown-name.ts";

export interface SwinSize {
  readonly version: 1 | 2;
  /** C, channels of the first stage; each further stage has twice as many. */
  readonly width: number;
  /** Blocks of each stage. */
  readonly depths: readonly number[];
  /** Heads of each stage. */
  readonly heads: readonly number[];
}

/** 32 channels a head. */
const size = (version: 1 | 2, width: number, depths: readonly number[]): SwinSize => ({
  version,
  width,
  depths,
  heads: depths.map((_, stage) => (width / 32) * 2 ** stage),
});

/**
 * swin-… is V1 and swinv2-… V2, of swin-backbone section 4: `g` has 1.06 billion parameters ("1B"), `3b` is the paper's
 * SwinV2-G. micro-… are ours for images of 32 pixels in patches of 2 (section 9), with windows of 4 in three stages.
 */
export const swinSizes = {
  "swin-t": size(1, 96, [2, 2, 6, 2]),
  "swin-s": size(1, 96, [2, 2, 18, 2]),
  "swin-b": size(1, 128, [2, 2, 18, 2]),
  "swin-l": size(1, 192, [2, 2, 18, 2]),
  "swinv2-t": size(2, 96, [2, 2, 6, 2]),
  "swinv2-s": size(2, 96, [2, 2, 18, 2]),
  "swinv2-b": size(2, 128, [2, 2, 18, 2]),
  "swinv2-l": size(2, 192, [2, 2, 18, 2]),
  "swinv2-h": size(2, 352, [2, 2, 18, 2]),
  "swinv2-g": size(2, 448, [2, 2, 18, 2]),
  "swinv2-3b": size(2, 512, [2, 2, 42, 4]),
  "swinv2-micro-s": micro(16),
  "swinv2-micro-b": micro(32),
  "swinv2-micro-l": micro(48),
  "swinv2-micro-h": micro(64),
} as const satisfies Record<string, SwinSize>;

/** 16 channels a head. */
function micro(width: number): SwinSize {
  return { version: 2, width, depths: [2, 2, 2], heads: [1, 2, 4].map((factor) => (factor * width) / 16) };
}

export type SwinName = keyof typeof swinSizes;

export const swinNames = Object.keys(swinSizes) as SwinName[]; // the keys of a written-out record

/** The size called `name`. Throws, with the nearest name, where there is none. */
export function swinSize(name: string): SwinSize {
  const found: SwinSize | undefined = Object.hasOwn(swinSizes, name) ? swinSizes[name as SwinName] : undefined;
  if (found !== undefined) return found;
  throw unknownName("models/unknown", "Swin", name, swinNames);
}
