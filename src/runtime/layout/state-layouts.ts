import type { Program } from "../../graph/program.ts";
import { sameShape, type Tensor } from "../../graph/tensor.ts";
import { elementWise } from "./element-wise.ts";
import type { Steps } from "./live-steps.ts";
import type { WeightLayout } from "./weight-layout.ts";

/**
 * The layouts that states would best have: blocked for weights of blocked convolutions, and with them for what is updated
 * from them or updates them element by element (moments, averages).
 *
 * @param weights weights of blocked convolutions, by tensor
 */
export function stateLayouts(
  program: Program,
  { steps }: Steps,
  weights: ReadonlyMap<Tensor, WeightLayout>,
): Map<string, WeightLayout> {
  const neighbours = new Map<Tensor, Tensor[]>();
  const join = (a: Tensor, b: Tensor): void => {
    if (a.size !== b.size) return;
    neighbours.set(a, [...(neighbours.get(a) ?? []), b]);
    neighbours.set(b, [...(neighbours.get(b) ?? []), a]);
  };
  for (const step of steps) {
    const type = step.node.operator.type;
    if (step.kind !== "node" || !(elementWise(step.node.operator) || type === "Reshape")) continue;
    for (const input of step.inputs) if (input !== undefined) join(input, step.outputs[0]);
  }
  for (const [name, next] of program.updates) join(program.states.get(name) as Tensor, next); // updates are of states
  const layouts = new Map<string, WeightLayout>();
  for (const [weight, layout] of weights) {
    if (weight.producer.kind !== "state" || layouts.has(weight.producer.name)) continue;
    for (const tensor of connected(weight, neighbours)) {
      if (tensor.producer.kind === "state" && sameShape(tensor.shape, weight.shape) && tensor.dtype === "float32")
        if (!layouts.has(tensor.producer.name)) layouts.set(tensor.producer.name, layout);
    }
  }
  return layouts;
}

function connected(start: Tensor, neighbours: ReadonlyMap<Tensor, readonly Tensor[]>): Set<Tensor> {
  const found = new Set<Tensor>([start]);
  const waiting = [start];
  for (let tensor = waiting.pop(); tensor !== undefined; tensor = waiting.pop()) {
    for (const next of neighbours.get(tensor) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      waiting.push(next);
    }
  }
  return found;
}
