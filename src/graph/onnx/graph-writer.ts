import { create } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
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
import type { ExternalWeights } from "./external-weights.ts";
import { bytesOf } from "./tensor-bytes.ts";

/** What a graph says of a value. */
export type TensorForm = Pick<Tensor, "shape" | "dtype">;

/** What a graph returns: names and tensors. */
export type NamedTensors = readonly (readonly [string, Tensor])[];

/** Writes nodes and values of one graph; whoever uses it says what goes in and out. */
export class GraphWriter {
  private readonly names = new Map<Tensor, string>();
  private readonly nodes: NodeProto[] = [];
  private readonly inputs: ValueInfoProto[] = [];
  private readonly outputs: ValueInfoProto[] = [];
  private readonly values: ValueInfoProto[] = [];
  private readonly initialisers: TensorProto[] = [];
  private readonly constants = new Map<string, string>();
  /** Nodes are numbered within their graph: the same program gives the same bytes, whatever was built before it. */
  private count = 0;
  private readonly used: ReadonlySet<Tensor>;
  /** Names that the program gives; ours keep away from them. */
  private readonly given: ReadonlySet<string>;
  /** The name under which a node writes an output of the program directly: no Identity, which ONNX Runtime copies. */
  private readonly outputNames = new Map<Tensor, string>();

  private readonly external: ExternalWeights | undefined;

  /**
   * @param given names that others in the model have
   * @param external takes the values of initialisers that are worth it
   */
  constructor(program: Program, outputs: NamedTensors, given: Iterable<string>, external?: ExternalWeights) {
    this.used = usedTensors(program);
    this.external = external;
    this.given = new Set([...given, ...outputs.map(([name]) => name)]);
    for (const [name, tensor] of outputs) {
      if (tensor.producer.kind === "node" && !this.outputNames.has(tensor)) this.outputNames.set(tensor, name);
    }
  }

  addInput(name: string, tensor: Tensor): void {
    this.names.set(tensor, name);
    this.addDeclared(name, tensor);
  }

  /** An input that no tensor of the program stands for. */
  addDeclared(name: string, form: TensorForm): void {
    this.inputs.push(valueInfo(name, form));
  }

  /** An output that `addRaw` makes. */
  declareOutput(name: string, form: TensorForm): void {
    this.outputs.push(valueInfo(name, form));
  }

  /** @returns `name` */
  addStored(name: string, value: HostTensor): string {
    this.initialisers.push(this.stored(name, value));
    return name;
  }

  addInitialiser(name: string, tensor: Tensor, value: HostTensor): void {
    this.names.set(tensor, this.addStored(name, value));
  }

  /** A value of the graph around this one, or one that `addRaw` makes. */
  addKnown(name: string, tensor: Tensor): void {
    this.names.set(tensor, name);
  }

  /** A node that no operator of ours describes. */
  addRaw(node: NodeProto): void {
    this.nodes.push(node);
  }

  addNode(node: Node): void {
    const { operator } = node;
    const number = this.count++;
    const output = node.outputs.map((tensor, i) => {
      if (isOptional(operator.outputs[Math.min(i, operator.outputs.length - 1)]) && !this.used.has(tensor)) return "";
      const own = this.outputNames.get(tensor);
      const name = own ?? this.fresh(`v${number}${i === 0 ? "" : `_${i}`}`);
      this.names.set(tensor, name);
      if (own === undefined) this.values.push(valueInfo(name, tensor));
      return name;
    });
    while (output[output.length - 1] === "") output.pop();
    this.nodes.push(
      create(NodeProtoSchema, {
        name: `${node.scope === "" ? "" : `${node.scope}/`}${operator.type}_${number}`,
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
    if (known === undefined) this.initialisers.push(this.stored(name, value));
    if (key !== undefined) this.constants.set(key, name);
    this.names.set(tensor, name);
    return name;
  }

  private stored(name: string, value: HostTensor): TensorProto {
    return this.external?.add(name, value) ?? tensorProto(name, value);
  }
}

function usedTensors(program: Program): Set<Tensor> {
  const used = new Set<Tensor>([...program.outputs.values(), ...program.updates.values()]);
  for (const node of program.nodes) for (const input of node.inputs) if (input !== undefined) used.add(input);
  return used;
}

const isOptional = (name: string | undefined): boolean => name?.endsWith("?") ?? false;

function valueInfo(name: string, { shape, dtype }: TensorForm): ValueInfoProto {
  const dim = shape.map((size) => ({ value: { case: "dimValue" as const, value: BigInt(size) } }));
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: "tensorType", value: { elemType: dtypes[dtype].onnx, shape: { dim } } } },
  });
}

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
