import { dtypes, sizeOf } from "./dtype.ts";
import type { Program } from "./program.ts";
import type { Tensor } from "./tensor.ts";

/** What a program costs, counted from its graph. */
export interface Cost {
  /** Floating-point operations of products and convolutions: two for each multiply-add. */
  readonly flops: number;
  /** Bytes of all states. */
  readonly stateBytes: number;
  /**
   * Most bytes of intermediate results that are alive at once when the nodes run in the order in which they were built.
   * An estimate: the runtime chooses an order of its own, fuses nodes and reuses buffers.
   */
  readonly peakActivationBytes: number;
}

/** Counts a program's cost without running it. */
export function costOf(program: Program): Cost {
  return {
    flops: program.nodes.reduce((sum, node) => sum + node.operator.flops(node), 0),
    stateBytes: [...program.states.values()].reduce((sum, tensor) => sum + bytesOf(tensor), 0),
    peakActivationBytes: peakActivationBytes(program),
  };
}

/** Reshapes and identities hand their input on: they share its memory. */
const views = new Set(["Reshape", "Identity", "Squeeze", "Unsqueeze", "Flatten"]);

function peakActivationBytes({ nodes, outputs, updates }: Program): number {
  const storage = new Map<Tensor, Tensor>();
  const root = (tensor: Tensor): Tensor => storage.get(tensor) ?? tensor;
  for (const { operator, inputs, outputs } of nodes) {
    const [source] = inputs;
    if (source !== undefined && views.has(operator.type)) storage.set(outputs[0], root(source));
  }
  const lastUse = new Map<Tensor, number>();
  nodes.forEach(({ inputs, outputs }, at) => {
    for (const tensor of [...inputs, ...outputs]) if (tensor !== undefined) lastUse.set(root(tensor), at);
  });
  for (const tensor of [...outputs.values(), ...updates.values()]) lastUse.set(root(tensor), nodes.length);
  const ending = new Map<number, number>(); // bytes whose last use is at a node
  let [alive, peak] = [0, 0];
  nodes.forEach(({ outputs }, at) => {
    for (const tensor of outputs) {
      if (root(tensor) !== tensor) continue; // a view
      const [bytes, end] = [bytesOf(tensor), lastUse.get(tensor) ?? at];
      alive += bytes;
      ending.set(end, (ending.get(end) ?? 0) + bytes);
    }
    peak = Math.max(peak, alive);
    alive -= ending.get(at) ?? 0;
  });
  return peak;
}

const bytesOf = ({ shape, dtype }: Tensor): number => sizeOf(shape) * dtypes[dtype].bytes;
