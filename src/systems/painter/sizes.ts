import { unknownName } from "../../errors/unknown-name.ts";
import { Painter } from "./model.ts";
import type { PainterOptions } from "./painter-options.ts";

const released = { imageSize: [896, 448], patchSize: 16, dropPath: 0.1 } as const;
const large = { ...released, width: 1024, depth: 24, heads: 16 } as const;
const small = { patchSize: 8, headChannels: 16, positions: "grid" } as const;
const twelve = { ...small, depth: 12, mergeAfter: 1, taps: [2, 5, 8, 11] } as const;

/**
 * The released networks by the names of the official code, ViT-B of the paper's ablation, and three for small machines.
 * All attention is global, which the released weights need (painter section 3.8). Source: painter sections 3 and 9.1.
 */
export const painterSizes = {
  painter_vit_large_patch16_input896x448_win_dec64_8glb_sl1: large,
  seggpt_vit_large_patch16_input896x448: { ...large, segmentTypes: true },
  "painter-base": { ...released, width: 768, depth: 12, heads: 12, taps: [2, 5, 8, 11] },
  "painter-nano": { ...small, imageSize: [64, 32], width: 128, depth: 8, heads: 4, mergeAfter: 0, taps: [1, 3, 5, 7] },
  "painter-micro": { ...twelve, imageSize: [128, 64], width: 192, heads: 6 },
  "painter-tiny": { ...twelve, imageSize: [192, 96], width: 256, heads: 8 },
} as const satisfies Record<string, PainterOptions>;

export type PainterName = keyof typeof painterSizes;

/** Options of the network called `name`. Throws, with the nearest name, where there is none. */
export function painterSize(name: string): PainterOptions {
  if (Object.hasOwn(painterSizes, name)) return painterSizes[name as PainterName]; // it is one of its keys
  throw unknownName("models/unknown", "Painter", name, Object.keys(painterSizes));
}

/** The network called `name`. */
export const painterNetwork = (name: string): Painter => new Painter(painterSize(name));

/**
 * Whether MAE's pre-training file lacks a parameter of Painter: tokens, relative positions and head start anew. The
 * `isNew` of `loadPretrained` with layout `painter-from-mae`.
 */
export const isNewAfterMae = (name: string): boolean =>
  /(^|\.)(mask_token|segment_token_[xy]|type_token_(cls|ins)|rel_pos_[hw])$|(^|\.)decoder_|\.residual\./.test(name);
