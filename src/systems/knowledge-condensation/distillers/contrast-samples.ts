import { FoveaError } from "../../../errors/fovea-error.ts";
import type { Generator } from "../../../random/generator.ts";

export interface ContrastSamples {
  /** [B] */
  readonly indices: ArrayLike<number>;
  /** Of every sample of the set. */
  readonly labels: ArrayLike<number>;
  /** Samples that may be drawn. */
  readonly kept: ArrayLike<number>;
  /** K for each of `indices`. */
  readonly negatives: number;
  readonly random: Generator;
}

/**
 * K kept samples of other classes for each of `indices`, [B·K]: without replacement where there are enough, else with.
 * Source: RepDistiller dataset/cifar100.py.
 *
 * @throws FoveaError where every kept sample is of one class
 */
export function negativesOfOtherClasses({ indices, labels, kept, negatives, random }: ContrastSamples): Int32Array {
  const others = new Map<number, Int32Array>();
  const drawn = new Int32Array(indices.length * negatives);
  for (let row = 0; row < indices.length; row++) {
    const label = labels[indices[row]];
    const pool = others.get(label) ?? Int32Array.from(Array.from(kept).filter((sample) => labels[sample] !== label));
    others.set(label, pool);
    if (pool.length === 0)
      throw new FoveaError("distil/negatives", `crd: all kept samples are of class ${label}; there are no negatives`, {
        exitCode: 2,
      });
    const replace = pool.length < negatives;
    for (let k = 0; k < negatives; k++) {
      const place = replace ? random.integer(pool.length) : k + random.integer(pool.length - k);
      drawn[row * negatives + k] = pool[place];
      if (!replace) [pool[k], pool[place]] = [pool[place], pool[k]]; // the first k + 1 places are drawn
    }
  }
  return drawn;
}
