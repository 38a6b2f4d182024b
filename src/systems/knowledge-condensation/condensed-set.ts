import { existsSync, statSync } from "node:fs";
import { extname } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import { readFileBytes } from "../../files/byte-source.node.ts";
import { defaultLimits } from "../../files/limits.ts";
import { openWeights } from "../../formats/open-weights.node.ts";
import { writeSafetensors } from "../../formats/safetensors-writer.ts";
import { hostTensor, type HostTensor } from "../../graph/dtype.ts";
import { RunDirectory } from "../../train/run-directory.ts";

/** What is left of a training set: numbers of points, most valuable first, and the pixels that were mixed. */
export interface CondensedSet {
  readonly kept: Int32Array;
  /** [N, H, W, 3] of the whole set; undefined: as they are in the data. */
  readonly pixels?: HostTensor<"uint8"> | undefined;
}

/** Its name below a run's `eval/`. */
export const condensedSetFile = "condensed-set.safetensors";

/** The set as one safetensors file: `kept` int64 [M], `pixels` uint8 [N, H, W, 3]. */
export function encodeCondensedSet({ kept, pixels }: CondensedSet): Uint8Array {
  const numbers = hostTensor("int64", [kept.length], BigInt64Array.from(kept, BigInt));
  const tensors = new Map<string, HostTensor>([
    ["kept", numbers],
    ...(pixels === undefined ? [] : [["pixels", pixels] as const]),
  ]);
  return Buffer.concat([...writeSafetensors(tensors)]);
}

/** Numbers as numpy's savetxt writes them, a line each in `%.18e`: the released `myRemain_*.txt`. */
export const formatIndices = (indices: ArrayLike<number>): string =>
  Array.from(indices, (index) => `${exponential(index)}\n`).join("");

/** `%.18e` of a whole number from 0: exponents have two digits at least. */
function exponential(value: number): string {
  const [mantissa, exponent] = value.toExponential(18).split("e");
  const digits = exponent.replace(/^[+-]/, "").padStart(2, "0");
  return `${mantissa}e${exponent.startsWith("-") ? "-" : "+"}${digits}`;
}

/**
 * Numbers out of such a text; plain whole numbers are read too.
 *
 * @throws FoveaError that names the line that is no number of one of the set's `count` points, or is there twice
 */
export function parseIndices(text: string, name: string, count: number): Int32Array {
  const seen = new Set<number>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    const shown = line.trim();
    if (shown === "") continue;
    const value = /^[+]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(shown) ? Number(shown) : NaN;
    if (!Number.isInteger(value) || value >= count)
      throw wrong(name, `line ${i + 1} is ${JSON.stringify(shown.slice(0, 40))}, no number from 0 to ${count - 1}`);
    if (seen.has(value)) throw wrong(name, `line ${i + 1} has ${value} a second time`);
    seen.add(value);
  }
  if (seen.size === 0) throw wrong(name, "it holds no number");
  return Int32Array.from(seen);
}

/**
 * A condensed set of `count` points out of a run's `eval/`, its file, or a text of numbers.
 *
 * @throws FoveaError for a file that is none, or of another set
 */
export function readCondensedSet(from: string, count: number): CondensedSet {
  const path =
    existsSync(from) && statSync(from).isFile() ? from : RunDirectory.open(from).join("eval", condensedSetFile);
  if (extname(path).toLowerCase() === ".txt") {
    const text = new TextDecoder().decode(readFileBytes(path, defaultLimits.jsonBytes));
    return { kept: parseIndices(text, path, count) };
  }
  const file = openWeights(path);
  try {
    const [kept, pixels] = [file.tensors.get("kept"), file.tensors.get("pixels")];
    const numbers = kept?.load().data;
    if (!(numbers instanceof BigInt64Array)) throw wrong(path, "it has no int64 tensor kept");
    const text = Array.from(numbers, String).join("\n");
    const loaded = pixels?.load();
    if (loaded !== undefined && (loaded.dtype !== "uint8" || loaded.shape[0] !== count))
      throw wrong(path, `its pixels are ${loaded.dtype} [${loaded.shape.join(", ")}] for a set of ${count} points`);
    return { kept: parseIndices(text, path, count), pixels: loaded as HostTensor<"uint8"> | undefined }; // the line before
  } finally {
    file.close();
  }
}

const wrong = (name: string, what: string): FoveaError =>
  new FoveaError("condense/set", `${name} is no condensed set of these images: ${what}`, {
    hint: "it belongs to the data, data.maxImages and data.imageSize it was made with",
    exitCode: 2,
  });
