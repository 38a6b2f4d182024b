import { costOf } from "../graph/cost.ts";
import { dtypes } from "../graph/dtype.ts";
import type { Program } from "../graph/program.ts";
import type { Tensor } from "../graph/tensor.ts";
import { inPlaceStates } from "./in-place.ts";

/** Where the memory of a program goes, in bytes, counted without running it. */
export interface MemoryReport {
  /** Parameters, moments, running statistics: resident between runs. */
  readonly states: number;
  /** Second buffers of states whose next value cannot be written over the old one. */
  readonly secondBuffers: number;
  /** Inputs and outputs of one run. */
  readonly feeds: number;
  /** Most bytes of intermediate results at once: an estimate (`costOf`). */
  readonly activations: number;
  readonly total: number;
}

export function memoryReport(program: Program): MemoryReport {
  const { stateBytes: states, peakActivationBytes: activations } = costOf(program);
  const inPlace = inPlaceStates(program);
  const twice = [...program.updates].filter(([name]) => !inPlace.has(name));
  const secondBuffers = sum(twice.map(([, tensor]) => tensor));
  const feeds = sum([...program.inputs.values(), ...program.outputs.values()]);
  return { states, secondBuffers, feeds, activations, total: states + secondBuffers + feeds + activations };
}

const sum = (tensors: readonly Tensor[]): number =>
  tensors.reduce((total, { size, dtype }) => total + size * dtypes[dtype].bytes, 0);
