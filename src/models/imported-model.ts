import { FoveaError } from "../errors/fovea-error.ts";
import { decodeModel, type DecodeOptions, type StoredValue } from "../graph/onnx/decode.ts";
import type { HostTensor } from "../graph/dtype.ts";
import type { Node } from "../graph/node.ts";
import type { Program } from "../graph/program.ts";
import { sameShape, show, type Tensor } from "../graph/tensor.ts";
import { Module } from "../nn/module.ts";
import { Buffer, Parameter } from "../nn/parameter.ts";

export interface ImportOptions extends Omit<DecodeOptions, "asState"> {
  /** Names of parameters that are not trained; `*` stands for anything: `["backbone.*", "*.bias"]`. Default: none. */
  readonly freeze?: readonly string[];
}

/**
 * A network that somebody else exported as ONNX. Its float32 initialisers are parameters under their own names
 * (Constant nodes that hold weights too), the means and variances of its batch normalisations buffers, which no update
 * moves; everything else is part of the graph. Batch normalisation uses these statistics in training as well.
 *
 * To replace the head, cut the network with `outputs: ["name of an inner value"]` and put it, as an attribute, into a
 * module of yours beside the new head.
 */
export class ImportedModel extends Module {
  readonly #program: Program;
  readonly #metadata: Readonly<Record<string, string>>;
  readonly #states: ReadonlyMap<string, Parameter | Buffer>;

  /** @throws FoveaError as `decodeModel` does, and for a pattern of `freeze` that no parameter has */
  constructor(bytes: Uint8Array, { freeze = [], ...options }: ImportOptions = {}) {
    super();
    const stored = new Map<string, StoredValue>();
    const asState = (name: string, _: HostTensor, value: StoredValue): boolean => {
      const taken = isParameter(value) || isStatistic(value);
      if (taken) stored.set(name, value);
      return taken;
    };
    const { program, states, metadata } = decodeModel(bytes, { ...options, asState });
    this.#program = program;
    this.#metadata = metadata;
    const used = new Set(program.states.keys());
    const patterns = freeze.map((pattern) => ({ pattern, fits: matcher(pattern) }));
    for (const { pattern, fits } of patterns)
      if (![...used].some(fits))
        throw new FoveaError("import/freeze", `freeze: no parameter of the model is called ${pattern}`, {
          hint: `there are ${[...used].slice(0, 8).join(", ")}${used.size > 8 ? ", …" : ""}`,
        });
    this.#states = new Map(
      [...states].flatMap(([name, value]) => {
        if (!used.has(name)) return [];
        const frozen = patterns.some(({ fits }) => fits(name));
        return [[name, this.#own(name, value, isStatistic(stored.get(name) as StoredValue), frozen)] as const]; // asState chose it
      }),
    );
  }

  /** Shapes and dtypes of the inputs, by name. */
  get inputs(): ReadonlyMap<string, Tensor> {
    return this.#program.inputs;
  }

  /** Shapes and dtypes of the outputs, by name. */
  get outputs(): ReadonlyMap<string, Tensor> {
    return this.#program.outputs;
  }

  /** `metadata_props` of the file. */
  get metadata(): Readonly<Record<string, string>> {
    return this.#metadata;
  }

  /** The first output for the one input `x`, of the shape that the model was imported for. */
  forward(x: Tensor): Tensor {
    const [name, ...more] = this.inputs.keys();
    if (name === undefined || more.length > 0)
      throw new FoveaError("import/inputs", `the model has ${this.inputs.size} inputs, not one`, {
        hint: "use run({ NAME: tensor, … })",
      });
    const [first] = Object.values(this.run({ [name]: x }));
    return first;
  }

  /** All outputs by name, for inputs by name. */
  run(inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
    const now = new Map<Tensor, Tensor>();
    for (const [name, wanted] of this.inputs) now.set(wanted, this.#checked(name, wanted, inputs[name]));
    for (const [name, wanted] of this.#program.states) now.set(wanted, this.#states.get(name) as Tensor); // made above
    for (const node of this.#program.nodes) again(node, now);
    return Object.fromEntries([...this.outputs].map(([name, tensor]) => [name, now.get(tensor) ?? tensor]));
  }

  #checked(name: string, wanted: Tensor, given: Tensor | undefined): Tensor {
    if (given !== undefined && sameShape(given.shape, wanted.shape) && given.dtype === wanted.dtype) return given;
    throw new FoveaError(
      "import/input",
      `input ${name} is ${show(wanted)}, got ${given === undefined ? "nothing" : show(given)}`,
      { hint: "import the model for this shape: dimensions for its free sizes, shapes for fixed ones" },
    );
  }

  /** A state as an attribute of its own name, by which `prepare` names it. */
  #own(name: string, value: HostTensor, isStatistic: boolean, frozen: boolean): Parameter | Buffer {
    const fill = (data: Float32Array): void => data.set(value.data as Float32Array); // isParameter: float32 only
    const state = isStatistic
      ? new Buffer(value.shape, fill)
      : new Parameter(value.shape, fill, { trainable: !frozen });
    const free = (key: string): string => (key in this ? free(`${key}_`) : key);
    Object.defineProperty(this, free(name), { value: state, enumerable: true });
    return state;
  }
}

/** The network of an ONNX file's bytes; see `ImportedModel`. Node: `importOnnxFile` also reads files beside it. */
export const importOnnx = (bytes: Uint8Array, options: ImportOptions = {}): ImportedModel =>
  new ImportedModel(bytes, options);

/** The node on the tensors that its inputs have become. */
function again(node: Node, now: Map<Tensor, Tensor>): void {
  const inputs = node.inputs.map((tensor) => tensor && (now.get(tensor) ?? tensor));
  const outputs = node.operator.apply(inputs, node.attributes, node.outputs.length);
  node.outputs.forEach((tensor, i) => now.set(tensor, outputs[i]));
}

/** Inputs that set an operator up, by ONNX type; they are no weights. */
const settings: Readonly<Record<string, readonly number[]>> = {
  Clip: [1, 2],
  Pad: [1, 2, 3],
  Resize: [1, 2, 3],
  Upsample: [1],
  Dropout: [1, 2],
  Range: [0, 1, 2],
  OneHot: [1, 2],
  Pow: [1],
  QuantizeLinear: [1],
  DequantizeLinear: [1],
  QLinearConv: [1, 4, 6],
  QLinearMatMul: [1, 4, 6],
};

/** Inputs that only weights are put into, by ONNX type. */
const weights: Readonly<Record<string, readonly number[]>> = {
  Conv: [1, 2],
  ConvTranspose: [1, 2],
  Gemm: [1, 2],
  BatchNormalization: [1, 2],
  PRelu: [1],
};

const isIn =
  (table: Readonly<Record<string, readonly number[]>>) =>
  ([type, i]: readonly [string, number]): boolean =>
    table[type]?.includes(i) ?? false;

/** Float32, read somewhere, and no setting; of Constant nodes single numbers are arithmetic unless a layer reads them. */
function isParameter({ value, uses, isNode }: StoredValue): boolean {
  if (value.dtype !== "float32" || uses.length === 0 || uses.some(isIn(settings))) return false;
  return !isNode || value.data.length > 1 || uses.every(isIn(weights));
}

const isStatistic = ({ value, uses }: StoredValue): boolean =>
  value.dtype === "float32" && uses.length > 0 && uses.every(([type, i]) => type === "BatchNormalization" && i > 2);

/** `*` stands for any characters. */
function matcher(pattern: string): (name: string) => boolean {
  const source = pattern.split("*").map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const expression = new RegExp(`^${source.join(".*")}$`, "su");
  return (name) => expression.test(name);
}
