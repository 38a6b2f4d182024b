import { dtypes, sizeOf } from "./dtype.ts";
import type { Node } from "./node.ts";
import type { Program } from "./program.ts";

/** What a program costs, counted from its graph. */
export interface Cost {
  /** Floating-point operations of products: two for each multiply-add. */
  readonly flops: number;
  /** Bytes of all states. */
  readonly stateBytes: number;
}

/** Counts a program's cost without running it. */
export function costOf(program: Program): Cost {
  return {
    flops: program.nodes.reduce((sum, node) => sum + flopsOf(node), 0),
    stateBytes: [...program.states.values()].reduce(
      (sum, { shape, dtype }) => sum + sizeOf(shape) * dtypes[dtype].bytes,
      0,
    ),
  };
}

/** 2·M·N·K of a product, batch included; 0 for everything else. */
function flopsOf({ operator, inputs, attributes, outputs }: Node): number {
  if (!["MatMul", "Gemm", "FusedMatMul"].includes(operator.type)) return 0;
  const [a] = inputs;
  const [y] = outputs;
  if (a === undefined || y === undefined) return 0;
  const k = a.shape[a.rank - (attributes["transA"] ? 2 : 1)] ?? 0;
  return 2 * y.size * k;
}
