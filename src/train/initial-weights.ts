import { existsSync, statSync } from "node:fs";
import { loadCheckpoint } from "../files/checkpoints.node.ts";
import { openWeights } from "../formats/open-weights.node.ts";
import type { HostTensor } from "../graph/dtype.ts";
import type { CheckpointLayout } from "../models/checkpoint-layouts/checkpoint-layout.ts";
import { loadPretrained, type PretrainedOptions, type PretrainedWeights } from "../models/load-pretrained.ts";
import type { Module } from "../nn/module.ts";
import { RunDirectory } from "./run-directory.ts";
import type { BaseRecipe } from "./task.ts";
import { readTensors } from "./training-checkpoint.ts";

/**
 * What a prepared network takes of another run (its best checkpoint, the moving averages where it keeps them) or of any
 * file of weights.
 *
 * @param from a run's directory, its name below `out`, or a file
 * @throws FoveaError as `loadPretrained`
 */
export function initialWeights(
  network: Module,
  from: string,
  layout: CheckpointLayout,
  { out = "runs", ...options }: PretrainedOptions & { readonly out?: string } = {},
): PretrainedWeights {
  if (!existsSync(from) || !statSync(from).isFile()) {
    const run = RunDirectory.open(from, out);
    return loadPretrained(network, readWeights(run.checkpoint("best").path), layout, options);
  }
  const file = openWeights(from, { skipUnknown: true }); // a training state holds its configuration's classes
  try {
    return loadPretrained(network, file.tensors, layout, options);
  } finally {
    file.close();
  }
}

/** Weights of a checkpoint, by name; averages replace what they average. */
export function readWeights(checkpoint: string): Map<string, HostTensor> {
  const directory = loadCheckpoint(checkpoint);
  try {
    const averages = [...readTensors(directory, "ema")].map(
      ([name, value]) => [name.replace(/^ema\//, ""), value] as const,
    );
    return new Map([...readTensors(directory, "model"), ...averages]);
  } finally {
    directory.close();
  }
}

/** The recipe of a task whose weights a checkpoint gives: what it started from need not be there any more. */
export const withoutInit = <R extends BaseRecipe>(recipe: R): R => ({ ...recipe, init: {} });
