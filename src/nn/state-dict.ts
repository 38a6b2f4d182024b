import { FoveaError } from "../errors/fovea-error.ts";
import { nearest } from "../errors/nearest.ts";
import type { HostTensor } from "../graph/dtype.ts";
import { show } from "../graph/tensor.ts";
import { buffers, parameters, type Module } from "./module.ts";

/** Values by attribute path. */
export type StateDict = ReadonlyMap<string, HostTensor>;

/** The values in `values` that belong to `root`, in its order. Throws when one is missing. */
export function stateDict(root: Module, values: StateDict): Map<string, HostTensor> {
  const { states, missing } = match(root, values);
  const [first] = missing;
  if (first !== undefined) throw missingError(first, missing.length, values);
  return states;
}

export interface LoadedState {
  /** Values under the names of `root`, of the right shape and dtype. */
  readonly states: Map<string, HostTensor>;
  /** Names of `root` that the values lack. */
  readonly missing: readonly string[];
  /** Names in the values that `root` lacks. */
  readonly unexpected: readonly string[];
}

export interface LoadOptions {
  /** Refuse missing and unexpected names. Default true; false reports them. */
  readonly strict?: boolean;
}

/**
 * Checks a state dict (a checkpoint of any origin) against `root`: names, shapes, dtypes.
 *
 * @throws FoveaError for a shape or dtype that differs; in strict mode also for a missing or unexpected name
 */
export function loadStateDict(root: Module, values: StateDict, { strict = true }: LoadOptions = {}): LoadedState {
  const found = match(root, values);
  const [missing] = found.missing;
  if (strict && missing !== undefined) throw missingError(missing, found.missing.length, values);
  const [unexpected] = found.unexpected;
  if (strict && unexpected !== undefined) {
    const guess = nearest(unexpected, found.states.keys());
    throw new FoveaError("state/unexpected", `${unexpected}${andMore(found.unexpected.length)}: not in the model`, {
      hint: `${guess === undefined ? "" : `did you mean ${guess}? `}strict: false takes what fits and reports the rest`,
    });
  }
  return found;
}

function match(root: Module, values: StateDict): LoadedState {
  const wanted = new Map([...parameters(root), ...buffers(root)]);
  const states = new Map<string, HostTensor>();
  const missing: string[] = [];
  for (const [name, tensor] of wanted) {
    const value = values.get(name);
    if (value === undefined) {
      missing.push(name);
      continue;
    }
    if (value.dtype !== tensor.dtype || value.shape.join() !== tensor.shape.join()) {
      const [is, needs] = [value, tensor].map(({ dtype, shape }) => `${dtype} ${show({ shape, dtype: "float32" })}`);
      throw new FoveaError("state/shape", `${name}: the model has ${needs}, the values ${is}`, {
        hint: "the checkpoint was made by a model of other sizes",
      });
    }
    states.set(name, value);
  }
  return { states, missing, unexpected: [...values.keys()].filter((name) => !wanted.has(name)) };
}

function missingError(name: string, count: number, values: StateDict): FoveaError {
  const guess = nearest(name, values.keys());
  return new FoveaError("state/missing", `${name}${andMore(count)}: the values lack it`, {
    hint: `${guess === undefined ? "" : `did you mean ${guess}? `}strict: false takes what fits and reports the rest`,
  });
}

const andMore = (count: number): string => (count > 1 ? ` and ${count - 1} more` : "");
