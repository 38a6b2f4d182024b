import { concat, split } from "../graph/operators/layout.ts";
import type { Tensor } from "../graph/tensor.ts";
import { flat } from "./element-wise.ts";

/**
 * Vectors that are updated in one piece. Each node costs the runtime 5 µs beside its work, more than the work on a bias:
 * with all vectors in one buffer ResNet-20's step took 0.95 of the time (docs/results/engine.md). A Split of more outputs, with its input, has more
 * buffers than a WebGPU shader is sure to get (8).
 */
const together = 7;

/** The tensors cut into runs that an element-wise update may treat as one: up to 7 vectors of one `group`, else one. */
export function inPieces<T extends Tensor>(
  tensors: Iterable<T>,
  group: (tensor: T) => unknown = () => undefined,
): T[][] {
  const pieces: T[][] = [];
  const open = new Map<unknown, T[]>();
  for (const tensor of tensors) {
    const piece = tensor.rank === 1 ? open.get(group(tensor)) : undefined;
    if (piece !== undefined && piece.length < together) {
      piece.push(tensor);
      continue;
    }
    const next = [tensor];
    pieces.push(next);
    if (tensor.rank === 1) open.set(group(tensor), next);
  }
  return pieces;
}

/** The tensors of a piece as one; a single one as `flat` has it. */
export const joined = (piece: readonly Tensor[]): Tensor =>
  piece.length === 1 ? flat(piece[0] as Tensor) : concat(piece, 0); // a piece is not empty

/** What `joined` has joined: one tensor for each of `piece`, of its shape. */
export const apart = (tensor: Tensor, piece: readonly Tensor[]): readonly Tensor[] =>
  piece.length === 1
    ? [tensor.reshape((piece[0] as Tensor).shape)]
    : split(
        tensor,
        piece.map(({ size }) => size),
        0,
      );
