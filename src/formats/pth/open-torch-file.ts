import { FoveaError } from "../../errors/fovea-error.ts";
import type { ByteSource } from "../../files/byte-source.ts";
import { defaultLimits, type Limits } from "../../files/limits.ts";
import type { PickleValue } from "../pickle/pickle-value.ts";
import { tensorPaths, valueAt } from "../pickle/tree-paths.ts";
import type { StoredTensor } from "../safetensors.ts";
import { isTar } from "../tar.ts";
import { oldCheckpointStart, readOldCheckpoint } from "./old-checkpoint.ts";
import { readTarCheckpoint } from "./tar-checkpoint.ts";
import { torchRefusal } from "./torch-storage.ts";
import { readZipCheckpoint } from "./zip-checkpoint.ts";

export interface TorchFileOptions {
  /**
   * Objects of unknown classes become inert records (module, name, arguments, state) instead of a refusal that lists
   * them; their tensors are kept. Default false.
   */
  readonly skipUnknown?: boolean;
  /** Keys that lead to the state dict, `["model"]`. Default none: the tensors of the whole file, under their paths. */
  readonly at?: readonly string[];
  /** Default: `torchLimits`. */
  readonly limits?: Limits;
}

export interface TorchFile {
  /** How it was written: zip since PyTorch 1.6, pickle since 0.1.9, tar before. */
  readonly layout: "zip" | "pickle" | "tar";
  /** Everything in the file, as inert data. */
  readonly tree: PickleValue;
  /** Classes and functions that the file names and this reader does not know; empty without `skipUnknown`. */
  readonly unknown: ReadonlySet<string>;
  /** The tensors at `at`, in the order of the file. Nothing of them is read before `load`. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The tensors at another place. */
  tensorsAt(path: readonly string[]): ReadonlyMap<string, StoredTensor>;
}

/** torch.save compresses nothing: a repacked archive may inflate to 1 GiB. */
export const torchLimits: Limits = {
  ...defaultLimits,
  archiveEntries: 2 * defaultLimits.tensorsPerFile,
  inflatedBytes: 2 ** 30,
};

/**
 * Opens a checkpoint of PyTorch (`.pth`, `.pt`, `.bin`, `.th`) without running anything of it: the pickle becomes inert
 * data, tensors are read from the source one by one when they are loaded (views that share storage, or have strides,
 * too). Names outside those of `torch.load(weights_only=True)` and numpy's are all listed and refused, or become records
 * with `skipUnknown`.
 *
 * @throws FoveaError `pth/...`, `pickle/...`, `zip/...`, `tar/...` naming file, place and value
 */
export function openTorchFile(
  source: ByteSource,
  { skipUnknown = false, at = [], limits = torchLimits }: TorchFileOptions = {},
): TorchFile {
  const layout = torchLayout(source);
  if (layout === undefined) {
    throw torchRefusal(
      "header",
      source.name,
      "no checkpoint of PyTorch: neither a zip archive, nor its old pickle or tar",
    );
  }
  const readers = { zip: readZipCheckpoint, pickle: readOldCheckpoint, tar: readTarCheckpoint };
  const { value, unknown } = readers[layout](source, { skipUnknown, limits });
  const tensorsAt = (path: readonly string[]) => storedTensors(valueAt(value, path, source.name), source.name, limits);
  return { layout, tree: value, unknown, tensors: tensorsAt(at), tensorsAt };
}

/** Which of PyTorch's formats the bytes begin as. */
export function torchLayout(source: ByteSource): TorchFile["layout"] | undefined {
  const start = source.read(0, Math.min(source.size, oldCheckpointStart.length));
  if (start[0] === 0x50 && start[1] === 0x4b) return "zip";
  if (oldCheckpointStart.every((byte, i) => start[i] === byte)) return "pickle";
  return isTar(source) ? "tar" : undefined;
}

function storedTensors(root: PickleValue, file: string, limits: Limits): ReadonlyMap<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  const paths = tensorPaths(root);
  if (paths.count > limits.tensorsPerFile)
    throw torchRefusal("limit", file, `${paths.count} names of tensors, at most ${limits.tensorsPerFile} are read`);
  paths.each((path, tensor) => {
    const name = path === "" ? "tensor" : path; // the file is one tensor
    if (tensors.has(name)) throw torchRefusal("duplicate", file, `two tensors are named ${JSON.stringify(name)}`);
    if (name.length > limits.tensorNameBytes || new TextEncoder().encode(name).length > limits.tensorNameBytes)
      throw torchRefusal("limit", file, `a tensor's name of more than ${limits.tensorNameBytes} bytes`);
    const { storedDtype, shape, byteLength } = tensor;
    const load: StoredTensor["load"] = (options) => named(name, file, () => tensor.load(options));
    tensors.set(name, { name, storedDtype, shape, byteLength, load });
  });
  return tensors;
}

/** The tensor's name in front of what loading refuses. */
function named<T>(name: string, file: string, load: () => T): T {
  try {
    return load();
  } catch (error) {
    if (!(error instanceof FoveaError)) throw error;
    const { code, hint, message } = error;
    throw new FoveaError(code, `${file}: tensor ${JSON.stringify(name)}: ${message}`, {
      ...(hint === undefined ? {} : { hint }),
      cause: error,
    });
  }
}
