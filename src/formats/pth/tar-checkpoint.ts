import type { ByteSource } from "../../files/byte-source.ts";
import type { Limits } from "../../files/limits.ts";
import { ByteCursor } from "../byte-cursor.ts";
import { torchOpcodes } from "../pickle/opcodes.ts";
import type { PickleDialect, Refuse } from "../pickle/pickle-dialect.ts";
import { describe, fullNameOf, nodeOf, type PickleTensor, type PickleValue } from "../pickle/pickle-value.ts";
import { unpickle, type Unpickled, type UnpickleOptions } from "../pickle/unpickle.ts";
import { openTar } from "../tar.ts";
import { storageTypes } from "./torch-dtypes.ts";
import { torchNames } from "./torch-names.ts";
import { elementBytes, torchRefusal, TorchStorage } from "./torch-storage.ts";
import { TensorViews } from "./torch-tensor.ts";

/**
 * What torch.save wrote before PyTorch 0.1.9 (torch/serialization.py, `legacy_load`): a tar archive of `storages`,
 * `tensors` and `pickle`, whose persistent references are the tensors' numbers.
 */
export function readTarCheckpoint(source: ByteSource, options: UnpickleOptions & { limits: Limits }): Unpickled {
  const entries = openTar(source, options.limits);
  const part = (name: string): ByteCursor => {
    const entry = entries.get(name);
    if (entry === undefined) throw torchRefusal("tar", source.name, `the tar archive has no file ${name}`);
    return new ByteCursor(source, entry.start, entry.start + entry.size);
  };
  const views = new TensorViews(source.name, options.limits);
  const dialect: PickleDialect = { opcodes: torchOpcodes, names: torchNames(views) };
  const next = (cursor: ByteCursor) => unpickle(cursor, dialect, { limits: options.limits }).value;
  const storages = readStorages(part("storages"), next);
  const tensors = readTensors(part("tensors"), storages, views, next);
  const persistent = (id: PickleValue, refuse: Refuse) => {
    const node = nodeOf(id);
    if (node?.kind === "tuple") return node.items[0] ?? null; // a class of a pickled module
    const found = tensors.get(Number(id)) ?? storages.get(Number(id));
    if (found === undefined) throw refuse(`${describe(id)} is no tensor of the file`);
    return found;
  };
  return unpickle(part("pickle"), { ...dialect, persistent }, options);
}

type Next = (cursor: ByteCursor) => PickleValue;

function readStorages(cursor: ByteCursor, next: Next): Map<number, TorchStorage> {
  const { source } = cursor;
  const storages = new Map<number, TorchStorage>();
  const count = countOf(cursor, next(cursor));
  for (let i = 0; i < count; i++) {
    const [key, , type] = itemsOf(cursor, next(cursor));
    const storedDtype = storageTypes.get(fullNameOf(type) ?? "");
    const elements = Number(cursor.i64());
    if (storedDtype === undefined || elements < 0 || elements > cursor.left)
      throw torchRefusal("storages", source.name, `storage ${describe(key)} of ${elements} ${describe(type)}`);
    const start = cursor.position;
    const read = (offset: number, length: number) => source.read(start + offset, length);
    const storage = new TorchStorage(`${countOf(cursor, key)}`, storedDtype, elements, read);
    cursor.skip(storage.byteLength);
    addOnce(cursor, storages, key, storage);
  }
  const views = nodeOf(next(cursor));
  if (views?.kind !== "list") throw torchRefusal("storages", source.name, "no list of storage views");
  for (const view of views.items) addView(cursor, storages, view);
  return storages;
}

/** (its number, its root's number, offset, count). */
function addView(cursor: ByteCursor, storages: Map<number, TorchStorage>, view: PickleValue): void {
  const [key, rootKey, ...range] = itemsOf(cursor, view);
  const root = storages.get(countOf(cursor, rootKey));
  const [offset, count] = [countOf(cursor, range[0]), countOf(cursor, range[1])];
  if (root === undefined || offset + count > root.count)
    throw torchRefusal("storages", cursor.source.name, `view ${describe(key)} is outside its storage`);
  const skipped = offset * elementBytes(root.storedDtype);
  const read = (start: number, length: number) => root.read(skipped + start, length);
  addOnce(cursor, storages, key, new TorchStorage(`${countOf(cursor, key)}`, root.storedDtype, count, read));
}

function readTensors(
  cursor: ByteCursor,
  storages: ReadonlyMap<number, TorchStorage>,
  views: TensorViews,
  next: Next,
): Map<number, PickleTensor> {
  const refuse: Refuse = (message) => torchRefusal("tensors", cursor.source.name, message);
  const tensors = new Map<number, PickleTensor>();
  const count = countOf(cursor, next(cursor));
  for (let i = 0; i < count; i++) {
    const [key, storageKey] = itemsOf(cursor, next(cursor));
    const storage = storages.get(countOf(cursor, storageKey));
    if (storage === undefined) throw refuse(`tensor ${describe(key)} has no storage`);
    const rank = cursor.u32();
    cursor.skip(4);
    if (rank > 64) throw refuse(`tensor ${describe(key)} of rank ${rank}`);
    const sizes = () => Array.from({ length: rank }, () => countOf(cursor, Number(cursor.i64())));
    const [shape, strides] = [sizes(), sizes()];
    const offset = countOf(cursor, Number(cursor.i64()));
    const view = { storage, offset, shape, strides, storedDtype: storage.storedDtype };
    addOnce(cursor, tensors, key, views.tensor(view, refuse));
  }
  return tensors;
}

function addOnce<T>(cursor: ByteCursor, known: Map<number, T>, key: PickleValue, value: T): void {
  const number = countOf(cursor, key);
  if (known.has(number)) throw torchRefusal("tar", cursor.source.name, `${number} stands twice`);
  known.set(number, value);
}

function countOf(cursor: ByteCursor, value: PickleValue | undefined): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw torchRefusal("tar", cursor.source.name, `${describe(value)}, expected a whole number from 0 to 2^53`);
}

function itemsOf(cursor: ByteCursor, value: PickleValue): readonly PickleValue[] {
  const node = nodeOf(value);
  if (node?.kind === "tuple") return node.items;
  throw torchRefusal("tar", cursor.source.name, `${describe(value)}, expected a tuple`);
}
