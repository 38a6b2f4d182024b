import type { ByteSource } from "../../files/byte-source.ts";
import { ByteCursor } from "../byte-cursor.ts";
import { numpyNames } from "./numpy-names.ts";
import { dataOpcodes } from "./opcodes.ts";
import { pickleRefusal } from "./pickle-reader.ts";
import type { PickleValue } from "./pickle-value.ts";
import { pythonNames } from "./python-names.ts";
import { unpickle, type UnpickleOptions } from "./unpickle.ts";

const dialect = { opcodes: dataOpcodes, names: new Map([...pythonNames, ...numpyNames]) };

/**
 * Reads a pickle of plain data and numpy arrays, as data sets ship them (CIFAR's Python batches; protocols 2 to 5).
 * Nothing of it is run. Python 2's strings are bytes (`textOf`), as keys text.
 *
 * @throws FoveaError `pickle/...` naming file, byte, and what is wrong
 */
export function readDataPickle(source: ByteSource, options: UnpickleOptions = {}): PickleValue {
  const cursor = new ByteCursor(source);
  const { value } = unpickle(cursor, dialect, options);
  if (cursor.left > 0) throw pickleRefusal("trailing", cursor, `${cursor.left} bytes follow the pickle's end`);
  return value;
}
