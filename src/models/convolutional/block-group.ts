import type { Tensor } from "../../graph/tensor.ts";
import { Module } from "../../nn/module.ts";
import type { BlockRange } from "../divided-network.ts";

/** Receives a map before its last activation. */
export type SeePreactivation = (preactivation: Tensor) => void;

/** A block that ends in an activation and shows on request what that is applied to. */
export type ObservedBlock = Module & { forward(x: Tensor, see?: SeePreactivation): Tensor };

/** Blocks one after another, named by their places: `layer1.0`, `layer1.1`. */
export class BlockGroup extends Module {
  readonly [place: number]: ObservedBlock;
  readonly #blocks: readonly ObservedBlock[];

  constructor(blocks: readonly ObservedBlock[]) {
    super();
    this.#blocks = blocks;
    Object.assign(this, blocks);
  }

  get length(): number {
    return this.#blocks.length;
  }

  /** Blocks `start` up to `end`. */
  run(x: Tensor, { start = 0, end = this.length }: BlockRange): Tensor {
    return this.#blocks.slice(start, end).reduce((y, block) => block.forward(y), x);
  }

  /** @param see receives the last block's map before its activation */
  forward(x: Tensor, see?: SeePreactivation): Tensor {
    return this.#blocks.reduce(
      (y, block, i) => (i === this.#blocks.length - 1 ? block.forward(y, see) : block.forward(y)),
      x,
    );
  }
}

/** The group's output and what its last activation is applied to. */
export function observed(group: ObservedBlock, x: Tensor): { readonly map: Tensor; readonly preactivation: Tensor } {
  let preactivation: Tensor | undefined;
  const map = group.forward(x, (seen) => (preactivation = seen));
  return { map, preactivation: preactivation ?? map };
}
