import type { Construct, Refuse } from "../pickle/pickle-dialect.ts";
import { numpyNames } from "../pickle/numpy-names.ts";
import {
  describe,
  fullNameOf,
  nodeOf,
  type PickleTensor,
  type PickleTuple,
  type PickleValue,
} from "../pickle/pickle-value.ts";
import { pythonNames } from "../pickle/python-names.ts";
import { storageTypes, tensorClasses, torchDtypes } from "./torch-dtypes.ts";
import { TorchStorage } from "./torch-storage.ts";
import type { TensorViews } from "./torch-tensor.ts";

/**
 * The names that a checkpoint may contain, and how a call of them is read: those of `torch.load(weights_only=True)` that
 * make dense tensors and plain containers, and numpy's numbers and arrays.
 */
export function torchNames(views: TensorViews): ReadonlyMap<string, Construct | undefined> {
  const rebuild: Record<"v1" | "v2" | "v3" | "parameter", Construct> = {
    // (storage, offset, size, stride)
    v1: (args, refuse) => rebuildTensor(views, args, undefined, refuse),
    // (storage, offset, size, stride, requires_grad, hooks, metadata?)
    v2: (args, refuse) => rebuildTensor(views, args, undefined, refuse),
    // (storage, offset, size, stride, requires_grad, hooks, dtype, metadata?)
    v3: (args, refuse) => rebuildTensor(views, args, dtypeOf(args[6], refuse), refuse),
    // (data, requires_grad, hooks, state?)
    parameter: ([data], refuse) => tensorOf(data, refuse),
  };
  const functions: readonly (readonly [string, Construct])[] = [
    ["torch._utils._rebuild_tensor", rebuild.v1],
    ["torch._utils._rebuild_tensor_v2", rebuild.v2],
    ["torch._utils._rebuild_tensor_v3", rebuild.v3],
    ["torch._utils._rebuild_parameter", rebuild.parameter],
    ["torch._utils._rebuild_parameter_with_state", rebuild.parameter],
  ];
  const byName = new Map(functions);
  return new Map<string, Construct | undefined>([
    ...pythonNames,
    ...numpyNames,
    ...[...storageTypes.keys(), ...torchDtypes.keys(), ...tensorClasses].map((name) => [name, undefined] as const),
    ...functions,
    ["torch.nn.parameter.Parameter", rebuild.parameter],
    ["torch._tensor._rebuild_from_type_v2", (args, refuse) => rebuildFromType(byName, args, refuse)],
    ["torch.Size", ([sizes], refuse) => tupleOf(sizes, refuse)],
    ["torch.device", (args) => ({ kind: "tuple", items: args })],
    ["torch.serialization._get_layout", ([name]) => name ?? null],
  ]);
}

/** A tensor of a subclass: (function, class, arguments, state). */
function rebuildFromType(
  functions: ReadonlyMap<string, Construct>,
  [callee, , args]: readonly PickleValue[],
  refuse: Refuse,
): PickleValue {
  const construct = functions.get(fullNameOf(callee) ?? "");
  if (construct === undefined) throw refuse(`${describe(callee)} makes no tensor`);
  return construct(tupleOf(args, refuse).items, refuse);
}

function rebuildTensor(
  views: TensorViews,
  [storage, offset, shape, strides]: readonly PickleValue[],
  dtype: string | undefined,
  refuse: Refuse,
): PickleTensor {
  if (!(storage instanceof TorchStorage)) throw refuse(`expected a storage, got ${describe(storage)}`);
  const view = {
    storage,
    offset: countOf(offset, "offset", refuse),
    shape: tupleOf(shape, refuse).items.map((size) => countOf(size, "size", refuse)),
    strides: tupleOf(strides, refuse).items.map((stride) => countOf(stride, "stride", refuse)),
    storedDtype: dtype ?? storage.storedDtype,
  };
  return views.tensor(view, refuse);
}

/** A whole number from 0 to 2^53. */
export function countOf(value: PickleValue | undefined, what: string, refuse: Refuse): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw refuse(`${what} ${describe(value)}, expected a whole number from 0 to 2^53`);
}

function dtypeOf(value: PickleValue | undefined, refuse: Refuse): string {
  const dtype = torchDtypes.get(fullNameOf(value) ?? "");
  if (dtype === undefined) throw refuse(`expected a dtype, got ${describe(value)}`);
  return dtype;
}

function tensorOf(value: PickleValue | undefined, refuse: Refuse): PickleTensor {
  const node = nodeOf(value);
  if (node?.kind === "tensor") return node;
  throw refuse(`expected a tensor, got ${describe(value)}`);
}

/** A tuple's or list's items as a tuple. */
export function tupleOf(value: PickleValue | undefined, refuse: Refuse): PickleTuple {
  const node = nodeOf(value);
  if (node?.kind === "tuple") return node;
  if (node?.kind === "list") return { kind: "tuple", items: [...node.items] };
  throw refuse(`expected a tuple, got ${describe(value)}`);
}
