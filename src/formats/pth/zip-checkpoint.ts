import type { ByteSource } from "../../files/byte-source.ts";
import { memorySource } from "../../files/byte-source.ts";
import type { Limits } from "../../files/limits.ts";
import { ByteCursor } from "../byte-cursor.ts";
import { torchOpcodes } from "../pickle/opcodes.ts";
import type { Unpickled } from "../pickle/unpickle.ts";
import { unpickle, type UnpickleOptions } from "../pickle/unpickle.ts";
import { openZip, type ZipEntry } from "../zip/zip-archive.ts";
import { type LocateStorage, StorageTable } from "./storage-table.ts";
import { torchNames } from "./torch-names.ts";
import { torchRefusal } from "./torch-storage.ts";
import { TensorViews } from "./torch-tensor.ts";

/** torch.save never compresses; a repacked pickle of 64 MiB describes some 100,000 tensors. */
const INFLATED_PICKLE = 2 ** 26;

/** What torch.save wrote, and TorchScript archives: in one folder `data.pkl`, and a file `data/KEY` for each storage. */
export function readZipCheckpoint(source: ByteSource, options: UnpickleOptions & { limits: Limits }): Unpickled {
  const entries = openZip(source, options.limits);
  const { pickle, folder } = findPickle(source, entries);
  checkByteOrder(source, entries.get(`${folder}byteorder`));
  const bytes = memorySource(pickle.read(), `${source.name}: ${pickle.name}`);
  const storages = new StorageTable(locateIn(entries, folder));
  const names = torchNames(new TensorViews(source.name, options.limits));
  const cursor = new ByteCursor(bytes);
  const persistent = storages.read.bind(storages);
  const read = unpickle(cursor, { opcodes: torchOpcodes, names, persistent }, options);
  if (cursor.left > 0) throw torchRefusal("trailing", source.name, `${cursor.left} bytes follow the end of data.pkl`);
  return read;
}

function findPickle(source: ByteSource, entries: ReadonlyMap<string, ZipEntry>): { pickle: ZipEntry; folder: string } {
  const found = [...entries.values()].filter(({ name }) => /^[^/]*\/data\.pkl$/.test(name));
  const [pickle] = found;
  if (pickle === undefined || found.length > 1) {
    const what = pickle === undefined ? "no data.pkl in its first folder" : "more than one data.pkl";
    throw torchRefusal("zip", source.name, `the zip archive is no checkpoint of PyTorch: ${what}`);
  }
  if (pickle.compressed && pickle.size > INFLATED_PICKLE)
    throw torchRefusal(
      "limit",
      source.name,
      `data.pkl inflates to ${pickle.size} bytes, at most ${INFLATED_PICKLE} are read`,
    );
  return { pickle, folder: pickle.name.slice(0, -"data.pkl".length) };
}

function checkByteOrder(source: ByteSource, entry: ZipEntry | undefined): void {
  if (entry === undefined) return; // written before PyTorch 2.1: little endian on every machine that we read from
  const order = entry.size > 16 ? "?" : new TextDecoder().decode(entry.read()).trim();
  if (order !== "little")
    throw torchRefusal("byteorder", source.name, `it was written with byte order ${JSON.stringify(order)}`);
}

function locateIn(entries: ReadonlyMap<string, ZipEntry>, folder: string): LocateStorage {
  return (storage, refuse) => {
    const entry = entries.get(`${folder}data/${storage.key}`);
    if (entry === undefined) throw refuse(`storage ${JSON.stringify(storage.key)} is not in the archive`);
    if (entry.size !== storage.byteLength)
      throw refuse(
        `storage ${storage.key} has ${entry.size} bytes, its ${storage.count} elements of ${storage.storedDtype} need ` +
          `${storage.byteLength}`,
      );
    storage.place((offset, length) => entry.read(offset, length));
  };
}
