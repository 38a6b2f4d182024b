import type { PickleName, PickleValue } from "./pickle-value.ts";

/** Makes the refusal of a value: what is wrong, in words. */
export type Refuse = (message: string) => Error;

/** Called for REDUCE and NEWOBJ of a name: builds inert data from inert data. */
export type Construct = (args: readonly PickleValue[], refuse: Refuse) => PickleValue;

/** What a kind of file may contain. */
export interface PickleDialect {
  readonly opcodes: ReadonlySet<string>;
  /** `module.name` → how a call of it is read; `undefined` for names that are values and never called. */
  readonly names: ReadonlyMap<string, Construct | undefined>;
  /** Reads the value of BINPERSID; without it there is none. */
  readonly persistent?: (id: PickleValue, refuse: Refuse) => PickleValue;
}

/** Modules that Python 3 calls otherwise (Lib/_compat_pickle.py). */
const renamedModules: ReadonlyMap<string, string> = new Map([
  ["__builtin__", "builtins"],
  ["copy_reg", "copyreg"],
  ["numpy._core.multiarray", "numpy.core.multiarray"],
]);

export const canonicalName = (module: string, name: string): string =>
  `${renamedModules.get(module) ?? module}.${name}`;

export const pickleName = (module: string, name: string): PickleName => ({
  kind: "name",
  module: renamedModules.get(module) ?? module,
  name,
});
