import { FoveaError } from "../errors/fovea-error.ts";
import type { StoredTensor } from "../formats/safetensors.ts";
import { hostTensor, sizeOf, type HostTensor } from "../graph/dtype.ts";
import { sameShape, show, type Tensor } from "../graph/tensor.ts";
import { buffers, parameters, type Module } from "../nn/module.ts";
import { type CheckpointLayout, mapNames, wrapperOf } from "./checkpoint-layouts/checkpoint-layout.ts";
import { resizeTo, type PositionGrid, type ResizeRule } from "./checkpoint-layouts/resize-rule.ts";

export interface PretrainedOptions {
  /** Names that the network has of its own (a new head): they may be missing or of another shape. Default: none. */
  readonly isNew?: (name: string) => boolean;
  /** Refuse what is missing or misshapen without being new. Default true; false lists it. */
  readonly strict?: boolean;
  /** Grid of absolute positions of a network for images that are not square. */
  readonly grid?: PositionGrid;
}

/** A value that was resized on the way in. */
export interface Interpolated {
  readonly name: string;
  readonly by: ResizeRule["by"];
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** What a file gives a network, all by the network's names but the last two. */
export interface PretrainedWeights {
  /** Values of the right shape and dtype. */
  readonly states: Map<string, HostTensor>;
  /** Names of the network that the file lacks; `isNew` ones too. */
  readonly missing: readonly string[];
  /** Values that do not fit, `head.weight [21841, 768], expected [1000, 768]`, by name; those that became 0 too. */
  readonly misshapen: ReadonlyMap<string, string>;
  readonly interpolated: readonly Interpolated[];
  /** The file's names that the network lacks. */
  readonly unexpected: readonly string[];
  /** The file's names that the layout leaves out: rebuilt buffers, decoders, a teacher. */
  readonly dropped: readonly string[];
}

/** Tensors by name, from a file (`openWeightsSource`, `openWeights`) or in memory. */
export type LoadableWeights = ReadonlyMap<string, StoredTensor | HostTensor>;

/**
 * Takes the values of a prepared network from a file of weights: unwraps and renames as `layout` says, widens half
 * precision, resizes position tables by the layout's rules where sizes differ. A tensor is read only when it is taken.
 * Tensors beside the layout's wrapper (optimiser states) are not looked at. Batch norms' counters, which files before
 * PyTorch 0.4.1 lack, start at 0.
 *
 * @throws FoveaError `init/mismatch` with lists of what is missing and misshapen, unless `strict` is false; also then
 *   for names that the layout requires
 */
export function loadPretrained(
  network: Module,
  weights: LoadableWeights,
  layout: CheckpointLayout,
  { isNew = () => false, strict = true, grid }: PretrainedOptions = {},
): PretrainedWeights {
  const wanted = new Map([...parameters(network), ...buffers(network)]);
  const inside = unwrapped(layout, weights);
  const { names, dropped } = mapNames(layout, inside.keys());
  const isZeroed = (name: string): boolean => layout.zeroed?.some((pattern) => pattern.test(name)) ?? false;
  const states = new Map<string, HostTensor>();
  const interpolated: Interpolated[] = [];
  const misshapen = new Map<string, string>();
  for (const [name, tensor] of wanted) {
    const stored = inside.get(names.get(name) ?? "");
    if (stored === undefined) {
      if (/(^|\.)num_batches_tracked$/.test(name)) states.set(name, hostTensor("int64", [], BigInt64Array.of(0n)));
      continue;
    }
    const taken = fitted(name, stored, tensor, layout, grid);
    if (taken !== undefined) states.set(name, taken.value);
    else {
      misshapen.set(name, `${name} [${stored.shape.join(", ")}], expected ${show(tensor)}`);
      if (isZeroed(name)) states.set(name, hostTensor("float32", tensor.shape, new Float32Array(tensor.size)));
    }
    if (taken?.by !== undefined) interpolated.push({ name, by: taken.by, from: stored.shape, to: tensor.shape });
  }
  const missing = [...wanted.keys()].filter((name) => !states.has(name) && !misshapen.has(name));
  const unexpected = [...names].filter(([ours]) => !wanted.has(ours)).map(([, theirs]) => theirs);
  const isRequired = (name: string): boolean =>
    !isNew(name) && (strict || (layout.required?.some((pattern) => pattern.test(name)) ?? false));
  refuseMismatch(
    missing.filter(isRequired),
    [...misshapen].filter(([name]) => isRequired(name) && !isZeroed(name)).map(([, line]) => line),
  );
  return { states, missing, misshapen, interpolated, unexpected: [...new Set(unexpected)], dropped };
}

/** Lines for a log: what was taken, resized, left and is new. */
export function describePretrained({ states, ...lists }: PretrainedWeights): string[] {
  const { missing, misshapen, interpolated, unexpected, dropped } = lists;
  const left = [...unexpected, ...dropped];
  const fresh = [...missing, ...misshapen.keys()];
  const resized = interpolated.map(({ name, from, to }) => `${name} [${from.join(", ")}] → [${to.join(", ")}]`);
  return [
    `${states.size - fresh.filter((name) => states.has(name)).length} tensors taken`,
    ...(resized.length > 0 ? [`${resized.length} resized (${some(resized)})`] : []),
    ...(left.length > 0 ? [`${left.length} left (${some(left)})`] : []),
    ...(fresh.length > 0 ? [`${fresh.length} new (${some(fresh)})`] : []),
  ];
}

/** The state dict inside a file whose names are paths: what stands under the layout's first wrapper that is there. */
function unwrapped(layout: CheckpointLayout, weights: LoadableWeights): LoadableWeights {
  const wrapper = wrapperOf(
    layout,
    [...weights.keys()].filter((name) => name.includes(".")).map((name) => name.slice(0, name.indexOf("."))),
  );
  if (wrapper === undefined) return weights;
  const prefix = `${wrapper}.`;
  const inside = [...weights].filter(([name]) => name.startsWith(prefix));
  return new Map(inside.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

interface Fitted {
  readonly value: HostTensor;
  readonly by?: ResizeRule["by"];
}

/** The value in the shape and dtype of `tensor`, or undefined. */
function fitted(
  name: string,
  stored: StoredTensor | HostTensor,
  tensor: Tensor,
  layout: CheckpointLayout,
  grid: PositionGrid | undefined,
): Fitted | undefined {
  if (sameShape(stored.shape, tensor.shape)) return typed(read(stored), tensor);
  if (layout.reshape?.some((pattern) => pattern.test(name)) && sizeOf(stored.shape) === tensor.size)
    return typed({ ...read(stored), shape: tensor.shape }, tensor);
  const rule = layout.resize?.find(({ pattern }) => pattern.test(name));
  const value = rule === undefined ? undefined : asFloat32(read(stored));
  if (rule === undefined || value === undefined) return undefined;
  const resized = resizeTo(rule, value, tensor.shape, grid);
  return resized === undefined ? undefined : { value: resized, by: rule.by };
}

const read = (stored: StoredTensor | HostTensor): HostTensor =>
  "load" in stored ? stored.load({ widen: true }) : stored;

function typed(value: HostTensor, { dtype }: Tensor): Fitted | undefined {
  if (value.dtype === dtype) return { value };
  const float32 = dtype === "float32" ? asFloat32(value) : undefined;
  return float32 === undefined ? undefined : { value: float32 };
}

/** float64 is rounded, as PyTorch's load_state_dict does; other dtypes are no weights. */
function asFloat32(value: HostTensor): HostTensor<"float32"> | undefined {
  if (value.dtype === "float32") return value as HostTensor<"float32">; // the line before says so
  return value.dtype === "float64"
    ? hostTensor("float32", value.shape, Float32Array.from(value.data as Float64Array))
    : undefined;
}

function refuseMismatch(missing: readonly string[], misshapen: readonly string[]): void {
  if (missing.length + misshapen.length === 0) return;
  const lines = [
    ...(missing.length > 0 ? [`${missing.length} missing (${some(missing)})`] : []),
    ...(misshapen.length > 0 ? [`${misshapen.length} of another shape (${some(misshapen)})`] : []),
  ];
  throw new FoveaError("init/mismatch", `the weights do not fit the network: ${lines.join("; ")}`, {
    hint: "they need a network of the same backbone and patch size, and the layout that the file was written in",
    exitCode: 2,
  });
}

const some = (names: readonly string[]): string => names.slice(0, 4).join(", ") + (names.length > 4 ? ", …" : "");
