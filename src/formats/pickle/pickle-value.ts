import type { HostTensor, Shape } from "../../graph/dtype.ts";

/**
 * What a pickle becomes: inert data. Nothing here was run, nothing is an object with the file's own property names; text
 * from the file stands in strings and Map keys only. Python 2 strings, which may be text or bytes, are bytes; `textOf`.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleList
  | PickleTuple
  | PickleSet
  | PickleDict
  | PickleName
  | PickleRecord
  | PickleTensor
  | PickleStorage
  | PickleDtype;

export interface PickleList {
  readonly kind: "list";
  readonly items: PickleValue[];
}

export interface PickleTuple {
  readonly kind: "tuple";
  readonly items: readonly PickleValue[];
}

export interface PickleSet {
  readonly kind: "set";
  readonly items: PickleValue[];
}

/** Bytes that are text become text as keys; tuples are keys by identity. */
export type PickleKey = null | boolean | number | bigint | string | PickleTuple | PickleName;

/** dict, OrderedDict and Counter. */
export interface PickleDict {
  readonly kind: "dict";
  readonly entries: Map<PickleKey, PickleValue>;
  /** Attributes of an OrderedDict (`_metadata` of a state dict). */
  attributes?: PickleValue;
}

/** A class or function, named and not called: `torch.float32`. */
export interface PickleName {
  readonly kind: "name";
  readonly module: string;
  readonly name: string;
}

/** An object of a class that is not known here: what the file says of it, as data. */
export interface PickleRecord {
  readonly kind: "record";
  readonly module: string;
  readonly name: string;
  readonly args: readonly PickleValue[];
  /** What BUILD would have given the object: mostly a dict of attributes. */
  state?: PickleValue;
  /** Of a subclass of dict. */
  readonly entries: Map<PickleKey, PickleValue>;
  /** Of a subclass of list or set. */
  readonly items: PickleValue[];
}

/** A tensor or numpy array; its bytes are read by `load`. */
export interface PickleTensor {
  readonly kind: "tensor";
  /** The name that safetensors gives the type: F32, BF16, I64 ... */
  readonly storedDtype: string;
  readonly shape: Shape;
  readonly byteLength: number;
  load(options?: { readonly widen?: boolean }): HostTensor;
  /** Takes the state of a numpy array, which a pickle gives after making it. */
  build?(state: PickleValue, refuse: (message: string) => Error): void;
}

/** Memory that tensors are views of. */
export interface PickleStorage {
  readonly kind: "storage";
  readonly key: string;
  readonly storedDtype: string;
  /** Elements, or bytes where the storage has no type. */
  readonly count: number;
}

/** A numpy element type. */
export interface PickleDtype {
  readonly kind: "dtype";
  readonly storedDtype: string;
  readonly bigEndian: boolean;
  build?(state: PickleValue, refuse: (message: string) => Error): void;
}

/** The values that have a `kind`. */
export type PickleNode = Extract<PickleValue, { kind: string }>;

/** `value` if it has a `kind`. */
export const nodeOf = (value: PickleValue | undefined): PickleNode | undefined =>
  typeof value === "object" && value !== null && !(value instanceof Uint8Array) ? value : undefined;

/** `module.name` of a name; undefined for everything else. */
export function fullNameOf(value: PickleValue | undefined): string | undefined {
  const node = nodeOf(value);
  return node?.kind === "name" ? `${node.module}.${node.name}` : undefined;
}

/** The text of a string, or of bytes that are UTF-8 and at most 64 KiB; undefined for everything else. */
export function textOf(value: PickleValue | undefined): string | undefined {
  if (typeof value === "string") return value;
  if (!(value instanceof Uint8Array) || value.length > 2 ** 16) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    return undefined;
  }
}

/** What a value is, for messages: `a list`, `the text "model"`, `builtins.eval`. */
export function describe(value: PickleValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "None";
  if (typeof value === "string")
    return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value !== "object") return String(value);
  if (value.kind === "name") return `${value.module}.${value.name}`;
  if (value.kind === "record") return `an object of ${value.module}.${value.name}`;
  return `a ${value.kind}`;
}

/** Values inside `value`, keys apart. */
export function* childrenOf(value: PickleNode): Generator<PickleValue> {
  if (value.kind === "list" || value.kind === "tuple" || value.kind === "set") yield* value.items;
  else if (value.kind === "dict") {
    yield* keyTuples(value.entries);
    yield* value.entries.values();
    if (value.attributes !== undefined) yield value.attributes;
  } else if (value.kind === "record") {
    yield* value.args;
    if (value.state !== undefined) yield value.state;
    yield* keyTuples(value.entries);
    yield* value.entries.values();
    yield* value.items;
  }
}

function* keyTuples(entries: ReadonlyMap<PickleKey, PickleValue>): Generator<PickleTuple> {
  for (const key of entries.keys()) if (typeof key === "object" && key?.kind === "tuple") yield key;
}
