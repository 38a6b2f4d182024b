import type { Tensor } from "../graph/tensor.ts";
import type { Module } from "../nn/module.ts";

/** Blocks `start` up to `end`; by default all. */
export interface BlockRange {
  readonly start?: number;
  readonly end?: number;
}

/**
 * A classifier that can be divided between any two of its blocks: forward(x) = leave(runBlocks(enter(x))). What stands
 * between two blocks (the merging of tokens) goes with the block before it. Source: deep-incubation section 3.
 */
export interface DividedNetwork extends Module {
  /** Attribute paths of the blocks in their order: `blocks.0`, `layers.2.blocks.1`, `layer1.4`. */
  readonly blockPaths: readonly string[];
  /** Image [B, 3, H, W] → what the first block takes. */
  enter(image: Tensor): Tensor;
  /** What block `start` takes → what block `end` would take. */
  runBlocks(x: Tensor, range?: BlockRange): Tensor;
  /** What the last block gives → logits [B, K]. */
  leave(x: Tensor): Tensor;
  /** The block that a parameter or buffer outside of the blocks goes with: 0 what stands before them, the last what behind. */
  blockOf(name: string): number;
  forward(image: Tensor): Tensor;
}

/** The block that a parameter or buffer of `network` is in or goes with. */
export function owningBlock(network: Pick<DividedNetwork, "blockPaths" | "blockOf">, name: string): number {
  const inside = network.blockPaths.findIndex((path) => name.startsWith(`${path}.`));
  return inside < 0 ? network.blockOf(name) : inside;
}
