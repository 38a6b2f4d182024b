/** One folder of the ONNX project's operator tests: `model.onnx` and `test_data_set_I/{input,output}_J.pb`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, TensorProtoSchema } from "onnx-buf";
import type { HostTensor } from "../../../src/graph/dtype.ts";
import { hostTensorOf } from "../../../src/graph/onnx/tensor-proto.ts";

export interface DataSet {
  readonly inputs: Readonly<Record<string, HostTensor>>;
  readonly outputs: ReadonlyMap<string, HostTensor>;
}

export interface SuiteCase {
  readonly name: string;
  readonly model: Uint8Array;
  /** ONNX types of its nodes. */
  readonly types: readonly string[];
  /** In the order of the model. */
  readonly inputNames: readonly string[];
  /** Reads a data set. Throws a `FoveaError` for an element type that is not ours. */
  dataSets(): DataSet[];
}

/** Names of the folders below `directory` that are cases, sorted. */
export const findSuite = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(directory, entry.name, "test_data_set_0")))
    .map(({ name }) => name)
    .filter((name) => existsSync(join(directory, name, "model.onnx")))
    .sort();

export function readSuiteCase(directory: string, name: string): SuiteCase {
  const folder = join(directory, name);
  const model = new Uint8Array(readFileSync(join(folder, "model.onnx")));
  const { graph } = fromBinary(ModelProtoSchema, model);
  const stored = new Set(graph?.initializer.map((value) => value.name));
  const inputNames = (graph?.input ?? []).map((info) => info.name).filter((input) => !stored.has(input));
  const outputNames = (graph?.output ?? []).map((info) => info.name);
  const sets = readdirSync(folder).filter((entry) => entry.startsWith("test_data_set_"));
  return {
    name,
    model,
    inputNames,
    types: [...new Set(graph?.node.map(({ opType }) => opType))].sort(),
    dataSets: () =>
      sets.map((set) => ({
        inputs: Object.fromEntries(tensorsOf(join(folder, set), "input", inputNames)),
        outputs: new Map(tensorsOf(join(folder, set), "output", outputNames)),
      })),
  };
}

function tensorsOf(folder: string, kind: string, names: readonly string[]): [string, HostTensor][] {
  return names.flatMap((name, i): [string, HostTensor][] => {
    const path = join(folder, `${kind}_${i}.pb`);
    if (!existsSync(path)) return [];
    const proto = fromBinary(TensorProtoSchema, new Uint8Array(readFileSync(path)));
    return [[name, hostTensorOf(proto, `${kind} ${name}`, path)]];
  });
}
