import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "onnx-buf";
import type { AttributeSpec, AttributeValue } from "../attributes.ts";
import { dtypes, type HostTensor } from "../dtype.ts";
import type { Node } from "../node.ts";
import type { Program } from "../program.ts";
import type { Tensor } from "../tensor.ts";

/** ONNX operator set that the operators are defined for, and the IR version that goes with it. */
export const onnxVersions = { irVersion: 10n, opset: 20n, domains: ["com.microsoft", "com.microsoft.nchwc"] } as const;

export interface EncodeOptions {
  /** Values of states by name: these become initialisers instead of inputs (an exported model). */
  readonly initialisers?: ReadonlyMap<string, HostTensor>;
  /** `metadata_props` of the model. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Name of the graph output that holds the next value of a state. */
export const nextName = (state: string): string => `next:${state}`;

/** Writes a program as an ONNX model. States are inputs and their updates outputs, unless `initialisers` holds them. */
export function encodeModel(
  program: Program,
  { initialisers = new Map<string, HostTensor>(), metadata = {} }: EncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  const writer = new GraphWriter(program, initialisers);
  for (const [name, tensor] of program.inputs) writer.addInput(name, tensor);
  for (const [name, tensor] of program.states) writer.addState(name, tensor);
  for (const node of program.nodes) writer.addNode(node);
  for (const [name, tensor] of outputsOf(program)) writer.addOutput(name, tensor);
  const model = create(ModelProtoSchema, {
    irVersion: onnxVersions.irVersion,
    producerName: "fovea",
    opsetImport: [
      { domain: "", version: opsetOf(program) },
      ...writer.domains().map((domain) => ({ domain, version: 1n })),
    ],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph: create(GraphProtoSchema, { name: "fovea", ...writer.graph() }),
  });
  return toBinary(ModelProtoSchema, model) as Uint8Array<ArrayBuffer>;
}

/** Ours, or that of the newest operator in the program: what we write means the same in both. */
const opsetOf = ({ nodes }: Program): bigint =>
  nodes.reduce(
    (opset, { operator }) =>
      operator.domain === "" && BigInt(operator.opset) > opset ? BigInt(operator.opset) : opset,
    onnxVersions.opset as bigint,
  );

/** Everything that a run returns: outputs by name, next states as `next:NAME`. */
const outputsOf = (program: Program): (readonly [string, Tensor])[] => [
  ...program.outputs,
  ...[...program.updates].map(([name, tensor]) => [nextName(name), tensor] as const),
];

class GraphWriter {
  private readonly names = new Map<Tensor, string>();
  private readonly nodes: NodeProto[] = [];
  private readonly inputs: ValueInfoProto[] = [];
  private readonly outputs: ValueInfoProto[] = [];
  private readonly values: ValueInfoProto[] = [];
  private readonly initialisers: TensorProto[] = [];
  private readonly constants = new Map<string, string>();
  private readonly usedDomains = new Set<string>();
  private readonly stateValues: ReadonlyMap<string, HostTensor>;
  private readonly used: ReadonlySet<Tensor>;
  /** Names that the program gives; ours keep away from them. */
  private readonly given: ReadonlySet<string>;
  /** The name under which a node writes an output of the program directly: no Identity, which ONNX Runtime copies. */
  private readonly outputNames = new Map<Tensor, string>();

  constructor(program: Program, stateValues: ReadonlyMap<string, HostTensor>) {
    this.stateValues = stateValues;
    this.used = usedTensors(program);
    this.given = new Set([
      ...program.inputs.keys(),
      ...program.states.keys(),
      ...outputsOf(program).map(([name]) => name),
    ]);
    for (const [name, tensor] of outputsOf(program)) {
      if (tensor.producer.kind === "node" && !this.outputNames.has(tensor)) this.outputNames.set(tensor, name);
    }
  }

  addInput(name: string, tensor: Tensor): void {
    this.names.set(tensor, name);
    this.inputs.push(valueInfo(name, tensor));
  }

  addState(name: string, tensor: Tensor): void {
    const value = this.stateValues.get(name);
    if (value === undefined) return this.addInput(name, tensor);
    this.names.set(tensor, name);
    this.initialisers.push(tensorProto(name, value));
  }

  addNode(node: Node): void {
    const { operator } = node;
    this.usedDomains.add(operator.domain);
    const output = node.outputs.map((tensor, i) => {
      if (isOptional(operator.outputs[Math.min(i, operator.outputs.length - 1)]) && !this.used.has(tensor)) return "";
      const own = this.outputNames.get(tensor);
      const name = own ?? this.fresh(`v${node.id}${i === 0 ? "" : `_${i}`}`);
      this.names.set(tensor, name);
      if (own === undefined) this.values.push(valueInfo(name, tensor));
      return name;
    });
    while (output[output.length - 1] === "") output.pop();
    this.nodes.push(
      create(NodeProtoSchema, {
        name: `${node.scope === "" ? "" : `${node.scope}/`}${operator.type}_${node.id}`,
        opType: operator.type,
        domain: operator.domain,
        input: node.inputs.map((tensor) => (tensor === undefined ? "" : this.nameOf(tensor))),
        output,
        attribute: Object.entries(operator.attributes).flatMap(([name, spec]) =>
          attribute(name, spec as AttributeSpec, node.attributes[name]),
        ),
      }),
    );
  }

  /** A graph output is made by a node of its own name: an Identity where that is an input, a constant or shared. */
  addOutput(name: string, tensor: Tensor): void {
    this.outputs.push(valueInfo(name, tensor));
    if (this.outputNames.get(tensor) === name) return;
    this.nodes.push(
      create(NodeProtoSchema, {
        name: `output/${name}`,
        opType: "Identity",
        input: [this.nameOf(tensor)],
        output: [name],
      }),
    );
  }

  domains(): string[] {
    return [...this.usedDomains].filter((domain) => domain !== "");
  }

  graph(): {
    node: NodeProto[];
    input: ValueInfoProto[];
    output: ValueInfoProto[];
    initializer: TensorProto[];
    valueInfo: ValueInfoProto[];
  } {
    return {
      node: this.nodes,
      input: this.inputs,
      output: this.outputs,
      initializer: this.initialisers,
      valueInfo: this.values,
    };
  }

  private fresh(name: string): string {
    return this.given.has(name) ? this.fresh(`${name}_`) : name;
  }

  private nameOf(tensor: Tensor): string {
    const known = this.names.get(tensor);
    if (known !== undefined) return known;
    if (tensor.producer.kind !== "constant") throw new Error("a tensor is used before the node that makes it");
    return this.addConstant(tensor, tensor.producer.value);
  }

  /** Small constants that hold the same bytes are written once. */
  private addConstant(tensor: Tensor, value: HostTensor): string {
    const bytes = bytesOf(value);
    const key =
      bytes.length <= 1024 ? `${value.dtype}:${value.shape.join()}:${String.fromCharCode(...bytes)}` : undefined;
    const known = key === undefined ? undefined : this.constants.get(key);
    const name = known ?? this.fresh(`c${this.initialisers.length}`);
    if (known === undefined) this.initialisers.push(tensorProto(name, value));
    if (key !== undefined) this.constants.set(key, name);
    this.names.set(tensor, name);
    return name;
  }
}

function usedTensors(program: Program): Set<Tensor> {
  const used = new Set<Tensor>([...program.outputs.values(), ...program.updates.values()]);
  for (const node of program.nodes) for (const input of node.inputs) if (input !== undefined) used.add(input);
  return used;
}

const isOptional = (name: string | undefined): boolean => name?.endsWith("?") ?? false;

function valueInfo(name: string, { shape, dtype }: Tensor): ValueInfoProto {
  const dim = shape.map((size) => ({ value: { case: "dimValue" as const, value: BigInt(size) } }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: "tensorType", value: { elemType: dtypes[dtype].onnx, shape: { dim } } } },
  });
}

/** Little-endian bytes, without copying. */
export const bytesOf = ({ data }: HostTensor): Uint8Array<ArrayBuffer> =>
  // typed arrays of this project are backed by plain buffers; shared ones are copied before they come here
  new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);

function tensorProto(name: string, value: HostTensor): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dataType: dtypes[value.dtype].onnx,
    dims: value.shape.map(BigInt),
    rawData: bytesOf(value),
  });
}

function attribute(name: string, spec: AttributeSpec, value: AttributeValue | undefined): AttributeProto[] {
  if (value === undefined) return [];
  const numbers = value as readonly number[]; // the kind says which of these is meant
  switch (spec.kind) {
    case "int":
      return [
        create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value as number) }),
      ];
    case "float":
      return [create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value as number })];
    case "string":
      return [
        create(AttributeProtoSchema, {
          name,
          type: AttributeProto_AttributeType.STRING,
          s: new TextEncoder().encode(value as string),
        }),
      ];
    case "ints":
      return [
        create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: numbers.map(BigInt) }),
      ];
    case "floats":
      return [create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOATS, floats: [...numbers] })];
  }
}
