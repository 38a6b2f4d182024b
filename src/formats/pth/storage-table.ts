import type { Refuse } from "../pickle/pickle-dialect.ts";
import { describe, fullNameOf, type PickleValue, textOf } from "../pickle/pickle-value.ts";
import { storageTypes } from "./torch-dtypes.ts";
import { countOf, tupleOf } from "./torch-names.ts";
import { elementBytes, TorchStorage } from "./torch-storage.ts";

/** Finds the bytes of a storage by key; throws when there are none or their number is wrong. */
export type LocateStorage = (storage: TorchStorage, refuse: Refuse) => void;

/** The storages that a pickle refers to, each once. */
export class StorageTable {
  readonly #byKey = new Map<string, TorchStorage>();
  readonly #views = new Map<string, TorchStorage>();
  readonly #locate: LocateStorage | undefined;

  constructor(locate?: LocateStorage) {
    this.#locate = locate;
  }

  get storages(): ReadonlyMap<string, TorchStorage> {
    return this.#byKey;
  }

  /** Reads ("storage", class, key, device, count) and, of the old format, (view key, offset, count) or None behind. */
  read(id: PickleValue, refuse: Refuse): TorchStorage {
    const [word, type, keyValue, , count, view] = tupleOf(id, refuse).items;
    if (textOf(word) !== "storage") throw refuse(`a reference to ${describe(word)}, expected "storage"`);
    const key = textOf(keyValue);
    if (key === undefined) throw refuse(`storage key ${describe(keyValue)}`);
    const root = this.#root(key, typeOf(type, refuse), countOf(count, "count", refuse), refuse);
    return view === undefined || view === null ? root : this.#viewOf(root, view, refuse);
  }

  #root(key: string, storedDtype: string, count: number, refuse: Refuse): TorchStorage {
    const known = this.#byKey.get(key);
    if (known !== undefined) {
      if (known.storedDtype === storedDtype && known.count === count) return known;
      throw refuse(`storage ${key} is ${known.count} of ${known.storedDtype} and also ${count} of ${storedDtype}`);
    }
    const storage = new TorchStorage(key, storedDtype, count);
    if (!Number.isSafeInteger(storage.byteLength)) throw refuse(`storage ${key} of ${count} elements`);
    this.#locate?.(storage, refuse);
    this.#byKey.set(key, storage);
    return storage;
  }

  #viewOf(root: TorchStorage, view: PickleValue, refuse: Refuse): TorchStorage {
    const [key, offsetValue, countValue] = tupleOf(view, refuse).items;
    const [offset, count] = [countOf(offsetValue, "view offset", refuse), countOf(countValue, "view size", refuse)];
    if (offset + count > root.count)
      throw refuse(`elements ${offset} to ${offset + count} of storage ${root.key}, which has ${root.count}`);
    const name = `${root.key}/${offset}/${count}/${describe(key)}`;
    const made =
      this.#views.get(name) ??
      new TorchStorage(name, root.storedDtype, count, (start, length) =>
        root.read(offset * elementBytes(root.storedDtype) + start, length),
      );
    this.#views.set(name, made);
    return made;
  }
}

function typeOf(value: PickleValue | undefined, refuse: Refuse): string {
  const type = storageTypes.get(fullNameOf(value) ?? "");
  if (type === undefined) throw refuse(`storage class ${describe(value)} is not read`);
  return type;
}
