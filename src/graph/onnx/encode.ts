import { create, toBinary } from "@bufbuild/protobuf";
import { GraphProtoSchema, ModelProtoSchema, type GraphProto } from "onnx-buf";
import type { HostTensor } from "../dtype.ts";
import type { Program } from "../program.ts";
import type { ExternalWeights } from "./external-weights.ts";
import { GraphWriter, type NamedTensors } from "./graph-writer.ts";
import { nextName } from "./next-name.ts";
import { repeatedGraph } from "./repeated-graph.ts";

/** ONNX operator set that the operators are defined for, and the IR version that goes with it. */
const onnxVersions = { irVersion: 10n, opset: 20n, domains: ["com.microsoft", "com.microsoft.nchwc"] } as const;

export interface EncodeOptions {
  /** Values of states by name: these become initialisers instead of inputs (an exported model). */
  readonly initialisers?: ReadonlyMap<string, HostTensor>;
  /** `metadata_props` of the model. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Takes the values of large initialisers; the caller writes them to the file beside the model. Default: all inside. */
  readonly external?: ExternalWeights | undefined;
  /** Number of times that one run repeats the program; see `repeatedGraph`. Default 1. */
  readonly repeat?: number;
}

/**
 * Writes a program as an ONNX model. States are inputs and their updates outputs, unless `initialisers` holds them.
 *
 * A message of protobuf ends at 2 GiB: `externalWeightsFor` says whether values have to lie beside the model.
 */
export function encodeModel(
  program: Program,
  { initialisers = new Map<string, HostTensor>(), metadata = {}, external, repeat = 1 }: EncodeOptions = {},
): Uint8Array<ArrayBuffer> {
  const graph = repeat === 1 ? onceGraph(program, initialisers, external) : repeatedGraph(program, repeat, external);
  const model = create(ModelProtoSchema, {
    irVersion: onnxVersions.irVersion,
    producerName: "fovea",
    opsetImport: [
      { domain: "", version: opsetOf(program) },
      ...domainsOf(program).map((domain) => ({ domain, version: 1n })),
    ],
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
    graph,
  });
  return toBinary(ModelProtoSchema, model) as Uint8Array<ArrayBuffer>;
}

function onceGraph(
  program: Program,
  initialisers: ReadonlyMap<string, HostTensor>,
  external: ExternalWeights | undefined,
): GraphProto {
  const outputs: NamedTensors = [
    ...program.outputs,
    ...[...program.updates].map(([name, tensor]) => [nextName(name), tensor] as const),
  ];
  const writer = new GraphWriter(program, outputs, [...program.inputs.keys(), ...program.states.keys()], external);
  for (const [name, tensor] of program.inputs) writer.addInput(name, tensor);
  for (const [name, tensor] of program.states) {
    const value = initialisers.get(name);
    if (value === undefined) writer.addInput(name, tensor);
    else writer.addInitialiser(name, tensor, value);
  }
  for (const node of program.nodes) writer.addNode(node);
  for (const [name, tensor] of outputs) writer.addOutput(name, tensor);
  return create(GraphProtoSchema, { name: "fovea", ...writer.graph() });
}

const domainsOf = ({ nodes }: Program): string[] =>
  [...new Set(nodes.map(({ operator }) => operator.domain))].filter((domain) => domain !== "");

/** Ours, or that of the newest operator in the program: what we write means the same in both. */
const opsetOf = ({ nodes }: Program): bigint =>
  nodes.reduce(
    (opset, { operator }) =>
      operator.domain === "" && BigInt(operator.opset) > opset ? BigInt(operator.opset) : opset,
    onnxVersions.opset as bigint,
  );
