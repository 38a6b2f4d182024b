import type { AttributeSpec } from "../../attributes.ts";
import type { OperatorRecord } from "../../node.ts";
import type { Tensor } from "../../tensor.ts";
import { folded } from "../fold.ts";
import type { Conversion } from "../foreign-node.ts";
import { findOperator } from "../../registry.ts";

/** Our operator of the same type, inputs and attributes as they are. */
export const asIs: Conversion = ({ type, inputs, attributes, outputs }) =>
  applied(operator(type), inputs, attributes, outputs);

/** The same where inputs after the first must be constants: they are computed if need be. */
export const asIsOnConstants: Conversion = (node) =>
  asIs({ ...node, inputs: node.inputs.map((tensor, i) => (i === 0 ? tensor : tensor && folded(tensor))) });

/** The same for an operator of ONNX Runtime's own domain. */
export const asIsIn =
  (domain: string): Conversion =>
  ({ type, inputs, attributes, outputs }) =>
    applied(operator(type, domain), inputs, attributes, outputs);

const applied = (
  record: OperatorRecord,
  inputs: readonly (Tensor | undefined)[],
  attributes: Parameters<Conversion>[0]["attributes"],
  outputs: readonly string[],
): readonly Tensor[] =>
  record.apply(
    inputs,
    attributes.matching(record.attributes as Readonly<Record<string, AttributeSpec>>), // a record forgets the kinds
    outputs.length,
  );

function operator(type: string, domain = ""): OperatorRecord {
  const found = findOperator(type, domain);
  if (found === undefined) throw new Error(`the import table names ${type}, which is no operator of ours`);
  return found;
}
