import { z } from "zod";
import { FoveaError } from "../../errors/fovea-error.ts";
import { generator } from "../../random/generator.ts";
import { imagesByClass, type Labelled } from "./class-subset.ts";

const specs = [
  /** Every image once an epoch. */
  z.strictObject({ name: z.literal("shuffle") }),
  /** Each image `repeats` times in a row, the first of it alone: 1/`repeats` of the images are seen, each `repeats` times. */
  z.strictObject({ name: z.literal("repeated"), repeats: z.int().min(1).max(100).optional() }),
  /** Every class equally often: a class is drawn, then goes through its own images in random order. */
  z.strictObject({ name: z.literal("balanced") }),
  /** Drawn with replacement, image i with a probability ∝ `weights`[i], by index into the data set. */
  z.strictObject({ name: z.literal("weighted"), weights: z.array(z.number().min(0)).readonly() }),
] as const;

/** What an epoch consists of, as plain data. */
export const samplerSchema = z.discriminatedUnion("name", specs);
export type SamplerSpec = z.infer<typeof samplerSchema>;

/** The order of each epoch: its places are dealt to the processes and cut into batches. */
export interface EpochOrder {
  /** Places of every epoch. */
  readonly length: number;
  /** Indices into the data set. */
  at(epoch: number): Int32Array;
}

/** Images in one round of the repeated sampler's count. Source: DeiT `RASampler`. */
const repeatedRound = 256;

/**
 * The order of each epoch of `indices`; a pure function of the epoch and the seed.
 *
 * `repeated` is DeiT's sampler: the shuffled indices, each three times in a row, of which the first ⌊N/256⌋ · 256 places
 * count. Below 256 images, where that is none, it shuffles plainly (deep-incubation spec §4.3).
 *
 * @throws FoveaError `data/sampler` where weights do not fit the set
 */
export function epochOrder(spec: SamplerSpec, set: Labelled, indices: Int32Array, seed: number): EpochOrder {
  const stream = (epoch: number): ReturnType<typeof generator> => generator(seed, "data/order", epoch);
  const shuffled = (epoch: number): Int32Array =>
    Int32Array.from(stream(epoch).permutation(indices.length), (place) => indices[place]);
  switch (spec.name) {
    case "shuffle":
      return { length: indices.length, at: shuffled };
    case "repeated": {
      const { repeats = 3 } = spec;
      const count = Math.floor(indices.length / repeatedRound) * repeatedRound;
      if (count === 0) return { length: indices.length, at: shuffled };
      return {
        length: count,
        at(epoch) {
          const order = shuffled(epoch);
          return Int32Array.from({ length: count }, (_, place) => order[Math.floor(place / repeats)]);
        },
      };
    }
    case "balanced":
      return {
        length: indices.length,
        at: balancedOrder([...imagesByClass(set, indices).values()], indices.length, stream),
      };
    case "weighted":
      return { length: indices.length, at: weightedOrder(spec.weights, set, indices, stream) };
  }
}

function balancedOrder(
  classes: readonly (readonly number[])[],
  count: number,
  stream: (epoch: number) => ReturnType<typeof generator>,
): EpochOrder["at"] {
  return (epoch) => {
    const random = stream(epoch);
    const queues: number[][] = classes.map(() => []);
    let order = random.permutation(classes.length);
    return Int32Array.from({ length: count }, (_, place) => {
      if (place > 0 && place % classes.length === 0) order = random.permutation(classes.length);
      const chosen = order[place % classes.length];
      const images = classes[chosen];
      if (queues[chosen].length === 0)
        queues[chosen] = Array.from(random.permutation(images.length), (at) => images[at]);
      return queues[chosen].pop() ?? images[0]; // never empty: filled in the line before
    });
  };
}

function weightedOrder(
  weights: readonly number[],
  set: Labelled,
  indices: Int32Array,
  stream: (epoch: number) => ReturnType<typeof generator>,
): EpochOrder["at"] {
  if (weights.length !== set.length) {
    throw new FoveaError("data/sampler", `weights: ${weights.length} numbers for ${set.length} images`, {
      exitCode: 2,
    });
  }
  const sums = new Float64Array(indices.length);
  let total = 0;
  indices.forEach((index, place) => (sums[place] = total += weights[index]));
  if (!(total > 0)) throw new FoveaError("data/sampler", "weights: all are 0", { exitCode: 2 });
  return (epoch) => {
    const random = stream(epoch);
    return Int32Array.from({ length: indices.length }, () => indices[firstAbove(sums, random.uniform() * total)]);
  };
}

/** The first place whose running sum is above `value`. */
function firstAbove(sums: Float64Array, value: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
