import { extname } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { commitFile } from "../files/durable-writer.node.ts";
import { fileCalls } from "../files/file-calls.node.ts";
import { storedDtypes } from "./safetensors-dtypes.ts";
import type { HostTensor } from "../graph/dtype.ts";
import { writeNpz } from "./npz.ts";
import { writeTorchFile } from "./pth/torch-writer.ts";
import type { StoredTensor } from "./safetensors.ts";
import { writeSafetensors } from "./safetensors-writer.ts";

export interface WriteWeightsOptions {
  /** Replace a file that lies there. Default false. */
  readonly overwrite?: boolean;
  /** Of PyTorch files: keys around the state dict. */
  readonly at?: readonly string[];
}

type Encode = (tensors: ReadonlyMap<string, HostTensor>, at: readonly string[]) => Iterable<Uint8Array>;

/** By extension. */
const encoders: ReadonlyMap<string, Encode> = new Map<string, Encode>([
  [".safetensors", (tensors) => writeSafetensors(tensors)],
  [".npz", (tensors) => writeNpz(tensors)],
  ...[".pth", ".pt", ".bin"].map((extension): [string, Encode] => [
    extension,
    (tensors, at) => writeTorchFile(tensors, { at }),
  ]),
]);

/**
 * Writes tensors to `path` in the format of its extension (.safetensors, .pth, .pt, .bin, .npz), whole or not at all.
 * Tensors of another file are read one after another while they are written.
 *
 * @throws FoveaError `weights/format` for another extension, `files/...` when the disk refuses
 */
export function writeWeights(
  path: string,
  tensors: ReadonlyMap<string, HostTensor>,
  { overwrite = false, at = [] }: WriteWeightsOptions = {},
): void {
  const encode = encoders.get(extname(path).toLowerCase());
  if (encode === undefined) {
    throw new FoveaError("weights/format", `${path}: weights are written to ${[...encoders.keys()].join(", ")}`, {
      hint: "choose one of these extensions",
      exitCode: 2,
    });
  }
  commitFile(fileCalls, path, encode(tensors, at), { overwrite });
}

/**
 * A tensor of a file as one that is read when its data are asked for, each time anew: a file larger than memory can be
 * converted. BF16 becomes float32, exactly.
 */
export function lazyTensor(stored: StoredTensor): HostTensor {
  const options = { widen: stored.storedDtype === "BF16" };
  const dtype = options.widen ? "float32" : storedDtypes.get(stored.storedDtype)?.dtype;
  if (dtype === undefined) return stored.load(options); // refuses, by name
  return {
    dtype,
    shape: stored.shape,
    get data() {
      return stored.load(options).data;
    },
  };
}
