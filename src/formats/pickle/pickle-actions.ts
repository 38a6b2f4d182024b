import type { Action, PickleMachine } from "./pickle-machine.ts";
import type { Step } from "./pickle-reader.ts";
import { describe, nodeOf, type PickleTuple, type PickleValue, textOf } from "./pickle-value.ts";

/** What each opcode does; which of them a file may use is the dialect's matter. */
export const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ["PROTO", (machine, { number }) => checkProtocol(machine, number)],
  ["FRAME", () => undefined], // a hint for buffering
  ["MARK", (machine) => machine.mark()],
  ["NONE", (machine) => machine.push(null)],
  ["NEWTRUE", (machine) => machine.push(true)],
  ["NEWFALSE", (machine) => machine.push(false)],
  ["BININT", (machine, { number }) => machine.push(number)],
  ["BININT1", (machine, { number }) => machine.push(number)],
  ["BININT2", (machine, { number }) => machine.push(number)],
  ["BINFLOAT", (machine, { number }) => machine.push(number)],
  ["LONG1", (machine, { bytes }) => machine.push(integerOf(bytes))],
  ["LONG4", pushLong],
  ["BINUNICODE", pushText],
  ["SHORT_BINUNICODE", pushText],
  ["BINUNICODE8", pushText],
  ["SHORT_BINSTRING", pushBytes],
  ["BINSTRING", pushBytes],
  ["SHORT_BINBYTES", pushBytes],
  ["BINBYTES", pushBytes],
  ["BINBYTES8", pushBytes],
  ["EMPTY_LIST", (machine) => machine.push({ kind: "list", items: [] })],
  ["EMPTY_DICT", (machine) => machine.push({ kind: "dict", entries: new Map() })],
  ["EMPTY_SET", (machine) => machine.push({ kind: "set", items: [] })],
  ["EMPTY_TUPLE", (machine) => machine.push(tuple([]))],
  ["TUPLE1", (machine) => machine.push(tuple(popMany(machine, 1)))],
  ["TUPLE2", (machine) => machine.push(tuple(popMany(machine, 2)))],
  ["TUPLE3", (machine) => machine.push(tuple(popMany(machine, 3)))],
  ["TUPLE", (machine) => machine.push(tuple(machine.popToMark()))],
  ["FROZENSET", (machine) => machine.push({ kind: "set", items: machine.popToMark() })],
  ["APPEND", (machine) => append(machine, popMany(machine, 1))],
  ["APPENDS", (machine) => append(machine, machine.popToMark())],
  ["ADDITEMS", (machine) => append(machine, machine.popToMark())],
  ["SETITEM", (machine) => setItems(machine, popMany(machine, 2))],
  ["SETITEMS", (machine) => setItems(machine, machine.popToMark())],
  ["BINPUT", (machine, { number }) => machine.remember(number)],
  ["LONG_BINPUT", (machine, { number }) => machine.remember(number)],
  ["MEMOIZE", (machine) => machine.remember(undefined)],
  ["BINGET", (machine, { number }) => machine.recall(number)],
  ["LONG_BINGET", (machine, { number }) => machine.recall(number)],
  ["GLOBAL", (machine, { lines }) => machine.pushName(lines[0], lines[1])],
  ["STACK_GLOBAL", stackGlobal],
  ["REDUCE", call],
  ["NEWOBJ", call],
  ["BUILD", build],
  ["BINPERSID", persistent],
]);

const tuple = (items: readonly PickleValue[]): PickleTuple => ({ kind: "tuple", items });

function checkProtocol(machine: PickleMachine, protocol: number): void {
  if (protocol > 5) throw machine.refuse("protocol", `protocol ${protocol}; 2 to 5 are known`);
}

function pushText(machine: PickleMachine, { bytes, number }: Step): void {
  if (number > machine.limits.pickleStringBytes)
    throw machine.refuse("limit", `a text of ${number} bytes, at most ${machine.limits.pickleStringBytes} are read`);
  try {
    machine.push(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw machine.refuse("utf8", "a text that is not UTF-8");
  }
}

/** No limit of its own: the bytes stand in the file. */
function pushBytes(machine: PickleMachine, { bytes }: Step): void {
  machine.push(bytes);
}

function pushLong(machine: PickleMachine, { bytes }: Step): void {
  if (bytes.length > 1024) throw machine.refuse("limit", `a whole number of ${bytes.length} bytes`);
  machine.push(integerOf(bytes));
}

/** Two's complement, little endian; a bigint beyond 2^53. */
function integerOf(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  if (bytes.length > 0 && bytes[bytes.length - 1] >= 128) value -= 1n << BigInt(8 * bytes.length);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function popMany(machine: PickleMachine, count: number): PickleValue[] {
  const items: PickleValue[] = [];
  for (let i = 0; i < count; i++) items.push(machine.pop());
  return items.reverse();
}

function append(machine: PickleMachine, items: readonly PickleValue[]): void {
  const target = nodeOf(machine.top());
  if (target?.kind !== "list" && target?.kind !== "set" && target?.kind !== "record")
    throw machine.refuse("append", `items are appended to ${describe(machine.top())}`);
  for (const item of items) target.items.push(item);
}

function setItems(machine: PickleMachine, items: readonly PickleValue[]): void {
  const target = nodeOf(machine.top());
  if (target?.kind !== "dict" && target?.kind !== "record")
    throw machine.refuse("set", `items are set on ${describe(machine.top())}`);
  if (items.length % 2 !== 0) throw machine.refuse("set", "a key without a value");
  for (let i = 0; i < items.length; i += 2) machine.setItem(target.entries, items[i], items[i + 1]);
}

function stackGlobal(machine: PickleMachine): void {
  const [module, name] = popMany(machine, 2).map(textOf);
  if (module === undefined || name === undefined) throw machine.refuse("name", "STACK_GLOBAL without two texts");
  machine.pushName(module, name);
}

function call(machine: PickleMachine): void {
  const [callee, args] = popMany(machine, 2);
  machine.call(callee, args);
}

/** BUILD: the state of an object, kept as data. */
function build(machine: PickleMachine): void {
  const state = machine.pop();
  const target = nodeOf(machine.top());
  if (target?.kind === "dict" && target.attributes === undefined) target.attributes = state;
  else if (target?.kind === "record" && target.state === undefined) target.state = state;
  else if ((target?.kind === "tensor" || target?.kind === "dtype") && target.build !== undefined)
    target.build(state, (message: string) => machine.refuse("build", message));
  else throw machine.refuse("build", `a state is given to ${describe(machine.top())}`);
}

function persistent(machine: PickleMachine): void {
  const id = machine.pop();
  if (machine.dialect.persistent === undefined) throw machine.refuse("persistent", "a reference out of the pickle");
  machine.push(machine.dialect.persistent(id, (message) => machine.refuse("persistent", message)));
}
