import { existsSync, statSync } from "node:fs";
import { FoveaError } from "../errors/fovea-error.ts";
import { openFileSource } from "../files/byte-source.node.ts";
import { loadCheckpoint } from "../files/checkpoints.node.ts";
import { parseSafetensors } from "../formats/safetensors.ts";
import type { HostTensor } from "../graph/dtype.ts";
import { sameShape, show } from "../graph/tensor.ts";
import { buffers, parameters, type Module } from "../nn/module.ts";
import { RunDirectory } from "./run-directory.ts";
import type { BaseRecipe } from "./task.ts";
import { readTensors } from "./training-checkpoint.ts";

/**
 * Weights of another run (its best checkpoint, the moving averages where it keeps them) or of a .safetensors file.
 *
 * @param from a run's directory, its name below `out`, or a file
 */
export function loadInitialWeights(from: string, out = "runs"): Map<string, HostTensor> {
  if (existsSync(from) && statSync(from).isFile()) return readFile(from);
  const run = RunDirectory.open(from, out);
  return readWeights(run.checkpoint("best").path);
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

function readFile(path: string): Map<string, HostTensor> {
  if (!path.endsWith(".safetensors"))
    throw new FoveaError("init/format", `${path}: weights are read from a run or a .safetensors file`, { exitCode: 2 });
  const source = openFileSource(path);
  try {
    return new Map([...parseSafetensors(source).tensors].map(([name, stored]) => [name, stored.load({ widen: true })]));
  } finally {
    source.close();
  }
}

/** The recipe of a task whose weights a checkpoint gives: what it started from need not be there any more. */
export const withoutInit = <R extends BaseRecipe>(recipe: R): R => ({ ...recipe, init: {} });

export interface MatchOptions {
  /** Name in the network of a name in the file; undefined: the value is not wanted (a decoder). Default: the same. */
  readonly rename?: (name: string) => string | undefined;
  /** Names that the network has of its own (a new head): they may be missing. Default: none. */
  readonly isNew?: (name: string) => boolean;
}

export interface MatchedWeights {
  /** By the network's names. */
  readonly initial: Map<string, HostTensor>;
  /** Lines for the log: what was taken, left and is new. */
  readonly report: readonly string[];
}

/**
 * Fits `values` to a prepared network: strict for the part that both have by design.
 * @throws FoveaError that lists what is missing and what has another shape
 */
export function matchWeights(
  network: Module,
  values: ReadonlyMap<string, HostTensor>,
  { rename = (name) => name, isNew = () => false }: MatchOptions = {},
): MatchedWeights {
  const wanted = new Map([...parameters(network), ...buffers(network)]);
  const initial = new Map<string, HostTensor>();
  const left: string[] = [];
  const misshapen: string[] = [];
  for (const [name, value] of values) {
    const own = rename(name);
    const tensor = own === undefined ? undefined : wanted.get(own);
    if (own === undefined || tensor === undefined) left.push(name);
    else if (sameShape(tensor.shape, value.shape)) initial.set(own, value);
    else if (!isNew(own)) misshapen.push(`${own} ${show(value)}, expected ${show(tensor)}`);
  }
  const absent = [...wanted.keys()].filter((name) => !initial.has(name));
  const missing = absent.filter((name) => !isNew(name) && !misshapen.some((line) => line.startsWith(`${name} `)));
  if (missing.length + misshapen.length > 0) {
    const lines = [
      ...(missing.length > 0 ? [`${missing.length} missing (${list(missing)})`] : []),
      ...(misshapen.length > 0 ? [`${misshapen.length} of another shape (${list(misshapen)})`] : []),
    ];
    throw new FoveaError("init/mismatch", `the weights do not fit the network: ${lines.join("; ")}`, {
      hint: "init.from needs a run with the same backbone and patch size: compare `fovea show` of both recipes",
      exitCode: 2,
    });
  }
  const report = [
    `${initial.size} tensors taken`,
    ...(left.length > 0 ? [`${left.length} left (${list(left)})`] : []),
    ...(absent.length > 0 ? [`${absent.length} new (${list(absent)})`] : []),
  ];
  return { initial, report };
}

const list = (names: readonly string[]): string => names.slice(0, 4).join(", ") + (names.length > 4 ? ", …" : "");
