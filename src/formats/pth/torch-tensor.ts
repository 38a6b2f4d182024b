import type { Limits } from "../../files/limits.ts";
import type { HostTensor, Shape } from "../../graph/dtype.ts";
import type { Refuse } from "../pickle/pickle-dialect.ts";
import type { PickleTensor } from "../pickle/pickle-value.ts";
import { readStored } from "../safetensors-data.ts";
import { elementCount, gatherStrided, isRowMajor, lastIndex } from "../strided-bytes.ts";
import { elementBytes, type TorchStorage } from "./torch-storage.ts";

/** A view of a storage as a checkpoint describes it; offset and strides count elements of `storedDtype`. */
export interface View {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly storedDtype: string;
}

/** Bytes that views may have beyond what their storages hold, before twice the storages' bytes count. */
const FREE_BYTES = 2 ** 26;

/**
 * The tensors of one file. Their bytes together, each different view counted once, are at most 64 MiB or four times
 * those of their storages, whatever is more: a storage of one number can be viewed as 2^50 of them.
 */
export class TensorViews {
  readonly #limits: Limits;
  readonly #file: string;
  readonly #seen = new Map<string, TorchTensor>();
  readonly #storages = new Set<TorchStorage>();
  #storageBytes = 0;
  #viewBytes = 0;

  constructor(file: string, limits: Limits) {
    this.#file = file;
    this.#limits = limits;
  }

  /** Throws when the view reaches outside its storage, or the file's views are too many or too large. */
  tensor(view: View, refuse: Refuse): PickleTensor {
    const { storage, offset, shape, strides, storedDtype } = view;
    const key = `${storage.key}/${storage.count}/${storedDtype}/${offset}/${shape.join()}/${strides.join()}`;
    const known = this.#seen.get(key);
    if (known !== undefined) return known;
    const count = this.#check(view, refuse);
    const tensor = new TorchTensor(view, count, this.#file);
    if (!this.#storages.has(storage)) this.#storageBytes += storage.byteLength;
    this.#storages.add(storage);
    this.#viewBytes += tensor.byteLength;
    if (this.#viewBytes > Math.max(FREE_BYTES, 4 * this.#storageBytes))
      throw refuse(`tensors of ${this.#viewBytes} bytes are made from ${this.#storageBytes} bytes by repeating them`);
    this.#seen.set(key, tensor);
    if (this.#seen.size > this.#limits.tensorsPerFile) throw refuse(`more than ${this.#limits.tensorsPerFile} tensors`);
    return tensor;
  }

  /** Number of elements. */
  #check({ storage, offset, shape, strides, storedDtype }: View, refuse: Refuse): number {
    const shown = `[${shape.slice(0, 16).join(", ")}]`;
    if (shape.length > this.#limits.tensorRank)
      throw refuse(`rank ${shape.length}, at most ${this.#limits.tensorRank} is read`);
    if (strides.length !== shape.length) throw refuse(`${strides.length} strides for shape ${shown}`);
    const count = elementCount(shape);
    if (count === undefined || !Number.isSafeInteger(count * elementBytes(storedDtype)))
      throw refuse(`shape ${shown} has more elements than can be counted`);
    const last = count === 0 ? -1 : lastIndex(shape, strides);
    const held = Math.floor(storage.byteLength / elementBytes(storedDtype));
    if (last === undefined || offset + last >= held + (count === 0 ? 1 : 0))
      throw refuse(
        `shape ${shown} with strides [${strides.slice(0, 16).join(", ")}] from ${offset} on reaches outside storage ` +
          `${storage.key} of ${held} elements`,
      );
    return count;
  }
}

class TorchTensor implements PickleTensor {
  readonly kind = "tensor";
  readonly storedDtype: string;
  readonly shape: Shape;
  readonly byteLength: number;
  readonly #view: View;
  readonly #file: string;

  constructor(view: View, count: number, file: string) {
    this.storedDtype = view.storedDtype;
    this.shape = view.shape;
    this.byteLength = count * elementBytes(view.storedDtype);
    this.#view = view;
    this.#file = file;
  }

  load({ widen = false } = {}): HostTensor {
    const label = `${this.#file}: tensor [${this.shape.join(", ")}] in storage ${this.#view.storage.key}`;
    return readStored(this.#bytes(), { label, storedDtype: this.storedDtype, shape: this.shape, widen });
  }

  /** Row-major; only the part of the storage that the view spans is read. */
  #bytes(): Uint8Array {
    const { storage, offset, shape, strides, storedDtype } = this.#view;
    if (this.byteLength === 0) return new Uint8Array();
    const size = elementBytes(storedDtype);
    if (isRowMajor(shape, strides)) return storage.read(offset * size, this.byteLength);
    const span = (lastIndex(shape, strides) as number) + 1; // within the storage: checked when the view was made
    return gatherStrided(storage.read(offset * size, span * size), size, shape, strides);
  }
}
