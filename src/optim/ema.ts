import { FoveaError } from "../errors/fovea-error.ts";
import { hostTensor, type HostTensor } from "../graph/dtype.ts";
import { input, state } from "../graph/leaf.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Buffer, Parameter } from "../nn/parameter.ts";
import { apart, inPieces, joined } from "./joined.ts";

/** Share of the old average that stays: in [0, 1), of all updates or of each by its number from 0. */
export type Decay = number | ((update: number) => number);

/**
 * min(rate, (1 + n)/(10 + n)) at update n: the first values are forgotten in runs that are short beside 1/(1 − rate).
 * Source: u-vit section 9.1.
 */
export const shortRunDecay =
  (rate: number): Decay =>
  (update) =>
    Math.min(rate, (1 + update) / (10 + update));

export interface EmaOptions {
  readonly decay: Decay;
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
  /** Feeds of update number `update`, from 0; none where the decay is a number. */
  scalars(update: number): Record<string, HostTensor>;
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
  const taken = typeof decay === "number" ? 1 - checkedDecay(decay) : input(`${prefix}/taken`, []);
  const next = new Map<Tensor, Tensor>();
  const names: string[] = [];
  for (const piece of inPieces(tracked)) {
    const averages = piece.map(({ name, shape }) => state(`${prefix}/${name}`, shape));
    const values = joined(piece.map((tensor) => updates.get(tensor) ?? tensor));
    const e = joined(averages);
    const moved = apart(e.add(values.sub(e).mul(taken)), piece);
    averages.forEach((average, i) => next.set(average, moved[i] as Tensor));
    names.push(...piece.map(({ name }) => name));
  }
  const renamed = (values: ReadonlyMap<string, HostTensor>, from: string, to: string): Map<string, HostTensor> =>
    new Map(names.map((name) => [`${to}${name}`, valueOf(values, `${from}${name}`)]));
  return {
    updates: next,
    initial: (values) => renamed(values, "", `${prefix}/`),
    averaged: (values) => renamed(values, `${prefix}/`, ""),
    scalars(update): Record<string, HostTensor> {
      if (typeof decay === "number") return {};
      return { [`${prefix}/taken`]: hostTensor("float32", [], Float32Array.of(1 - checkedDecay(decay(update)))) };
    },
  };
}

function checkedDecay(decay: number): number {
  if (decay >= 0 && decay < 1) return decay;
  throw new FoveaError("optim/ema", `ema: decay ${decay} is not in [0, 1)`, { exitCode: 2 });
}

function valueOf(values: ReadonlyMap<string, HostTensor>, name: string): HostTensor {
  const value = values.get(name);
  if (value === undefined) throw new FoveaError("state/missing", `ema: no value for ${name}`);
  return value;
}
