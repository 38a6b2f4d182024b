import type { FoveaError } from "../../errors/fovea-error.ts";
import type { Limits } from "../../files/limits.ts";
import type { ByteCursor } from "../byte-cursor.ts";
import { canonicalName, type PickleDialect, pickleName } from "./pickle-dialect.ts";
import { PickleReader, pickleRefusal, type Step } from "./pickle-reader.ts";
import { describe, nodeOf, type PickleKey, type PickleRecord, type PickleValue, textOf } from "./pickle-value.ts";
import { refuseNames } from "./scan-pickle.ts";

/** Containers and objects that one pickle may make, as a multiple of its memo: three are made for each one kept. */
const OBJECTS_PER_MEMO = 3;

/** What an opcode does. */
export type Action = (machine: PickleMachine, step: Step) => void;

/** The stack machine of a pickle, carried out on inert data. */
export class PickleMachine {
  readonly dialect: PickleDialect;
  readonly limits: Limits;
  readonly #cursor: ByteCursor;
  readonly #skipUnknown: boolean;
  readonly #stack: PickleValue[] = [];
  /** Heights of the stack at the open MARKs. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #objects = 0;
  #offset = 0;

  constructor(cursor: ByteCursor, dialect: PickleDialect, options: { skipUnknown: boolean; limits: Limits }) {
    this.#cursor = cursor;
    this.dialect = dialect;
    this.limits = options.limits;
    this.#skipUnknown = options.skipUnknown;
  }

  /** Carries out opcodes by name, up to STOP, and returns the value that is left. */
  run(actions: ReadonlyMap<string, Action>): PickleValue {
    const reader = new PickleReader(this.#cursor);
    for (;;) {
      const step = reader.next();
      this.#offset = step.offset;
      const { name } = step.opcode;
      const action = this.dialect.opcodes.has(name) ? actions.get(name) : undefined;
      if (name === "STOP") return this.#finish();
      if (action === undefined) throw this.refuse("opcode", `${name} is not carried out`);
      action(this, step);
    }
  }

  push(value: PickleValue): void {
    if (this.#stack.length >= this.limits.pickleMemo)
      throw this.refuse("limit", `more than ${this.limits.pickleMemo} values on the stack`);
    const object = typeof value === "object" && value !== null;
    if (object && ++this.#objects > OBJECTS_PER_MEMO * this.limits.pickleMemo)
      throw this.refuse("limit", `more than ${OBJECTS_PER_MEMO * this.limits.pickleMemo} objects`);
    this.#stack.push(value);
  }

  pop(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.refuse("stack", "the stack is empty");
    return this.#stack.pop() as PickleValue; // there is one
  }

  top(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw this.refuse("stack", "the stack is empty");
    return this.#stack[this.#stack.length - 1];
  }

  mark(): void {
    if (this.#marks.length >= this.limits.pickleMemo) throw this.refuse("limit", "too many open MARKs");
    this.#marks.push(this.#stack.length);
  }

  /** The values since the last MARK, which closes. */
  popToMark(): PickleValue[] {
    const height = this.#marks.pop();
    if (height === undefined) throw this.refuse("stack", "no MARK is open");
    return this.#stack.splice(height);
  }

  remember(key: number | undefined): void {
    const value = this.top();
    this.#memo.set(key ?? this.#memo.size, value);
    if (this.#memo.size > this.limits.pickleMemo)
      throw this.refuse("limit", `more than ${this.limits.pickleMemo} values are remembered`);
  }

  recall(key: number): void {
    const value = this.#memo.get(key);
    if (value === undefined) throw this.refuse("memo", `value ${key} is not remembered`);
    this.push(value);
  }

  pushName(module: string, name: string): void {
    const full = canonicalName(module, name);
    if (!this.dialect.names.has(full) && !this.#skipUnknown) throw refuseNames(this.#cursor.source.name, [full]);
    this.push(pickleName(module, name));
  }

  /** REDUCE and NEWOBJ: what `callee(*args)` is read as. */
  call(callee: PickleValue, args: PickleValue): void {
    const given = nodeOf(args);
    if (given?.kind !== "tuple") throw this.refuse("call", `arguments are ${describe(args)}, expected a tuple`);
    const called = nodeOf(callee);
    if (called?.kind === "record") return this.push(record(called.module, `${called.name}()`, given.items));
    if (called?.kind !== "name") throw this.refuse("call", `${describe(callee)} is called`);
    const full = `${called.module}.${called.name}`;
    if (!this.dialect.names.has(full)) return this.push(record(called.module, called.name, given.items));
    const construct = this.dialect.names.get(full);
    if (construct === undefined) throw this.refuse("call", `${full} is called, which is not a function here`);
    this.push(construct(given.items, (message) => this.refuse("call", `${full}: ${message}`)));
  }

  /** A dict's key from a value. */
  keyOf(value: PickleValue): PickleKey {
    const text = textOf(value);
    if (text !== undefined) return text;
    if (typeof value !== "object" || value === null) return value;
    const node = nodeOf(value);
    if (node?.kind === "tuple" || node?.kind === "name") return node;
    throw this.refuse("key", `${describe(value)} is the key of a dict`);
  }

  setItem(entries: Map<PickleKey, PickleValue>, key: PickleValue, value: PickleValue): void {
    const plain = this.keyOf(key);
    if (entries.has(plain)) throw this.refuse("duplicate", `key ${describe(plain)} stands twice`);
    entries.set(plain, value);
  }

  refuse(what: string, message: string): FoveaError {
    return pickleRefusal(what, this.#cursor, message, this.#offset);
  }

  #finish(): PickleValue {
    const value = this.pop();
    if (this.#stack.length > 0 || this.#marks.length > 0)
      throw this.refuse("stack", `${this.#stack.length} values are left on the stack`);
    return value;
  }
}

const record = (module: string, name: string, args: readonly PickleValue[]): PickleRecord => ({
  kind: "record",
  module,
  name,
  args,
  entries: new Map(),
  items: [],
});
