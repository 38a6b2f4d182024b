import { FoveaError } from "../errors/fovea-error.ts";
import type { HostTensor } from "../graph/dtype.ts";
import { state } from "../graph/leaf.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Buffer, Parameter } from "../nn/parameter.ts";
import { elementWise } from "./element-wise.ts";

export interface EmaOptions {
  /** Share of the old average that stays, in [0, 1). */
  readonly decay: number;
  /** Prefix of the averages' state names. */
  readonly prefix?: string;
}

export interface Ema {
  /** Next averages; add them to the program's updates, behind the optimiser's. */
  readonly updates: Map<Tensor, Tensor>;
  /** First averages: the values themselves, under `ema/NAME`. */
  initial(values: ReadonlyMap<string, HostTensor>): Map<string, HostTensor>;
  /** Averages under the names of the averaged, from values that hold `ema/NAME`. */
  averaged(values: ReadonlyMap<string, HostTensor>): Map<string, HostTensor>;
}

/**
 * Exponential moving average of what `updates` makes of each of `tracked`: e ← e + (1 − decay)(p − e), where p is the
 * new value (the old one where there is no update).
 */
export function ema(
  tracked: Iterable<Parameter | Buffer>,
  updates: ReadonlyMap<Tensor, Tensor>,
  { decay, prefix = "ema" }: EmaOptions,
): Ema {
  if (!(decay >= 0 && decay < 1))
    throw new FoveaError("optim/ema", `ema: decay ${decay} is not in [0, 1)`, { exitCode: 2 });
  const next = new Map<Tensor, Tensor>();
  const names: string[] = [];
  for (const tensor of tracked) {
    const average = state(`${prefix}/${tensor.name}`, tensor.shape);
    const value = updates.get(tensor) ?? tensor;
    names.push(tensor.name);
    next.set(
      average,
      elementWise([average, value], (e, p) => e.add(p.sub(e).mul(1 - decay))),
    );
  }
  const renamed = (values: ReadonlyMap<string, HostTensor>, from: string, to: string): Map<string, HostTensor> =>
    new Map(names.map((name) => [`${to}${name}`, valueOf(values, `${from}${name}`)]));
  return {
    updates: next,
    initial: (values) => renamed(values, "", `${prefix}/`),
    averaged: (values) => renamed(values, `${prefix}/`, ""),
  };
}

function valueOf(values: ReadonlyMap<string, HostTensor>, name: string): HostTensor {
  const value = values.get(name);
  if (value === undefined) throw new FoveaError("state/missing", `ema: no value for ${name}`);
  return value;
}
