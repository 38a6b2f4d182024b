import { fromBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from "onnx-buf";
import { FoveaError } from "../../errors/fovea-error.ts";
import type { AttributeValue } from "../attributes.ts";
import { dtypeOfCode, dtypes, sizeOf, type DType, type HostTensor, type Shape } from "../dtype.ts";
import { constant, input, state } from "../leaf.ts";
import type { OperatorRecord } from "../node.ts";
import { program, type Program } from "../program.ts";
import { findOperator } from "../registry.ts";
import { show, type Tensor } from "../tensor.ts";

export interface DecodedModel {
  readonly program: Program;
  /** Values of the states that `asState` chose. */
  readonly states: ReadonlyMap<string, HostTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface DecodeOptions {
  /** Which initialisers become states (trainable, replaceable) instead of constants. Default: none. */
  readonly asState?: (name: string, value: HostTensor) => boolean;
  /** File name for error messages. */
  readonly source?: string;
}

/**
 * Reads an ONNX model into a program of ours: every node goes through its operator's attribute and shape rule, so that
 * what reaches ONNX Runtime later was written by our encoder.
 *
 * @throws FoveaError listing every unsupported operator by name and count, or naming the first malformed field
 */
export function decodeModel(
  bytes: Uint8Array,
  { asState = () => false, source = "ONNX model" }: DecodeOptions = {},
): DecodedModel {
  const model = parse(bytes, source);
  const graph = model.graph;
  if (graph === undefined) throw new FoveaError("onnx/graph", `${source}: the model holds no graph`);
  refuseUnsupported(model, graph, source);
  const tensors = new Map<string, Tensor>();
  const states = new Map<string, HostTensor>();
  for (const proto of graph.initializer) {
    const value = hostTensorOf(proto, source);
    const isState = asState(proto.name, value);
    if (isState) states.set(proto.name, value);
    tensors.set(proto.name, isState ? state(proto.name, value.shape, value.dtype) : constant(value));
  }
  for (const info of graph.input) {
    if (!tensors.has(info.name)) tensors.set(info.name, leafOf(info, source));
  }
  const results = new Set(graph.output.map(({ name }) => name));
  for (const node of graph.node) {
    // the encoder names outputs by an Identity; kept, it would stand twice when the model is written again
    if (node.opType === "Identity" && node.input.length === 1 && results.has(node.output[0] ?? ""))
      addValue(tensors, node.output[0], lookUp(tensors, node.input[0], `output ${node.output[0]}`, source), source);
    else addNode(node, tensors, source);
  }
  const outputs = Object.fromEntries(
    graph.output.map(({ name }) => [name, lookUp(tensors, name, `output ${name}`, source)]),
  );
  const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
  return { program: program({ outputs }), states, metadata };
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

function refuseUnsupported(model: ModelProto, graph: GraphProto, source: string): void {
  const opset = model.opsetImport.find(({ domain }) => domain === "" || domain === "ai.onnx")?.version;
  if (opset === undefined || opset < 18n || opset > 23n) {
    throw new FoveaError("onnx/opset", `${source}: operator set ${opset ?? "none"}; 18 to 23 can be read`);
  }
  const counts = new Map<string, number>();
  for (const { opType, domain } of graph.node) {
    if (operatorFor(opType, domain) !== undefined) continue;
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

const operatorFor = (type: string, domain: string): OperatorRecord | undefined =>
  findOperator(type, domain === "ai.onnx" ? "" : domain);

function addNode(node: NodeProto, tensors: Map<string, Tensor>, source: string): void {
  const operator = operatorFor(node.opType, node.domain) as OperatorRecord; // refuseUnsupported has seen every node
  const inputs = node.input.map((name) =>
    name === "" ? undefined : lookUp(tensors, name, `an input of ${node.opType} ${node.name}`, source),
  );
  const attributes = Object.fromEntries(
    node.attribute.map((attribute) => [attribute.name, valueOf(attribute, operator, source)]),
  );
  const outputs = operator.apply(inputs, attributes, node.output.length);
  node.output.forEach((name, i) => {
    const tensor = outputs[i];
    if (name === "") return;
    if (tensor === undefined)
      throw new FoveaError("onnx/output", `${source}: ${node.opType} ${node.name} has no output ${i}`);
    addValue(tensors, name, tensor, source);
  });
}

function addValue(tensors: Map<string, Tensor>, name: string, tensor: Tensor, source: string): void {
  if (tensors.has(name)) throw new FoveaError("onnx/name", `${source}: two values are named ${name}`);
  tensors.set(name, tensor);
}

function lookUp(tensors: ReadonlyMap<string, Tensor>, name: string, what: string, source: string): Tensor {
  const tensor = tensors.get(name);
  if (tensor === undefined)
    throw new FoveaError(
      "onnx/name",
      `${source}: ${what} refers to ${JSON.stringify(name)}, which nothing before it makes`,
    );
  return tensor;
}

function valueOf(attribute: AttributeProto, operator: OperatorRecord, source: string): AttributeValue {
  const kind = operator.attributes[attribute.name]?.kind;
  if (kind !== undefined && AttributeProto_AttributeType[attribute.type] !== kind.toUpperCase())
    throw new FoveaError("onnx/attribute", `${source}: ${operator.type}.${attribute.name} is not of the kind ${kind}`);
  switch (kind) {
    case "int":
      return safeInteger(attribute.i, `${operator.type}.${attribute.name}`, source);
    case "float":
      return attribute.f;
    case "string":
      return new TextDecoder().decode(attribute.s);
    case "ints":
      return attribute.ints.map((value) => safeInteger(value, `${operator.type}.${attribute.name}`, source));
    case "floats":
      return attribute.floats;
    default:
      throw new FoveaError(
        "onnx/attribute",
        `${source}: ${operator.type} has an attribute ${attribute.name} that is not supported`,
      );
  }
}

function leafOf(info: ValueInfoProto, source: string): Tensor {
  const type = info.type?.value;
  if (type?.case !== "tensorType") throw new FoveaError("onnx/type", `${source}: input ${info.name} is not a tensor`);
  const shape = (type.value.shape?.dim ?? []).map(({ value }) => {
    if (value.case !== "dimValue") {
      throw new FoveaError("onnx/shape", `${source}: input ${info.name} has a free dimension ${value.value ?? "?"}`, {
        hint: "programs are compiled for fixed shapes: export the model with fixed sizes",
      });
    }
    return safeInteger(value.value, `input ${info.name}`, source);
  });
  return input(info.name, shape, dtypeOf(type.value.elemType, `input ${info.name}`, source));
}

/** Reads an initialiser; raw data only if its length is what shape and dtype need. */
function hostTensorOf(proto: TensorProto, source: string): HostTensor {
  const what = `initialiser ${proto.name}`;
  const shape: Shape = proto.dims.map((size) => safeInteger(size, what, source));
  const dtype = dtypeOf(proto.dataType, what, source);
  if (proto.externalData.length > 0)
    throw new FoveaError("onnx/external", `${source}: ${what} lies in an external file, which is not read`);
  const bytes = sizeOf(shape) * dtypes[dtype].bytes;
  if (proto.rawData.length > 0 || bytes === 0) {
    if (proto.rawData.length !== bytes)
      throw new FoveaError(
        "onnx/length",
        `${source}: ${what} ${show({ shape, dtype })} needs ${bytes} bytes and has ${proto.rawData.length}`,
      );
    const copy = new Uint8Array(proto.rawData).buffer; // aligned for every element type; a Buffer.slice would not copy
    return { dtype, shape, data: new dtypes[dtype].array(copy) };
  }
  return { dtype, shape, data: listedData(proto, dtype, sizeOf(shape), what, source) };
}

function listedData(proto: TensorProto, dtype: DType, size: number, what: string, source: string): HostTensor["data"] {
  const list =
    dtype === "float32"
      ? proto.floatData
      : dtype === "int64"
        ? proto.int64Data
        : dtype === "float64"
          ? proto.doubleData
          : proto.int32Data;
  if (list.length !== size)
    throw new FoveaError("onnx/length", `${source}: ${what} needs ${size} values and has ${list.length}`);
  if (dtype === "int64") return BigInt64Array.from(list as bigint[]);
  return dtypes[dtype].array.from(list as number[]) as HostTensor["data"];
}

function dtypeOf(code: number, what: string, source: string): DType {
  const found = dtypeOfCode(code);
  if (found === undefined)
    throw new FoveaError("onnx/dtype", `${source}: ${what} has element type ${code}, which is not supported`);
  return found;
}

function safeInteger(value: bigint, what: string, source: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number))
    throw new FoveaError("onnx/integer", `${source}: ${what} holds ${value}, beyond 2^53`);
  return number;
}
