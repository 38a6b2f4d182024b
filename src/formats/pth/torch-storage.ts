import { FoveaError } from "../../errors/fovea-error.ts";
import type { PickleStorage } from "../pickle/pickle-value.ts";
import { storedDtypes } from "../safetensors-dtypes.ts";

/** Reads bytes of a storage. */
export type ReadStorage = (offset: number, length: number) => Uint8Array;

/** The memory behind tensors. Where it lies may be known only after the pickle has been read (the old format). */
export class TorchStorage implements PickleStorage {
  readonly kind = "storage";
  readonly key: string;
  readonly storedDtype: string;
  readonly count: number;
  #read: ReadStorage | undefined;

  constructor(key: string, storedDtype: string, count: number, read?: ReadStorage) {
    this.key = key;
    this.storedDtype = storedDtype;
    this.count = count;
    this.#read = read;
  }

  get byteLength(): number {
    return this.count * elementBytes(this.storedDtype);
  }

  get placed(): boolean {
    return this.#read !== undefined;
  }

  place(read: ReadStorage): void {
    this.#read = read;
  }

  read(offset: number, length: number): Uint8Array {
    if (this.#read === undefined) throw new Error(`storage ${this.key} has no bytes yet`);
    return this.#read(offset, length);
  }
}

/** Bytes of one element of a type that `storedDtypes` lists. */
export function elementBytes(storedDtype: string): number {
  const type = storedDtypes.get(storedDtype);
  if (type === undefined) throw new Error(`no element type ${storedDtype}`);
  return type.bytes;
}

/** A refusal `pth/...` that names the file. */
export const torchRefusal = (what: string, file: string, message: string): FoveaError =>
  new FoveaError(`pth/${what}`, `${file}: ${message}`, {
    hint: "the file is damaged or no checkpoint of torch.save: fetch it again, or convert it to safetensors in PyTorch",
  });
