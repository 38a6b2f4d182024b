import { FoveaError } from "../../errors/fovea-error.ts";
import type { Limits } from "../../files/limits.ts";
import { ByteCursor } from "../byte-cursor.ts";
import { type PickleDialect, canonicalName } from "./pickle-dialect.ts";
import { PickleReader, pickleRefusal, type Step } from "./pickle-reader.ts";

/** Names shown in a refusal before 'and N more'. */
const SHOWN = 60;

/**
 * Reads a pickle through without carrying anything out, from the cursor's place, which stays, to its STOP. Every name of
 * a class or function that the dialect does not know is listed.
 *
 * @throws FoveaError `pickle/opcode`, naming every opcode (and every unknown name) of a pickle that has opcodes outside
 *   the dialect
 */
export function scanPickle(start: ByteCursor, dialect: PickleDialect, limits: Limits): ReadonlySet<string> {
  const seen = readThrough(start, dialect, limits, undefined);
  // names that are taken from the stack cost a second reading, which only files of protocol 4 need
  const names = seen.stackNames ? readThrough(start, dialect, limits, new RecentTexts()).names : seen.names;
  if (seen.refused.size > 0) throw refuseOpcodes(start.source.name, seen.refused, names);
  return names;
}

interface Seen {
  readonly names: Set<string>;
  /** Opcodes outside the dialect. */
  readonly refused: Set<string>;
  /** Some names are taken from the stack. */
  stackNames: boolean;
}

function readThrough(start: ByteCursor, dialect: PickleDialect, limits: Limits, texts: RecentTexts | undefined): Seen {
  const cursor = new ByteCursor(start.source, start.position, start.end);
  const reader = new PickleReader(cursor, { skipBytes: true });
  const seen: Seen = { names: new Set(), refused: new Set(), stackNames: false };
  for (let count = 1; ; count++) {
    if (count > limits.pickleOpcodes) throw pickleRefusal("limit", cursor, `more than ${limits.pickleOpcodes} opcodes`);
    const step = reader.next();
    const { name, argument } = step.opcode;
    if (!dialect.opcodes.has(name)) seen.refused.add(name);
    let used: readonly string[] | undefined;
    if (argument === "2 lines") used = step.lines;
    else if (name === "STACK_GLOBAL") {
      seen.stackNames = true;
      used = texts?.lastTwo();
    }
    if (used !== undefined) {
      const full = canonicalName(used[0], used[1]);
      if (!dialect.names.has(full)) seen.names.add(full);
    }
    texts?.follow(step);
    if (name === "STOP") return seen;
  }
}

/** The refusal that lists every name which is not known. */
export function refuseNames(file: string, names: Iterable<string>): FoveaError {
  return new FoveaError("pickle/names", `${file}: the pickle refers to ${list(names)}, which is not known here`, {
    hint:
      "nothing of it was run; with --skip-unknown (skipUnknown: true) such objects become plain records and the tensors " +
      "are kept",
  });
}

function refuseOpcodes(file: string, opcodes: Iterable<string>, names: ReadonlySet<string>): FoveaError {
  const also = names.size === 0 ? "" : `, and refers to ${list(names)}, which is not known here`;
  return new FoveaError("pickle/opcode", `${file}: the pickle uses ${list(opcodes)}, which is not carried out${also}`, {
    hint: "nothing of it was run; save the file anew with torch.save and its default protocol",
  });
}

function list(names: Iterable<string>): string {
  const all = [...names].sort();
  const shown = all.slice(0, SHOWN).map((name) => (name.length > 120 ? `${name.slice(0, 120)}…` : name));
  return all.length > SHOWN ? `${shown.join(", ")} and ${all.length - SHOWN} more` : shown.join(", ");
}

/** Follows texts through pushes and memo as far as STACK_GLOBAL, which takes its two names from the stack, needs it. */
class RecentTexts {
  #recent: (string | undefined)[] = [];
  readonly #memo = new Map<number, string | undefined>();
  #memoized = 0;

  lastTwo(): [string, string] {
    const [module, name] = this.#recent.slice(-2);
    return [module ?? "?", name ?? "?"];
  }

  follow({ opcode: { name }, bytes, number, lines }: Step): void {
    if (name.endsWith("UNICODE") || name.endsWith("UNICODE8") || name.endsWith("STRING")) {
      this.#push(lines[0] ?? new TextDecoder().decode(bytes));
    } else if (name === "BINGET" || name === "LONG_BINGET") this.#push(this.#memo.get(number));
    else if (name === "GET") this.#push(this.#memo.get(Number(lines[0])));
    else if (name === "MEMOIZE") this.#memo.set(this.#memoized++, this.#recent.at(-1));
    else if (name === "BINPUT" || name === "LONG_BINPUT") this.#memo.set(number, this.#recent.at(-1));
    else if (name === "PUT") this.#memo.set(Number(lines[0]), this.#recent.at(-1));
    else if (name !== "FRAME" && name !== "MARK") this.#push(undefined);
  }

  #push(text: string | undefined): void {
    this.#recent.push(text);
    if (this.#recent.length > 64) this.#recent = this.#recent.slice(-2);
  }
}
