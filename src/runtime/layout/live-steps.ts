import type { Node } from "../../graph/node.ts";
import { convGradientOf, type ConvGradient } from "../../graph/operators/conv-gradient.ts";
import type { Program } from "../../graph/program.ts";
import type { Tensor } from "../../graph/tensor.ts";

/** One thing to compute: a node, or a whole gradient of a convolution, whose plain nodes then are not looked at. */
export type Step = {
  readonly id: number;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly outputs: readonly Tensor[];
} & (
  | { readonly kind: "node"; readonly node: Node }
  | { readonly kind: "gradient"; readonly gradient: ConvGradient; readonly node: Node }
);

export interface Steps {
  /** In topological order. */
  readonly steps: readonly Step[];
  /** Readers of each tensor, the program's results among them. */
  readonly readers: ReadonlyMap<Tensor, readonly (Step | undefined)[]>;
}

/** What the program's results need, with gradients of convolutions that `wanted` accepts as single steps. */
export function liveSteps(program: Program, wanted: (gradient: ConvGradient) => boolean): Steps {
  const results = [...program.outputs.values(), ...program.updates.values()];
  const readers = new Map<Tensor, (Step | undefined)[]>();
  const read = (tensor: Tensor, by: Step | undefined): void => {
    readers.set(tensor, [...(readers.get(tensor) ?? []), by]);
  };
  for (const tensor of results) read(tensor, undefined);
  const steps = new Map<Node, Step>();
  const waiting = [...results];
  for (let tensor = waiting.pop(); tensor !== undefined; tensor = waiting.pop()) {
    const { producer } = tensor;
    if (producer.kind !== "node" || steps.has(producer)) continue;
    const step = stepOf(producer, tensor, wanted);
    steps.set(producer, step);
    for (const input of step.inputs) {
      if (input === undefined) continue;
      read(input, step);
      waiting.push(input);
    }
  }
  return { steps: [...steps.values()].sort((a, b) => a.id - b.id), readers };
}

function stepOf(node: Node, tensor: Tensor, wanted: (gradient: ConvGradient) => boolean): Step {
  const gradient = convGradientOf(tensor);
  if (gradient === undefined || !wanted(gradient))
    return { kind: "node", id: node.id, node, inputs: node.inputs, outputs: node.outputs };
  const inputs = gradient.of === "input" ? [gradient.dy, gradient.w] : [gradient.x, gradient.dy];
  return { kind: "gradient", id: node.id, node, gradient, inputs, outputs: [tensor] };
}
