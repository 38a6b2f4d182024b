import type { Node } from "./node.ts";
import { program, type Program } from "./program.ts";
import { withScope } from "./scope.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Replaces a node: gets its new inputs, returns its new outputs, or undefined to keep it as it is.
 * The outputs have the shapes and dtypes of the old ones.
 */
export type RewriteRule = (node: Node, inputs: readonly (Tensor | undefined)[]) => readonly Tensor[] | undefined;

/** A program that computes the same with other nodes: `rule` sees every node once, in topological order. */
export function rewriteProgram(old: Program, rule: RewriteRule): Program {
  const replaced = new Map<Tensor, Tensor>();
  const now = (tensor: Tensor): Tensor => replaced.get(tensor) ?? tensor;
  for (const node of old.nodes) {
    const inputs = node.inputs.map((tensor) => (tensor === undefined ? undefined : now(tensor)));
    const outputs = withScope(node.scope, () => rule(node, inputs)) ?? kept(node, inputs);
    node.outputs.forEach((tensor, i) => {
      const next = outputs[i];
      if (next !== undefined && next !== tensor) replaced.set(tensor, next);
    });
  }
  const outputs = Object.fromEntries([...old.outputs].map(([name, tensor]) => [name, now(tensor)]));
  const updates = new Map([...old.updates].map(([name, tensor]) => [old.states.get(name) as Tensor, now(tensor)])); // an update's state is in the program
  return program({ outputs, updates });
}

/** The same node, made anew only where an input changed. */
function kept(node: Node, inputs: readonly (Tensor | undefined)[]): readonly Tensor[] {
  if (inputs.every((tensor, i) => tensor === node.inputs[i])) return node.outputs;
  return node.operator.apply(inputs, node.attributes, node.outputs.length);
}
