import { AttributeProto_AttributeType, type AttributeProto, type GraphProto, type TensorProto } from "onnx-buf";
import { FoveaError } from "../../errors/fovea-error.ts";
import type { AttributeSpec, AttributeValue } from "../attributes.ts";
import type { HostTensor } from "../dtype.ts";
import type { Tensor } from "../tensor.ts";
import { safeInteger } from "./tensor-proto.ts";

/** A node of a model that somebody else wrote, its inputs already ours. */
export interface ForeignNode {
  readonly type: string;
  /** Of its domain, as the model declares it. */
  readonly opset: number;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes: ForeignAttributes;
  /** Names of the outputs; "" for one that is not wanted. */
  readonly outputs: readonly string[];
}

/** Builds the outputs of a foreign node from our operators. Throws a `FoveaError` that names the operator. */
export type Conversion = (node: ForeignNode) => readonly Tensor[];

/** Attributes of a foreign node, read by kind. One that nobody reads is refused: the node would mean something else. */
export class ForeignAttributes {
  private readonly protos: ReadonlyMap<string, AttributeProto>;
  private readonly unread: Set<string>;
  private readonly type: string;
  private readonly source: string;
  private readonly toHost: (proto: TensorProto, what: string) => HostTensor;

  constructor(
    protos: readonly AttributeProto[],
    type: string,
    source: string,
    toHost: (proto: TensorProto, what: string) => HostTensor,
  ) {
    this.protos = new Map(protos.map((proto) => [proto.name, proto]));
    this.unread = new Set(this.protos.keys());
    this.type = type;
    this.source = source;
    this.toHost = toHost;
  }

  has(name: string): boolean {
    return this.protos.has(name);
  }

  int(name: string): number | undefined;
  int(name: string, otherwise: number): number;
  int(name: string, otherwise?: number): number | undefined {
    const proto = this.read(name, AttributeProto_AttributeType.INT);
    return proto === undefined ? otherwise : safeInteger(proto.i, `${this.type}.${name}`, this.source);
  }

  float(name: string): number | undefined;
  float(name: string, otherwise: number): number;
  float(name: string, otherwise?: number): number | undefined {
    return this.read(name, AttributeProto_AttributeType.FLOAT)?.f ?? otherwise;
  }

  text(name: string): string | undefined;
  text(name: string, otherwise: string): string;
  text(name: string, otherwise?: string): string | undefined {
    const proto = this.read(name, AttributeProto_AttributeType.STRING);
    return proto === undefined ? otherwise : new TextDecoder().decode(proto.s);
  }

  ints(name: string): number[] | undefined {
    const proto = this.read(name, AttributeProto_AttributeType.INTS);
    return proto?.ints.map((value) => safeInteger(value, `${this.type}.${name}`, this.source));
  }

  floats(name: string): number[] | undefined {
    return this.read(name, AttributeProto_AttributeType.FLOATS)?.floats;
  }

  tensor(name: string): HostTensor | undefined {
    const proto = this.read(name, AttributeProto_AttributeType.TENSOR)?.t;
    return proto === undefined ? undefined : this.toHost(proto, `${this.type}.${name}`);
  }

  graph(name: string): GraphProto | undefined {
    return this.read(name, AttributeProto_AttributeType.GRAPH)?.g;
  }

  /** Reads and forgets: an attribute that changes nothing here (a hint, a default of the caller's). */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.unread.delete(name);
  }

  /** What `specs` name, by kind, for an operator of ours that has the same attributes. */
  matching(specs: Readonly<Record<string, AttributeSpec>>): Record<string, AttributeValue | undefined> {
    const read = { int: "int", float: "float", string: "text", ints: "ints", floats: "floats" } as const;
    const values = Object.entries(specs).map(([name, { kind }]) => [name, this[read[kind]](name)] as const);
    return Object.fromEntries(values.filter(([, value]) => value !== undefined));
  }

  checkAllRead(): void {
    const [name] = this.unread;
    if (name === undefined) return;
    throw new FoveaError(
      "onnx/attribute",
      `${this.source}: ${this.type} has an attribute ${name} that is not supported`,
    );
  }

  private read(name: string, type: AttributeProto_AttributeType): AttributeProto | undefined {
    this.unread.delete(name);
    const proto = this.protos.get(name);
    if (proto === undefined || proto.type === type) return proto;
    const kind = AttributeProto_AttributeType[type].toLowerCase();
    throw new FoveaError("onnx/attribute", `${this.source}: ${this.type}.${name} is not of the kind ${kind}`);
  }
}
