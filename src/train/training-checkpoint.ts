import { FoveaError } from "../errors/fovea-error.ts";
import { loadCheckpoint } from "../files/checkpoints.node.ts";
import type { LoadedDirectory } from "../files/manifest.node.ts";
import { parseSafetensors } from "../formats/safetensors.ts";
import { writeSafetensors } from "../formats/safetensors-writer.ts";
import { sameShape, show } from "../graph/tensor.ts";
import type { HostTensor } from "../graph/dtype.ts";

/** What a checkpoint of a training holds beside its tensors: everything that the next step depends on. */
export interface CheckpointFields {
  /** Updates done. */
  readonly step: number;
  readonly images: number;
  /** Seconds of training so far, over all attempts. */
  readonly seconds: number;
  /** Length of metrics.jsonl to cut back to. */
  readonly metricsBytes: number;
  readonly attempt: number;
  readonly recipeHash: string;
  /** The last value of the metric by which the best is chosen, measured at exactly this step. */
  readonly metric?: { readonly name: string; readonly value: number; readonly higherIsBetter: boolean };
  /** Latest result of every evaluation. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Tensors by file: `model` (parameters and buffers), `ema`, `state` (moments), `memory` (the task's own). */
export type CheckpointTensors = Readonly<
  Partial<Record<"model" | "ema" | "state" | "memory", ReadonlyMap<string, HostTensor>>>
>;

/** The files of a checkpoint directory, for `Saver.save`. */
export function checkpointFiles(tensors: CheckpointTensors): Map<string, Iterable<Uint8Array>> {
  const files = new Map<string, Iterable<Uint8Array>>();
  for (const [name, values] of Object.entries(tensors)) {
    if (values.size > 0) files.set(`${name}.safetensors`, writeSafetensors(values, new Map([["format", "pt"]])));
  }
  return files;
}

/** A checkpoint that a run goes on from. */
export interface ResumePoint {
  /** Whether it is another run's: this run's own log, records and best begin here. */
  readonly branched: boolean;
  readonly path: string;
  readonly fields: CheckpointFields;
  /** Parameters, buffers, averages and moments. */
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly memory: ReadonlyMap<string, HostTensor>;
}

/** Reads and checks a whole checkpoint; a damaged one is refused, naming the file and the newest good one. */
export function readTrainingCheckpoint(path: string): ResumePoint {
  const directory = loadCheckpoint(path);
  try {
    const tensors = new Map<string, HostTensor>();
    for (const name of ["model", "ema", "state"])
      for (const [key, value] of readTensors(directory, name)) tensors.set(key, value);
    const memory = readTensors(directory, "memory");
    return { branched: false, path, fields: directory.fields as unknown as CheckpointFields, tensors, memory }; // written by us, checked by its CRC
  } finally {
    directory.close();
  }
}

/** Tensors of one file of a checkpoint, copied out of it; an absent file holds none. */
export function readTensors(directory: LoadedDirectory, name: string): Map<string, HostTensor> {
  const file = `${name}.safetensors`;
  if (!directory.names.includes(file)) return new Map();
  const { tensors } = parseSafetensors(directory.source(file));
  return new Map([...tensors].map(([key, stored]) => [key, stored.load()]));
}

/**
 * All or nothing: `saved` must hold exactly the states `wanted`, in shape and dtype.
 * @throws FoveaError that lists what is missing, extra and misshapen
 */
export function checkStates(
  path: string,
  wanted: ReadonlyMap<string, HostTensor>,
  saved: ReadonlyMap<string, HostTensor>,
): void {
  const missing = [...wanted.keys()].filter((name) => !saved.has(name));
  const extra = [...saved.keys()].filter((name) => !wanted.has(name));
  const misshapen = [...wanted].flatMap(([name, value]) => {
    const found = saved.get(name);
    return found === undefined || (sameShape(found.shape, value.shape) && found.dtype === value.dtype)
      ? []
      : [`${name} ${show(found)}, expected ${show(value)}`];
  });
  if (missing.length + extra.length + misshapen.length === 0) return;
  const some = (what: string, list: readonly string[]): string[] =>
    list.length === 0 ? [] : [`${list.length} ${what}: ${list.slice(0, 4).join(", ")}${list.length > 4 ? ", …" : ""}`];
  const problems = [
    ...some("missing", missing),
    ...some("not in the model", extra),
    ...some("of another shape", misshapen),
  ];
  throw new FoveaError("checkpoint/model", `checkpoint ${path} belongs to another model: ${problems.join("; ")}`, {
    hint: "resume it with the recipe it was trained with, or take its weights with init.from",
  });
}
