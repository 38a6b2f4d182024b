import { FoveaError } from "../errors/fovea-error.ts";
import type { OperatorRecord } from "./node.ts";

const records = new Map<string, OperatorRecord>();

const keyOf = (type: string, domain: string): string => (domain === "" ? type : `${domain}.${type}`);

/** Called by `defineOperator` only. The written-out list that loads every operator is `operators/list.ts`. */
export function register(record: OperatorRecord, key = keyOf(record.type, record.domain)): void {
  records.set(key, record);
}

/** The operator of an ONNX type, or undefined. */
export const findOperator = (type: string, domain = ""): OperatorRecord | undefined => records.get(keyOf(type, domain));

/** The operator of an ONNX type. Throws when it is not in the list. */
export function operatorOf(type: string, domain = ""): OperatorRecord {
  const record = findOperator(type, domain);
  if (record === undefined) {
    throw new FoveaError("graph/operator", `no operator ${keyOf(type, domain)} in this build`, {
      hint: "import tensors through `fovea/graph` (input, constant, parameter), which loads the list of operators",
    });
  }
  return record;
}

/** ONNX types of every operator that is loaded. */
export const operatorTypes = (): string[] => [...records.keys()].sort();
