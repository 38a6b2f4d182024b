import type { ByteSource } from "../../files/byte-source.ts";
import type { Limits } from "../../files/limits.ts";
import { ByteCursor } from "../byte-cursor.ts";
import { torchOpcodes } from "../pickle/opcodes.ts";
import type { PickleDialect, Refuse } from "../pickle/pickle-dialect.ts";
import { describe, nodeOf, type PickleValue, textOf } from "../pickle/pickle-value.ts";
import { pythonNames } from "../pickle/python-names.ts";
import { unpickle, type Unpickled, type UnpickleOptions } from "../pickle/unpickle.ts";
import { StorageTable } from "./storage-table.ts";
import { torchNames } from "./torch-names.ts";
import { torchRefusal } from "./torch-storage.ts";
import { TensorViews } from "./torch-tensor.ts";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;

/** The bytes that an old checkpoint begins with: PROTO 2, LONG1 of 10 bytes, the magic number. */
export const oldCheckpointStart = Uint8Array.of(
  0x80,
  2,
  0x8a,
  10,
  0x6c,
  0xfc,
  0x9c,
  0x46,
  0xf9,
  0x20,
  0x6a,
  0xa8,
  0x50,
  0x19,
);

const plain: PickleDialect = { opcodes: torchOpcodes, names: pythonNames };

/**
 * What torch.save wrote before PyTorch 1.6 (torch/serialization.py, `_legacy_save`): pickles of a magic number, the
 * protocol, facts about the machine, the object, and the storages' keys; then each storage as its count and its bytes.
 */
export function readOldCheckpoint(source: ByteSource, options: UnpickleOptions & { limits: Limits }): Unpickled {
  const cursor = new ByteCursor(source);
  const next = (): PickleValue => unpickle(cursor, plain, { limits: options.limits }).value;
  const [magic, protocol] = [next(), next()];
  if (magic !== MAGIC || protocol !== PROTOCOL)
    throw torchRefusal(
      "header",
      source.name,
      `no checkpoint of PyTorch: it begins with ${describe(magic)}, ${describe(protocol)}`,
    );
  checkMachine(source, next());
  const storages = new StorageTable();
  const names = torchNames(new TensorViews(source.name, options.limits));
  const persistent = (id: PickleValue, refuse: Refuse) => readReference(storages, id, refuse);
  const read = unpickle(cursor, { opcodes: torchOpcodes, names, persistent }, options);
  placeStorages(cursor, storages, next());
  return read;
}

function checkMachine(source: ByteSource, facts: PickleValue): void {
  const node = nodeOf(facts);
  if (node?.kind === "dict" && node.entries.get("little_endian") === true) return;
  throw torchRefusal("byteorder", source.name, "it was not written on a little-endian machine");
}

/** A storage, or a class of a pickled module: ("module", class, source file, source text). */
function readReference(storages: StorageTable, id: PickleValue, refuse: Refuse): PickleValue {
  const node = nodeOf(id);
  if (node?.kind === "tuple" && textOf(node.items[0]) === "module") return node.items[1] ?? null;
  return storages.read(id, refuse);
}

function placeStorages(cursor: ByteCursor, { storages }: StorageTable, keys: PickleValue): void {
  const { source } = cursor;
  const list = nodeOf(keys);
  if (list?.kind !== "list") throw torchRefusal("storages", source.name, `storage keys are ${describe(keys)}`);
  for (const item of list.items) {
    const storage = storages.get(textOf(item) ?? "");
    if (storage === undefined || storage.placed)
      throw torchRefusal("storages", source.name, `storage ${describe(item)} belongs to no tensor, or stands twice`);
    const count = cursor.i64();
    if (count !== BigInt(storage.count))
      throw torchRefusal(
        "storages",
        source.name,
        `storage ${storage.key} has ${count} elements, expected ${storage.count}`,
      );
    const start = cursor.position;
    cursor.skip(storage.byteLength);
    storage.place((offset, length) => source.read(start + offset, length));
  }
  for (const storage of storages.values())
    if (!storage.placed) throw torchRefusal("storages", source.name, `storage ${storage.key} is missing`);
  if (cursor.left > 0) throw torchRefusal("trailing", source.name, `${cursor.left} bytes follow the last storage`);
}
