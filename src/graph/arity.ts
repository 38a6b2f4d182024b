import { FoveaError } from "../errors/fovea-error.ts";

/**
 * Checks how many inputs and outputs a node has against the operator's lists: `"b?"` may be absent, `"...xs"` is any
 * number. Our own calls cannot be wrong here; a model from elsewhere can.
 */
export function checkArity(
  type: string,
  names: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
  inputs: readonly unknown[],
  outputCount: number,
): void {
  const required = (name: string): boolean => !name.startsWith("...") && !name.endsWith("?");
  const absent = names.inputs.find((name, i) => required(name) && inputs[i] === undefined);
  if (absent !== undefined) throw new FoveaError("graph/input", `${type}: input ${absent} is missing`);
  const list = names.inputs.findIndex((name) => name.startsWith("..."));
  if (list >= 0 && inputs.slice(list).includes(undefined))
    throw new FoveaError("graph/input", `${type}: one of the inputs ${names.inputs[list].slice(3)} is missing`);
  if (list < 0 && inputs.length > names.inputs.length)
    throw new FoveaError("graph/input", `${type} has ${names.inputs.length} inputs, got ${inputs.length}`);
  const anyOutputs = names.outputs.some((name) => name.startsWith("..."));
  if (!anyOutputs && outputCount > names.outputs.length)
    throw new FoveaError("graph/output", `${type} has ${names.outputs.length} outputs, got ${outputCount}`);
}
