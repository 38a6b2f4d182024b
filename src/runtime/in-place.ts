import type { Node } from "../graph/node.ts";
import type { Program } from "../graph/program.ts";
import { sameShape, type Tensor } from "../graph/tensor.ts";

/** Operators that read an element only to write the element at the same place. */
const elementWise = new Set(["Add", "Sub", "Mul", "Div", "Where", "Identity"]);

/**
 * States whose new value may be written over the old one: every other node that reads the old value is an ancestor of
 * the node that writes the new one, so it has run before. True of moments, not of parameters (the gradient with respect
 * to a layer's input reads its weight, possibly later). Saves one buffer for each such state.
 */
export function inPlaceStates(program: Program): Set<string> {
  const readers = readersOfStates(program);
  const outputs = new Set<Tensor>(program.outputs.values());
  const safe = new Set<string>();
  for (const [name, next] of program.updates) {
    const old = program.states.get(name);
    if (
      old === undefined ||
      outputs.has(old) ||
      [...program.updates].some(([other, tensor]) => other !== name && tensor === old)
    )
      continue;
    const writer = next.producer;
    if (writer.kind !== "node" || !elementWise.has(writer.operator.type)) continue;
    const before = ancestors(writer, old);
    const direct = writer.inputs.every((tensor) => tensor !== old || sameShape(old.shape, next.shape));
    if (direct && (readers.get(old) ?? []).every((node) => node === writer || before.has(node))) safe.add(name);
  }
  return safe;
}

/** Operators whose result is their input's memory: who reads it reads the state, whenever that is. */
const views = new Set(["Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity"]);

function readersOfStates({ nodes }: Program): Map<Tensor, Node[]> {
  const readers = new Map<Tensor, Node[]>();
  const viewed = new Map<Tensor, Tensor>();
  for (const node of nodes) {
    for (const tensor of node.inputs) {
      const state = tensor?.producer.kind === "state" ? tensor : tensor && viewed.get(tensor);
      if (state === undefined) continue;
      readers.set(state, [...(readers.get(state) ?? []), node]);
      if (views.has(node.operator.type)) viewed.set(node.outputs[0], state);
    }
  }
  return readers;
}

/** Ancestors of `node` that can read `old`: the walk stops where nothing older than the first reader can follow. */
function ancestors(node: Node, old: Tensor): Set<Node> {
  const found = new Set<Node>();
  const waiting: Node[] = [node];
  const limit = 64; // a moment's readers stand a few nodes above its writer; a parameter's do not
  for (let next = waiting.pop(); next !== undefined && found.size < limit; next = waiting.pop()) {
    for (const tensor of next.inputs) {
      const producer = tensor?.producer;
      if (producer?.kind !== "node" || found.has(producer)) continue;
      found.add(producer);
      if (producer.inputs.includes(old)) continue; // what is above a reader is no nearer
      waiting.unshift(producer);
    }
  }
  return found;
}
