import type { FoveaError } from "../errors/fovea-error.ts";
import { graphError } from "./graph-error.ts";
import { reachableNodes } from "./autodiff.ts";
import type { Node } from "./node.ts";
import { sameShape, show, type Tensor } from "./tensor.ts";

export interface ProgramDefinition {
  /** What a run returns, by name. */
  readonly outputs?: Readonly<Record<string, Tensor>>;
  /** Next value of a `state` tensor after each run, in this order: place the last layer's update last (engine.md). */
  readonly updates?: ReadonlyMap<Tensor, Tensor>;
}

/** A closed graph: everything that its outputs and updates need. Made by `program`, run by `compile`. */
export interface Program {
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly states: ReadonlyMap<string, Tensor>;
  readonly outputs: ReadonlyMap<string, Tensor>;
  /** By state name. */
  readonly updates: ReadonlyMap<string, Tensor>;
  /** In topological order. */
  readonly nodes: readonly Node[];
}

/**
 * Closes a graph over `outputs` and `updates`.
 *
 * @throws FoveaError when two different inputs (or states), or one and an output, have one name, when an update's shape or dtype is not its
 * state's, or when there is nothing to compute
 */
export function program({ outputs = {}, updates = new Map() }: ProgramDefinition): Program {
  const wanted = [...Object.values(outputs), ...updates.values()];
  if (wanted.length === 0) throw graphError("program/empty", "program: no outputs and no updates, nothing to compute");
  const nodes = reachableNodes(wanted);
  const inputs = new Map<string, Tensor>();
  const states = new Map<string, Tensor>();
  const leaves = new Set<Tensor>([...updates.keys(), ...wanted]);
  for (const node of nodes) for (const tensor of node.inputs) if (tensor !== undefined) leaves.add(tensor);
  for (const tensor of leaves) {
    const { producer } = tensor;
    if (producer.kind === "input") addLeaf(inputs, "input", producer.name, tensor);
    if (producer.kind === "state") addLeaf(states, "state", producer.name, tensor);
  }
  checkNames(inputs, states, Object.keys(outputs));
  const named = new Map<string, Tensor>();
  for (const [state, next] of updates) {
    if (state.producer.kind !== "state")
      throw graphError("program/update", `program: ${show(state)} is updated but is not a state or parameter`);
    if (!sameShape(state.shape, next.shape) || state.dtype !== next.dtype) {
      throw graphError(
        "program/update",
        `program: state ${state.producer.name} ${show(state)} is updated with ${show(next)}`,
      );
    }
    named.set(state.producer.name, next);
  }
  return { inputs, states, outputs: new Map(Object.entries(outputs)), updates: named, nodes };
}

/** ONNX keeps inputs, states and outputs in one table of names. */
function checkNames(
  inputs: ReadonlyMap<string, Tensor>,
  states: ReadonlyMap<string, Tensor>,
  outputs: readonly string[],
): void {
  const refuse = (name: string, what: string): FoveaError =>
    graphError("program/name", `program: ${what} are both named ${name}`, {
      hint: "give one of them another name",
    });
  for (const name of states.keys()) if (inputs.has(name)) throw refuse(name, "an input and a state");
  for (const name of outputs) {
    if (inputs.has(name)) throw refuse(name, "an input and an output");
    if (states.has(name)) throw refuse(name, "a state and an output");
  }
}

function addLeaf(leaves: Map<string, Tensor>, what: string, name: string, tensor: Tensor): void {
  const before = leaves.get(name);
  if (before !== undefined && before !== tensor) {
    throw graphError("program/name", `program: two ${what}s are named ${name}: ${show(before)} and ${show(tensor)}`);
  }
  leaves.set(name, tensor);
}
