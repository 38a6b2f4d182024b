import { FoveaError } from "../../errors/fovea-error.ts";
import { nearest } from "../../errors/nearest.ts";
import {
  describe,
  fullNameOf,
  nodeOf,
  type PickleKey,
  type PickleNode,
  type PickleTensor,
  type PickleValue,
} from "./pickle-value.ts";

/** A key as a part of a path: `encoder`, `0`. */
export function keyText(key: PickleKey): string {
  if (typeof key !== "object" || key === null) return key === null ? "None" : String(key);
  return (
    fullNameOf(key) ??
    `(${key.kind === "tuple" ? key.items.map((item) => (nodeOf(item) ? "…" : String(item))).join(", ") : ""})`
  );
}

/** What stands under names or numbers in a value: items, entries, an unknown object's attributes. */
export function* membersOf(node: PickleNode): Generator<readonly [name: string, value: PickleValue]> {
  if (node.kind === "list" || node.kind === "tuple" || node.kind === "set") yield* numbered(node.items);
  else if (node.kind === "dict") yield* named(node.entries);
  else if (node.kind === "record") {
    const state = nodeOf(node.state);
    if (state?.kind === "dict") yield* named(state.entries);
    else if (node.state !== undefined) yield ["state", node.state];
    yield* named(node.entries);
    yield* numbered(node.items);
  }
}

function* numbered(items: readonly PickleValue[]): Generator<readonly [string, PickleValue]> {
  for (let i = 0; i < items.length; i++) yield [String(i), items[i]];
}

function* named(entries: ReadonlyMap<PickleKey, PickleValue>): Generator<readonly [string, PickleValue]> {
  for (const [key, value] of entries) yield [keyText(key), value];
}

/**
 * The value that `path` leads to: `["model"]`, `["state_dict", "0"]`.
 *
 * @throws FoveaError `checkpoint/path` naming the part that is missing, what there is instead, and the nearest name
 */
export function valueAt(root: PickleValue, path: readonly string[], file: string): PickleValue {
  let value = root;
  for (const [i, part] of path.entries()) {
    const node = nodeOf(value);
    const members = new Map(node === undefined ? [] : membersOf(node));
    const next = members.get(part);
    if (next === undefined) throw noMember(members, part, path.slice(0, i), value, file);
    value = next;
  }
  return value;
}

function noMember(
  members: ReadonlyMap<string, PickleValue>,
  part: string,
  path: readonly string[],
  value: PickleValue,
  file: string,
): FoveaError {
  const where = path.length === 0 ? "the checkpoint" : JSON.stringify(path.join("."));
  const keys = [...members.keys()].slice(0, 12).map((key) => JSON.stringify(key));
  const more = members.size > 12 ? ` and ${members.size - 12} more` : "";
  const holds = members.size === 0 ? `is ${describe(value)}` : `holds ${keys.join(", ")}${more}`;
  const meant = nearest(part, members.keys());
  return new FoveaError("checkpoint/path", `${file}: no ${JSON.stringify(part)}; ${where} ${holds}`, {
    hint:
      meant === undefined ? "name one of its keys, or none for all tensors" : `did you mean ${JSON.stringify(meant)}?`,
  });
}

/** Tensors by path below a value. */
export interface TensorPaths {
  /** How many there are; counted without walking all paths, of which n shared pairs have 2^n. */
  readonly count: number;
  /** Calls `add` for each, in the order of the file. */
  each(add: (path: string, tensor: PickleTensor) => void): void;
}

/**
 * Every tensor below `root` under its path, joined by dots: of a state dict the names PyTorch gives. An object that is a
 * module (unknown, hence a record) gives what its `state_dict()` would: parameters, buffers but the non-persistent ones,
 * then its modules.
 */
export function tensorPaths(root: PickleValue): TensorPaths {
  const counts = new Map<PickleNode, number>();
  const countBelow = (value: PickleValue): number => {
    const node = nodeOf(value);
    if (node === undefined) return 0;
    if (node.kind === "tensor") return 1;
    const known = counts.get(node);
    if (known !== undefined) return known;
    let count = 0;
    for (const [, member] of moduleMembers(node) ?? membersOf(node)) count += countBelow(member);
    counts.set(node, count);
    return count;
  };
  const visit = (value: PickleValue, path: string, add: (path: string, tensor: PickleTensor) => void): void => {
    const node = nodeOf(value);
    if (node?.kind === "tensor") return add(path, node);
    if (node === undefined || countBelow(node) === 0) return;
    for (const [name, member] of moduleMembers(node) ?? membersOf(node))
      visit(member, path === "" ? name : `${path}.${name}`, add);
  };
  return { count: countBelow(root), each: (add) => visit(root, "", add) };
}

/** The members of a pickled torch.nn.Module that its state dict holds. */
function moduleMembers(node: PickleNode): (readonly [string, PickleValue])[] | undefined {
  const state = node.kind === "record" ? nodeOf(node.state) : undefined;
  if (state?.kind !== "dict") return undefined;
  const [parameters, buffers, modules, hidden] = [
    "_parameters",
    "_buffers",
    "_modules",
    "_non_persistent_buffers_set",
  ].map((key) => nodeOf(state.entries.get(key)));
  if (parameters?.kind !== "dict" || buffers?.kind !== "dict" || modules?.kind !== "dict") return undefined;
  const passing = new Set<PickleValue>(hidden?.kind === "set" ? hidden.items : []);
  const kept = [...named(buffers.entries)].filter(([name]) => !passing.has(name));
  return [...named(parameters.entries), ...kept, ...named(modules.entries)];
}
