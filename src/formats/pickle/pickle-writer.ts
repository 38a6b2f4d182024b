import { concatenate } from "../protobuf-wire.ts";

/** What `pickled` writes: text, whole numbers of 32 bits, truth, tuples, dictionaries, and calls of named functions. */
export type Picklable =
  | string
  | number
  | boolean
  | { readonly tuple: readonly Picklable[] }
  | { readonly dict: ReadonlyMap<string, Picklable> }
  | { readonly name: readonly [module: string, name: string] }
  | { readonly call: readonly [module: string, name: string]; readonly args: readonly Picklable[] }
  | { readonly persistent: readonly Picklable[] };

/**
 * `value` as a pickle of protocol 2, which every Python 3 and `torch.load(weights_only=True)` read. Nothing is shared:
 * no memo is needed. Source: Python's Lib/pickletools.py.
 */
export function pickled(value: Picklable): Uint8Array {
  const chunks: Uint8Array[] = [Uint8Array.of(0x80, 2)];
  write(value, chunks);
  chunks.push(code("."));
  return concatenate(chunks);
}

const code = (opcode: string): Uint8Array => new TextEncoder().encode(opcode);

function write(value: Picklable, out: Uint8Array[]): void {
  if (typeof value === "string") writeText(value, out);
  else if (typeof value === "number") writeNumber(value, out);
  else if (typeof value === "boolean") out.push(Uint8Array.of(value ? 0x88 : 0x89));
  else if ("tuple" in value) writeTuple(value.tuple, out);
  else if ("dict" in value) writeDict(value.dict, out);
  else if ("name" in value) writeName(value.name, out);
  else if ("call" in value) {
    writeName(value.call, out);
    writeTuple(value.args, out);
    out.push(code("R"));
  } else {
    writeTuple(value.persistent, out);
    out.push(code("Q"));
  }
}

function writeText(text: string, out: Uint8Array[]): void {
  const bytes = new TextEncoder().encode(text);
  out.push(number("X", bytes.length), bytes);
}

/** BININT holds 32 bits with a sign, LONG1 here 64. */
function writeNumber(value: number, out: Uint8Array[]): void {
  if (Math.abs(value) < 2 ** 31) return void out.push(number("J", value));
  const bytes = new Uint8Array(10);
  bytes.set([0x8a, 8]);
  new DataView(bytes.buffer).setBigInt64(2, BigInt(value), true);
  out.push(bytes);
}

/** An opcode and 32 bits. */
function number(opcode: string, value: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = opcode.charCodeAt(0);
  new DataView(bytes.buffer).setInt32(1, value, true);
  return bytes;
}

function writeTuple(items: readonly Picklable[], out: Uint8Array[]): void {
  out.push(code("("));
  for (const item of items) write(item, out);
  out.push(code("t"));
}

function writeDict(dict: ReadonlyMap<string, Picklable>, out: Uint8Array[]): void {
  out.push(code("}("));
  for (const [key, item] of dict) {
    writeText(key, out);
    write(item, out);
  }
  out.push(code("u"));
}

const writeName = ([module, name]: readonly [string, string], out: Uint8Array[]): void =>
  void out.push(code(`c${module}\n${name}\n`));
