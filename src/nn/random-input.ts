import { hostTensor, sizeOf, type HostTensor, type Shape } from "../graph/dtype.ts";
import { generator } from "../random/generator.ts";

/** A random input of a program, which the host fills: nothing random lives in the graph. */
export interface RandomInput {
  /** 1/keep with probability `keep`, else 0; independent elements. */
  readonly kind: "bernoulli";
  /** Name of the program's input, and with seed and step the name of its numbers. */
  readonly name: string;
  readonly shape: Shape;
  readonly keep: number;
}

/** Values of `inputs` for one step: a pure function of (seed, input name, step). */
export function fillRandom(inputs: readonly RandomInput[], seed: number, step: number): Record<string, HostTensor> {
  return Object.fromEntries(
    inputs.map(({ name, shape, keep }) => {
      const data = generator(seed, name, step).fillBernoulli(new Float32Array(sizeOf(shape)), keep);
      for (let i = 0; i < data.length; i++) data[i] /= keep;
      return [name, hostTensor("float32", shape, data)];
    }),
  );
}
