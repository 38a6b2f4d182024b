import type { Tensor } from "../../graph/tensor.ts";
import type { Module } from "../../nn/module.ts";

/** What SimMIM pre-trains: a network whose tokens can be masked. */
export interface MaskedEncoder extends Module {
  /** Channels of what `forward` returns. */
  readonly outputWidth: number;
  /** Pixels along a side of what one of its last tokens stands for. */
  readonly stride: number;
  /**
   * [B, 3, S, S] → [B, (S/stride)², outputWidth]
   * @param masks [B, P, P], 1 where one of the P² first tokens is masked and 0 elsewhere
   */
  forward(images: Tensor, masks: Tensor): Tensor;
}

/** Tokens with the mask token in place of the masked ones: t·(1 − m) + token·m, [B, N, D] → the same shape. */
export function maskTokens(tokens: Tensor, masks: Tensor, token: Tensor): Tensor {
  const masked = masks.reshape([tokens.shape[0], tokens.shape[1], 1]);
  return tokens.mul(masked.neg().add(1)).add(token.mul(masked));
}
