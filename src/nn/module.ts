import { FoveaError } from "../errors/fovea-error.ts";
import type { HostTensor } from "../graph/dtype.ts";
import { describePlace, withScope } from "../graph/scope.ts";
import { Tensor } from "../graph/tensor.ts";
import { generator } from "../random/generator.ts";
import { Buffer, Parameter } from "./parameter.ts";
import { recordFeature } from "./trace.ts";

const paths = new WeakMap<Module, string>();

/**
 * A part of a network, in PyTorch's manner: parameters, buffers and other modules are its attributes (also in arrays
 * and plain objects), `forward` builds its graph. Nobody registers anything: `prepare(root)` finds them all and names
 * them by their attribute paths, as PyTorch's state dicts do: `blocks.0.attn.qkv.weight`.
 */
export abstract class Module {
  /** Attribute path that `prepare` gave, with its prefix; "" for a root without prefix, undefined before. */
  get path(): string | undefined {
    return paths.get(this);
  }
}

/**
 * Names every parameter, buffer and module below `root` by its attribute path behind `prefix` (`student.`), and wraps
 * each module's `forward` so that its nodes know their module and its result can be tapped (`trace`). A name once given
 * stays: what is reachable twice keeps the path that the walk, or an earlier `prepare`, met first.
 *
 * @returns `root`
 */
export function prepare<M extends Module>(root: M, prefix = ""): M {
  walk(root, prefix.replace(/\.$/, ""), {
    module: (module, path) => {
      if (!paths.has(module)) wrapForward(module, path);
    },
    state: (tensor, path) => tensor.giveName(path),
  });
  return root;
}

/** Parameters below `root` by name, in the order of their attributes; one that is reachable twice stands once. */
export function parameters(root: Module): Map<string, Parameter> {
  return collect(root, (tensor) => tensor instanceof Parameter) as Map<string, Parameter>;
}

/** Buffers (running statistics) below `root` by name. */
export function buffers(root: Module): Map<string, Buffer> {
  return collect(root, (tensor) => tensor instanceof Buffer) as Map<string, Buffer>;
}

/**
 * First values of all parameters and buffers. Each is drawn from a stream of its own name, so adding a layer changes
 * no other layer's values. `student.` and `teacher.` networks therefore start from different values.
 */
export function initialise(root: Module, seed: number): Map<string, HostTensor> {
  const states = collect(root, () => true);
  return new Map([...states].map(([name, tensor]) => [name, tensor.initial(generator(seed, `init/${name}`))]));
}

/** Number of values in the parameters below `root`; needs no names and allocates nothing. */
export function parameterCount(root: Module): number {
  const found = new Set<Parameter>();
  walk(root, "", { module: () => {}, state: (tensor) => tensor instanceof Parameter && found.add(tensor) });
  return [...found].reduce((sum, { size }) => sum + size, 0);
}

function collect(root: Module, wanted: (tensor: Parameter | Buffer) => boolean): Map<string, Parameter | Buffer> {
  const found = new Map<string, Parameter | Buffer>();
  walk(root, "", {
    module: () => {},
    state(tensor, path) {
      if (!wanted(tensor)) return;
      if (!tensor.isNamed) {
        throw new FoveaError("nn/unnamed", `${root.constructor.name}: ${path} has no name yet`, {
          hint: "call prepare(model) first",
        });
      }
      found.set(tensor.name, tensor);
    },
  });
  return found;
}

interface Visitor {
  module(module: Module, path: string): void;
  state(tensor: Parameter | Buffer, path: string): void;
}

function walk(value: unknown, path: string, visitor: Visitor, seen = new Set<unknown>()): void {
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  if (value instanceof Parameter || value instanceof Buffer) return visitor.state(value, path);
  if (value instanceof Module) visitor.module(value, path);
  else if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return;
  for (const [key, child] of Object.entries(value)) walk(child, path === "" ? key : `${path}.${key}`, visitor, seen);
}

type Forward = (...inputs: unknown[]) => unknown;

function wrapForward(module: Module, path: string): void {
  paths.set(module, path);
  const forward = (module as { forward?: unknown }).forward; // subclasses type their own
  if (typeof forward !== "function") return;
  const wrapped: Forward = (...inputs) =>
    withScope(path, () => {
      const result: unknown = located(path, () => (forward as Forward).apply(module, inputs));
      if (result instanceof Tensor) recordFeature(path, result);
      return result;
    });
  // not enumerable: the walk sees attributes only
  Object.defineProperty(module, "forward", { value: wrapped, enumerable: false });
}

/** Adds the module's path and the user's line to a mistake that a layer finds in its inputs. */
function located<T>(path: string, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof FoveaError) || error.where !== undefined) throw error;
    const where = describePlace(path, error);
    throw new FoveaError(error.code, error.message, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(where === undefined ? {} : { where }),
      exitCode: error.exitCode,
      cause: error,
    });
  }
}
