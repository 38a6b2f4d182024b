import { FoveaError } from "../errors/fovea-error.ts";
import { normalCdf, normalQuantile } from "./normal-distribution.ts";
import { philox4x32 } from "./philox.ts";

const WORDS = 2 ** 32;
const MOST_COUNTERS = 3;

/** What the fills write to. */
export type FloatArray = Float32Array | Float64Array;

/**
 * The stream of random numbers named by (seed, purpose, counters): the same name gives the same numbers, at any time,
 * in any thread, in any order of asking; different names give independent streams. So nothing has to be saved for a
 * resume but the step.
 *
 * Philox 4x32-10; its key is a hash of seed, purpose and the number of counters, its 128-bit counter is
 * [block, ...counters].
 *
 * @param seed integer ≥ 0, exact in a double.
 * @param purpose what the numbers are for (`"order"`, `"mask"`, `"init/blocks.0.attn.qkv.weight"`).
 * @param counters up to 3 integers in [0, 2^32): step, index, …
 * @throws FoveaError `random/seed` for any other seed.
 */
export function generator(seed: number, purpose: string, ...counters: number[]): Generator {
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new FoveaError("random/seed", `seed: ${seed} is no seed; give an integer from 0 to 9007199254740991`, {
      exitCode: 2,
    });
  }
  if (counters.length > MOST_COUNTERS || !counters.every((c) => Number.isInteger(c) && c >= 0 && c < WORDS)) {
    throw new RangeError(`generator(${seed}, "${purpose}"): counters [${counters.join(", ")}] are not ≤ 3 uint32`);
  }
  const [key0, key1] = streamKey(seed, purpose, counters.length);
  return new Generator(key0, key1, counters[0] ?? 0, counters[1] ?? 0, counters[2] ?? 0);
}

/** A stream made by `generator`; each call moves it on. */
export class Generator {
  readonly #block = new Uint32Array(4);
  readonly #key0: number;
  readonly #key1: number;
  readonly #counter1: number;
  readonly #counter2: number;
  readonly #counter3: number;
  #next = 4;
  #counter0 = 0;

  constructor(key0: number, key1: number, counter1: number, counter2: number, counter3: number) {
    this.#key0 = key0;
    this.#key1 = key1;
    this.#counter1 = counter1;
    this.#counter2 = counter2;
    this.#counter3 = counter3;
  }

  /** The next integer in [0, 2^32). */
  uint32(): number {
    if (this.#next === 4) this.#refill();
    return this.#block[this.#next++];
  }

  /** Uniform in [0, 1), 53 bits: a multiple of 2^-53. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 0x4000000 + low) * 2 ** -53;
  }

  /** Uniform among 0 … n−1, without bias; n an integer from 1 to 2^32. */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > WORDS) throw new RangeError(`integer(n): n = ${n} is not in [1, 2^32]`);
    const limit = WORDS - (WORDS % n);
    let word = this.uint32();
    while (word >= limit) word = this.uint32();
    return word % n;
  }

  /** Standard normal, by the inverse of its distribution function: one uniform, so one value, per call. */
  normal(): number {
    return normalQuantile(this.#uniformOpen());
  }

  /** The numbers 0 … n−1 in random order (Fisher-Yates). */
  permutation(n: number): Uint32Array {
    const order = Uint32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = order[i];
      order[i] = order[j];
      order[j] = kept;
    }
    return order;
  }

  /** Uniform in [low, high). In a Float32Array, rounding may give `high` itself. */
  fillUniform<A extends FloatArray>(array: A, low = 0, high = 1): A {
    for (let i = 0; i < array.length; i++) array[i] = low + (high - low) * this.uniform();
    return array;
  }

  /** N(mean, std²). */
  fillNormal<A extends FloatArray>(array: A, mean = 0, std = 1): A {
    for (let i = 0; i < array.length; i++) array[i] = mean + std * this.normal();
    return array;
  }

  /**
   * N(mean, std²) cut to [low, high], absolute bounds and not multiples of std: x = mean + std · Φ⁻¹(u),
   * u uniform in [Φ((low−mean)/std), Φ((high−mean)/std)). Source: torch.nn.init.trunc_normal_.
   */
  fillTruncatedNormal<A extends FloatArray>(array: A, mean = 0, std = 1, low = -2, high = 2): A {
    const from = normalCdf((low - mean) / std);
    const width = normalCdf((high - mean) / std) - from;
    for (let i = 0; i < array.length; i++) {
      const x = mean + std * normalQuantile(from + width * this.#uniformOpen());
      array[i] = Math.min(high, Math.max(low, x));
    }
    return array;
  }

  /** 1 with probability `keepProbability`, else 0; resolution 2^-32. */
  fillBernoulli<A extends FloatArray | Uint8Array>(array: A, keepProbability: number): A {
    const threshold = keepProbability * WORDS;
    for (let i = 0; i < array.length; i++) array[i] = this.uint32() < threshold ? 1 : 0;
    return array;
  }

  /** Uniform in the open (0, 1), symmetric about ½: (k + ½) · 2^-52. */
  #uniformOpen(): number {
    const high = this.uint32() >>> 6;
    const low = this.uint32() >>> 6;
    return (high * 0x4000000 + low + 0.5) * 2 ** -52;
  }

  #refill(): void {
    if (this.#counter0 === WORDS) throw new RangeError("a random stream has 2^34 words, and this one is used up");
    philox4x32(
      this.#block,
      0,
      this.#counter0++,
      this.#counter1,
      this.#counter2,
      this.#counter3,
      this.#key0,
      this.#key1,
    );
    this.#next = 0;
  }
}

const encoder = new TextEncoder();

/**
 * 64 bits out of seed, purpose and counter count: Philox as a compression function, 16 bytes of the purpose's UTF-8
 * at a time as counter, the chain as key, the lengths last.
 */
function streamKey(seed: number, purpose: string, counterCount: number): [number, number] {
  const bytes = encoder.encode(purpose);
  const words = new Uint32Array(Math.ceil(bytes.length / 16) * 4);
  for (let i = 0; i < bytes.length; i++) words[i >> 2] |= bytes[i] << (8 * (i & 3));
  const chain = Uint32Array.of(seed % WORDS, Math.floor(seed / WORDS), 0, 0);
  for (let i = 0; i < words.length; i += 4) {
    philox4x32(chain, 0, words[i], words[i + 1], words[i + 2], words[i + 3], chain[0], chain[1]);
  }
  philox4x32(chain, 0, bytes.length, counterCount, 0, 0, chain[0], chain[1]);
  return [chain[0], chain[1]];
}
