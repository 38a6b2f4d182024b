import type { StoredTensor } from "../../../src/formats/safetensors.ts";
import type { HostTensor } from "../../../src/graph/dtype.ts";
import type { Tensor } from "../../../src/graph/tensor.ts";
import { type CheckpointLayout, mapNames } from "../../../src/models/checkpoint-layouts/checkpoint-layout.ts";
import { type Module, parameters, prepare } from "../../../src/nn/module.ts";
import { loadStateDict } from "../../../src/nn/state-dict.ts";

export interface LoadedNetwork<M extends Module> {
  readonly network: M;
  readonly states: ReadonlyMap<string, HostTensor>;
  /** Our parameter for an official name. */
  parameter(name: string): Tensor | undefined;
}

/**
 * A network with the values of an official file, whose names the layout turns into ours. Every tensor of ours must be
 * in the file, and every tensor of the file that the layout keeps must be ours.
 */
export function loadedNetwork<M extends Module>(
  network: M,
  stored: ReadonlyMap<string, StoredTensor>,
  layout: CheckpointLayout,
): LoadedNetwork<M> {
  prepare(network);
  const { names } = mapNames(layout, stored.keys());
  const values = new Map(
    [...names].map(([ours, theirs]) => [ours, (stored.get(theirs) as StoredTensor).load({ widen: true })]),
  ); // names come from it
  const { states } = loadStateDict(network, values);
  const ours = parameters(network);
  const byOfficialName = new Map([...names].map(([name, theirs]) => [theirs, ours.get(name)]));
  return { network, states, parameter: (name) => byOfficialName.get(name) };
}
