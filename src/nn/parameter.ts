import { FoveaError } from "../errors/fovea-error.ts";
import { dtypes, hostTensor, sizeOf, type DType, type HostTensor, type Shape } from "../graph/dtype.ts";
import { operators } from "../graph/operators/list.ts";
import { show, Tensor } from "../graph/tensor.ts";
import type { Generator } from "../random/generator.ts";
import { zeros, type Initialiser } from "./initialisers.ts";

// A model's graph starts at its parameters, so whoever has one has the operators loaded that Tensor's methods look up.
void operators;

/** A state leaf whose name is given later, by the naming walk of `prepare`. */
class LateName {
  readonly kind = "state";
  readonly #what: string;
  #given: string | undefined;

  constructor(what: string) {
    this.#what = what;
  }

  /** @throws FoveaError while there is none */
  get name(): string {
    if (this.#given !== undefined) return this.#given;
    throw new FoveaError("nn/unnamed", `${this.#what} has no name yet`, {
      hint: "call prepare(model) before you use its parameters in a program; it names them by their attribute paths",
    });
  }

  get given(): string | undefined {
    return this.#given;
  }

  give(name: string): void {
    this.#given ??= name;
  }
}

/** What parameters and buffers have in common: a late name and a first value. */
abstract class NamedState extends Tensor {
  readonly #leaf: LateName;
  readonly #initialiser: Initialiser;

  constructor(what: string, shape: Shape, dtype: DType, initialiser: Initialiser) {
    const leaf = new LateName(`${what} ${show({ shape, dtype })}`);
    super(shape, dtype, leaf);
    this.#leaf = leaf;
    this.#initialiser = initialiser;
  }

  /** The attribute path that `prepare` found first. Throws `nn/unnamed` before that. */
  get name(): string {
    return this.#leaf.name;
  }

  get isNamed(): boolean {
    return this.#leaf.given !== undefined;
  }

  /** Gives the name; the first one stays. Called by `prepare`. */
  giveName(name: string): void {
    this.#leaf.give(name);
  }

  /** A first value, drawn from `generator`. */
  initial(generator: Generator): HostTensor {
    if (this.dtype !== "float32") return hostTensor(this.dtype, this.shape, new dtypes[this.dtype].array(this.size));
    const data = new Float32Array(sizeOf(this.shape));
    this.#initialiser(data, this.shape, generator);
    return hostTensor("float32", this.shape, data);
  }
}

export interface ParameterOptions {
  /** False: resident and saved like the others, but in no parameter group (fixed position embeddings). Default true. */
  readonly trainable?: boolean;
}

/** A trained float32 tensor of a module. Its name is its attribute path, `blocks.0.attn.qkv.weight`. */
export class Parameter extends NamedState {
  readonly trainable: boolean;

  /** @param initialiser fills the first value; see `initialisers.ts` */
  constructor(shape: Shape, initialiser: Initialiser, { trainable = true }: ParameterOptions = {}) {
    super("a parameter", shape, "float32", initialiser);
    this.trainable = trainable;
  }
}

/**
 * A running statistic: state that a forward pass updates and no optimiser touches. Modules hand its next value to
 * `recordUpdate` (trace.ts). Other dtypes than float32 start at 0.
 */
export class Buffer extends NamedState {
  constructor(shape: Shape, initialiser: Initialiser = zeros, dtype: DType = "float32") {
    super("a buffer", shape, dtype, initialiser);
  }
}
