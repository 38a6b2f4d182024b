import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, type GraphProto, type ModelProto, type NodeProto, type ValueInfoProto } from "onnx-buf";
import { FoveaError } from "../../errors/fovea-error.ts";
import { nearest } from "../../errors/nearest.ts";
import { defaultLimits } from "../../files/limits.ts";
import { type HostTensor, type Shape, sizeOf } from "../dtype.ts";
import { constant, input, state } from "../leaf.ts";
import { program, type Program } from "../program.ts";
import { int64Constant, type Tensor } from "../tensor.ts";
import { conversionOf } from "./conversions/list.ts";
import { ForeignAttributes } from "./foreign-node.ts";
import { dtypeOf, hostTensorOf, safeInteger, type ExternalData } from "./tensor-proto.ts";

export interface DecodedModel {
  readonly program: Program;
  /** Values of the states that `asState` chose. */
  readonly states: ReadonlyMap<string, HostTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Where a stored value stands in the model. */
export interface StoredValue {
  readonly name: string;
  readonly value: HostTensor;
  /** The nodes that read it, as [ONNX type, input number]. */
  readonly uses: readonly (readonly [string, number])[];
  /** It is a Constant node, not an initialiser. */
  readonly isNode: boolean;
}

export interface DecodeOptions {
  /**
   * Which stored values (initialisers and Constant nodes) become states (trainable, replaceable) instead of constants.
   * Default: none.
   */
  readonly asState?: (name: string, value: HostTensor, stored: StoredValue) => boolean;
  /** Sizes of free dimensions by their name in the model: `{ batch: 8 }`; for nameless ones `{ "input:0": 8 }`. */
  readonly dimensions?: Readonly<Record<string, number>>;
  /** Shapes of inputs by name, instead of those that the file states. */
  readonly shapes?: Readonly<Record<string, Shape>>;
  /** Size of the first axis of every input that `shapes` does not name, whatever the model says. */
  readonly batch?: number;
  /** Inputs with values that never change: they become constants, as shape rules need them. */
  readonly bind?: Readonly<Record<string, HostTensor>>;
  /** Names of values to return instead of the model's outputs: cuts the model there. */
  readonly outputs?: readonly string[];
  /** Files beside the model that hold its initialisers. Default: such a model is refused. */
  readonly external?: ExternalData;
  /** File name for error messages. */
  readonly source?: string;
}

/**
 * Operator sets of the default domain that can be read. Before 7 operators of two tensors broadcast by another rule;
 * the few types below mean the same in every set.
 */
const opsets = { least: 7n, most: 28n } as const;
const timeless: ReadonlySet<string> = new Set(["Identity", "Not", "Shape", "Size", "Softplus", "Transpose"]);

/**
 * Reads an ONNX model, whoever wrote it, into a program of ours: every node goes through its operator's attribute and
 * shape rule, so that what reaches ONNX Runtime later was written by our encoder. Operator sets 7 to 28, as far as the
 * operators are in `importableTypes`; differences between the sets are settled here.
 *
 * @throws FoveaError listing every unsupported operator by name and count, or naming the first malformed field
 */
export function decodeModel(bytes: Uint8Array, options: DecodeOptions = {}): DecodedModel {
  const { source = "ONNX model" } = options;
  const model = parse(bytes, source);
  const graph = model.graph;
  if (graph === undefined) throw new FoveaError("onnx/graph", `${source}: the model holds no graph`);
  const opset = checkModel(model, graph, source);
  const reader = new GraphReader(graph, opset, { ...options, source });
  const wanted = options.outputs ?? graph.output.map(({ name }) => name);
  const outputs = Object.fromEntries(wanted.map((name) => [name, reader.output(name)]));
  const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
  return { program: program({ outputs }), states: reader.states, metadata };
}

function parse(bytes: Uint8Array, source: string): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes);
  } catch (cause) {
    throw new FoveaError("onnx/protobuf", `${source}: not an ONNX file (${bytes.length} bytes are no ModelProto)`, {
      hint: "the file may be truncated: compare its size with the source's",
      cause,
    });
  }
}

/** @returns the operator set of the default domain */
function checkModel(model: ModelProto, graph: GraphProto, source: string): number {
  if (graph.node.length > defaultLimits.onnxNodes)
    throw new FoveaError("onnx/limit", `${source}: ${graph.node.length} nodes, at most ${defaultLimits.onnxNodes}`);
  const opset = model.opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx")?.version;
  refuseUnsupported(graph, source);
  const least = graph.node.every(({ opType }) => timeless.has(opType)) ? 1n : opsets.least;
  if (opset === undefined || opset < least || opset > opsets.most)
    throw new FoveaError(
      "onnx/opset",
      `${source}: operator set ${opset ?? "none"}; ${opsets.least} to ${opsets.most} can be read`,
    );
  return Number(opset);
}

function refuseUnsupported(graph: GraphProto, source: string): void {
  const counts = new Map<string, number>();
  for (const { opType, domain } of graph.node) {
    if (conversionOf(opType, domain) !== undefined) continue;
    const name = domain === "" ? opType : `${domain}.${opType}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  if (counts.size === 0) return;
  const list = [...counts].sort().map(([name, count]) => `${name} (${count})`);
  throw new FoveaError(
    "onnx/unsupported",
    `${source}: ${counts.size} operator types are not supported: ${list.join(", ")}`,
  );
}

/** Builds our graph from a model's, node by node. */
class GraphReader {
  readonly states = new Map<string, HostTensor>();
  private readonly tensors = new Map<string, Tensor>();
  private readonly uses: ReadonlyMap<string, readonly (readonly [string, number])[]>;
  private readonly opset: number;
  private readonly options: DecodeOptions & { readonly source: string };

  constructor(graph: GraphProto, opset: number, options: DecodeOptions & { readonly source: string }) {
    this.opset = opset;
    this.options = options;
    this.uses = usesOf(graph);
    const { source, external, bind = {} } = options;
    for (const proto of graph.initializer)
      this.addStored(proto.name, hostTensorOf(proto, `initialiser ${proto.name}`, source, external), false);
    for (const info of graph.input) {
      const bound = bind[info.name];
      if (bound !== undefined) this.tensors.set(info.name, constant(bound));
      else if (!this.tensors.has(info.name)) this.tensors.set(info.name, this.leafOf(info));
    }
    const results = new Set(options.outputs ?? graph.output.map(({ name }) => name));
    for (const node of graph.node) this.addNode(node, results);
  }

  output(name: string): Tensor {
    const tensor = this.tensors.get(name);
    if (tensor !== undefined) return tensor;
    const guess = nearest(name, [...this.tensors.keys()]);
    throw new FoveaError(
      "onnx/name",
      `${this.options.source}: output ${name} refers to ${JSON.stringify(name)}, which nothing before it makes`,
      guess === undefined ? {} : { hint: `did you mean ${guess}?` },
    );
  }

  private addStored(name: string, value: HostTensor, isNode: boolean): void {
    const { asState = () => false } = this.options;
    const isState = asState(name, value, { name, value, isNode, uses: this.uses.get(name) ?? [] });
    if (isState) this.states.set(name, value);
    this.add(name, isState ? state(name, value.shape, value.dtype) : constant(value));
  }

  private addNode(node: NodeProto, results: ReadonlySet<string>): void {
    const { source, external } = this.options;
    const inputs = node.input.map((name) => (name === "" ? undefined : this.lookUp(name, node)));
    while (inputs.length > 0 && inputs[inputs.length - 1] === undefined) inputs.pop();
    const first = inputs[0];
    // the encoder names outputs by an Identity; kept, it would stand twice when the model is written again
    if (node.opType === "Identity" && inputs.length === 1 && first !== undefined && results.has(node.output[0] ?? ""))
      return this.add(node.output[0], first);
    const attributes = new ForeignAttributes(node.attribute, node.opType, source, (proto, what) =>
      hostTensorOf(proto, what, source, external),
    );
    if (node.opType === "Constant" && attributes.has("value")) {
      const value = attributes.tensor("value");
      if (value !== undefined) return this.addStored(node.output[0] ?? "", value, true);
    }
    const convert = conversionOf(node.opType, node.domain);
    if (convert === undefined) throw new Error(`${node.opType} was not refused`); // refuseUnsupported has seen every node
    const given = this.options.batch === undefined ? inputs : withFreeBatch(node.opType, inputs);
    const foreign = { type: node.opType, opset: this.opset, inputs: given, attributes, outputs: node.output };
    const outputs = guarded(`${source}: ${node.opType} ${node.name}`, () => convert(foreign));
    attributes.checkAllRead();
    node.output.forEach((name, i) => {
      const tensor = outputs[i];
      if (name === "") return;
      if (tensor === undefined)
        throw new FoveaError("onnx/output", `${source}: ${node.opType} ${node.name} has no output ${i}`);
      this.add(name, tensor);
    });
  }

  private add(name: string, tensor: Tensor): void {
    if (this.tensors.has(name))
      throw new FoveaError("onnx/name", `${this.options.source}: two values are named ${name}`);
    this.tensors.set(name, tensor);
  }

  private lookUp(name: string, node: NodeProto): Tensor {
    const tensor = this.tensors.get(name);
    if (tensor !== undefined) return tensor;
    throw new FoveaError(
      "onnx/name",
      `${this.options.source}: an input of ${node.opType} ${node.name} refers to ${JSON.stringify(name)}, which nothing before it makes`,
    );
  }

  private leafOf(info: ValueInfoProto): Tensor {
    const { source, dimensions = {}, shapes = {}, batch } = this.options;
    const type = info.type?.value;
    if (type?.case !== "tensorType") {
      const kind = type?.case?.replace(/Type$/, "") ?? "value without a type";
      throw new FoveaError("onnx/type", `${source}: input ${info.name} is a ${kind}, not a tensor`);
    }
    const shape: Shape =
      shapes[info.name] ??
      (type.value.shape?.dim ?? []).map(({ value }, i) => {
        if (i === 0 && batch !== undefined) return batch;
        if (value.case === "dimValue" && value.value >= 0n)
          return safeInteger(value.value, `input ${info.name}`, source);
        const names = [...(value.case === "dimParam" ? [value.value] : []), `${info.name}:${i}`];
        const found = names.map((name) => dimensions[name]).find((size) => size !== undefined);
        if (found !== undefined) return found;
        throw new FoveaError("onnx/shape", `${source}: input ${info.name} has a free dimension ${names[0]}`, {
          hint: `programs are compiled for fixed shapes: give its size, dimensions: { "${names[0]}": 1 }`,
        });
      });
    return input(info.name, shape, dtypeOf(type.value.elemType, `input ${info.name}`, source));
  }
}

/** A Reshape to a fixed shape of another batch size keeps its other sizes. */
function withFreeBatch(type: string, inputs: readonly (Tensor | undefined)[]): readonly (Tensor | undefined)[] {
  const [x, shape, ...more] = inputs;
  if (type !== "Reshape" || x === undefined || shape?.producer.kind !== "constant") return inputs;
  const sizes = Array.from(shape.producer.value.data as ArrayLike<number | bigint>, Number);
  if (sizes.some((size) => size <= 0) || sizeOf(sizes) === x.size) return inputs;
  return [x, int64Constant([-1, ...sizes.slice(1)]), ...more];
}

/** A node so malformed that its conversion trips over it (axes that are no axes) is the file's mistake, not ours. */
function guarded<T>(what: string, build: () => T): T {
  try {
    return build();
  } catch (cause) {
    if (!(cause instanceof TypeError || cause instanceof RangeError)) throw cause;
    throw new FoveaError("onnx/node", `${what}: its inputs and attributes do not fit each other (${cause.message})`, {
      cause,
    });
  }
}

function usesOf(graph: GraphProto): ReadonlyMap<string, readonly (readonly [string, number])[]> {
  const uses = new Map<string, (readonly [string, number])[]>();
  for (const { opType, input: names } of graph.node)
    names.forEach((name, i) => {
      const before = uses.get(name);
      if (before === undefined) uses.set(name, [[opType, i]]);
      else before.push([opType, i]);
    });
  return uses;
}
