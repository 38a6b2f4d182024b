import { FoveaError } from "../errors/fovea-error.ts";
import type { QkvBias } from "../nn/attention.ts";
import type { NormPlacement } from "../nn/block.ts";
import type { Initialiser } from "../nn/initialisers.ts";
import type { VitSize } from "./vit-sizes.ts";
import type { VitStart } from "./vit-start.ts";

/** Learned biases of attention by the distance of two patches. */
export interface RelativePositions {
  /** `full`: a bias for each pair of row and column distance; `decoupled`: one for each, added (EVA). */
  readonly table: "full" | "decoupled";
  /** One for all blocks (pre-training), or one in each (fine-tuning). */
  readonly of: "model" | "block";
  /** First values. Default 0. */
  readonly start?: Initialiser;
}

export interface VitEncoderOptions extends VitSize {
  /** Side of the square image in pixels. */
  readonly imageSize?: number;
  readonly patchSize?: number;
  readonly channels?: number;
  /**
   * T, frames of a clip [B, T, C, H, W] that the network reads in the place of an image: T·N patches attend to each
   * other, and the patch embedding's weight is that of a 3-D convolution of one frame. Source: eva section 4.3.
   */
  readonly frames?: number | undefined;
  readonly classToken?: boolean;
  readonly positions?: "learned" | "sincos" | "none";
  readonly relativePositions?: RelativePositions | undefined;
  /** Rotary positions of queries and keys; `trainedSide`: patches along a side in pre-training, by default as here. */
  readonly rotary?: { readonly trainedSide?: number } | undefined;
  readonly qkvBias?: QkvBias;
  /** Channels of a head; default width/heads. */
  readonly headDim?: number | undefined;
  /** Hidden width of the feed-forward part over `width`; rounded down. */
  readonly mlpRatio?: number;
  readonly feedForward?: "gelu" | "swiglu";
  /** LayerNorms inside the branches, before their last matrix; q, k and v then have a matrix each (EVA-02). */
  readonly subNorm?: boolean;
  readonly normPlacement?: NormPlacement;
  /** ε of the norms. */
  readonly eps?: number;
  /** Rate of the last block; it rises linearly from 0 at the first. */
  readonly dropPath?: number;
  /** First value of gamma_1 and gamma_2; undefined: none. */
  readonly layerScale?: number | undefined;
  /** Part of its gradient that the patch embedding gets: 0 detaches it (EVA's fine-tuning). Default 1. */
  readonly patchGradient?: number;
  readonly start?: VitStart;
  /** Whether a norm follows the last block. Default true. */
  readonly norm?: boolean;
}

export interface VitOptions extends Omit<VitEncoderOptions, "norm"> {
  /** K; 0: no head. */
  readonly classes?: number;
  /**
   * What the head reads: the class token after `norm`; `fc_norm` of the patch tokens' mean, or of all tokens' mean
   * (then no `norm`).
   */
  readonly pool?: "class" | "mean" | "meanOfAll";
  /** Factor on the head's first weight; 0.001 in fine-tuning recipes. */
  readonly headScale?: number;
}

/**
 * Refuses options that do not fit each other.
 * @param model what the error calls it
 */
export function checkVit({ pool = "class", classToken = true, classes = 1000 }: VitOptions, model: string): void {
  if (pool !== "class" || classToken || classes === 0) return; // without a head its features may still be asked for
  throw new FoveaError("models/pool", `${model}: pool is class, but classToken is false`, {
    hint: "pool: mean works without a class token",
    exitCode: 2,
  });
}

/** The same for the encoder. */
export function checkVitEncoder(options: VitEncoderOptions, model: string): void {
  const { imageSize = 224, patchSize = 16, classToken = true, relativePositions, rotary, subNorm = false } = options;
  const refuse = (code: string, text: string): FoveaError => new FoveaError(code, `${model}: ${text}`, { exitCode: 2 });
  if (imageSize % patchSize !== 0)
    throw refuse("models/patch-size", `imageSize ${imageSize} is no multiple of patchSize ${patchSize}`);
  if (!classToken && relativePositions?.table === "decoupled")
    throw refuse("models/positions", "decoupled relativePositions need a class token; full ones do not");
  if (!classToken && rotary !== undefined) throw refuse("models/positions", "rotary positions need a class token");
  if (subNorm && relativePositions?.of === "block")
    throw refuse("models/positions", "subNorm has no relativePositions of its own; share them: of: model");
  if (options.frames !== undefined && (relativePositions ?? rotary) !== undefined)
    throw refuse("models/positions", "a clip's patches have learned or sin-cos positions, no relative or rotary ones");
  const headDim = options.headDim ?? options.width / options.heads;
  if (rotary !== undefined && headDim % 4 !== 0)
    throw refuse("models/positions", `rotary positions need heads of 4·n channels, got ${headDim}`);
}
