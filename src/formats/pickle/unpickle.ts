import { defaultLimits, type Limits } from "../../files/limits.ts";
import type { ByteCursor } from "../byte-cursor.ts";
import { checkTree } from "./check-tree.ts";
import { actions } from "./pickle-actions.ts";
import { PickleMachine } from "./pickle-machine.ts";
import type { PickleDialect } from "./pickle-dialect.ts";
import { pickleRefusal } from "./pickle-reader.ts";
import type { PickleValue } from "./pickle-value.ts";
import { refuseNames, scanPickle } from "./scan-pickle.ts";

export interface UnpickleOptions {
  /** Objects of unknown classes become inert records instead of a refusal. Default false. */
  readonly skipUnknown?: boolean;
  readonly limits?: Limits;
}

export interface Unpickled {
  readonly value: PickleValue;
  /** Names that the dialect does not know, with `skipUnknown`. */
  readonly unknown: ReadonlySet<string>;
}

/**
 * Reads the pickle at the cursor, up to and including its STOP, as inert data: the format's instructions are carried out
 * on lists, Maps and records, and no name of the file is ever looked up, imported or called. Refused are opcodes and
 * names outside the dialect (all of them listed first), more work than the limits allow, and values that contain
 * themselves.
 *
 * @throws FoveaError `pickle/...` naming file, byte, and what is wrong
 */
export function unpickle(
  cursor: ByteCursor,
  dialect: PickleDialect,
  { skipUnknown = false, limits = defaultLimits }: UnpickleOptions = {},
): Unpickled {
  const unknown = scanPickle(cursor, dialect, limits);
  if (unknown.size > 0 && !skipUnknown) throw refuseNames(cursor.source.name, unknown);
  const start = cursor.position;
  const value = new PickleMachine(cursor, dialect, { skipUnknown, limits }).run(actions);
  checkTree(value, limits.pickleDepth, (what, message) => pickleRefusal(what, cursor, message, start));
  return { value, unknown };
}
