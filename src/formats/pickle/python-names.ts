import type { Construct, Refuse } from "./pickle-dialect.ts";
import { describe, nodeOf, type PickleDict, type PickleKey, type PickleValue, textOf } from "./pickle-value.ts";

/** Plain containers of Python's library, as `torch.load(weights_only=True)` knows them. */
export const pythonNames: ReadonlyMap<string, Construct | undefined> = new Map<string, Construct | undefined>([
  ["collections.OrderedDict", orderedDict],
  ["collections.Counter", orderedDict],
  ["builtins.set", (args, refuse) => ({ kind: "set", items: [...itemsOf(args[0], refuse)] })],
  ["builtins.frozenset", (args, refuse) => ({ kind: "set", items: [...itemsOf(args[0], refuse)] })],
  ["builtins.complex", (args) => ({ kind: "tuple", items: args })],
  ["builtins.bytearray", (args, refuse) => (args.length === 0 ? new Uint8Array() : bytesOf(args, refuse))],
  ["_codecs.encode", bytesOf],
]);

/** () or one argument: a dict, or a list of pairs (as Python 2 writes it). */
function orderedDict(args: readonly PickleValue[], refuse: Refuse): PickleDict {
  const entries = new Map<PickleKey, PickleValue>();
  if (args.length === 0) return { kind: "dict", entries };
  const [first] = args;
  const plain = nodeOf(first);
  if (plain?.kind === "dict") return { kind: "dict", entries: new Map(plain.entries) };
  for (const pair of itemsOf(first, refuse)) {
    const [key, value, more] = itemsOf(pair, refuse);
    const text = textOf(key);
    const plainKey = text ?? (typeof key === "object" ? undefined : key);
    if (plainKey === undefined || value === undefined || more !== undefined)
      throw refuse(`expected pairs of key and value, got ${describe(pair)}`);
    if (entries.has(plainKey)) throw refuse(`key ${describe(plainKey)} stands twice`);
    entries.set(plainKey, value);
  }
  return { kind: "dict", entries };
}

function itemsOf(value: PickleValue | undefined, refuse: Refuse): readonly PickleValue[] {
  if (value === undefined) return [];
  const node = nodeOf(value);
  if (node?.kind === "list" || node?.kind === "tuple" || node?.kind === "set") return node.items;
  throw refuse(`expected a list, got ${describe(value)}`);
}

/** `encode(text, "latin1")`: how protocol 2 writes bytes. Each character is one byte. */
function bytesOf([text, encoding]: readonly PickleValue[], refuse: Refuse): Uint8Array {
  if (text instanceof Uint8Array) return text;
  const name = textOf(encoding);
  if (typeof text !== "string" || (name !== "latin1" && name !== "latin-1"))
    throw refuse(`expected a text and "latin1", got ${describe(text)} and ${describe(encoding)}`);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) throw refuse(`character ${i} is no byte`);
    bytes[i] = code;
  }
  return bytes;
}
