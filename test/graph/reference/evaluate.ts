/**
 * The reference evaluator: runs a program's nodes one by one on float64 arrays; what is float16 in the program is rounded
 * to it after each node, as a device with float16 does. Plain and slow; the golden cases check
 * it (evaluate.test.ts), and it checks gradients (gradients.test.ts).
 */
import { widenFloat16 } from "../../../src/formats/safetensors-dtypes.ts";
import type { HostTensor } from "../../../src/graph/dtype.ts";
import type { Program } from "../../../src/graph/program.ts";
import { toFloat16, type Tensor } from "../../../src/graph/tensor.ts";
import { elementwise } from "./elementwise.ts";
import type { KernelTable } from "./kernel.ts";
import { layouts } from "./layouts.ts";
import type { NdArray } from "./nd-array.ts";
import { products } from "./products.ts";
import { reductions } from "./reductions.ts";
import { resize } from "./resize.ts";
import { windows } from "./windows.ts";

export const kernels: KernelTable = {
  ...elementwise,
  ...reductions,
  ...products,
  ...layouts,
  ...windows,
  Resize: resize,
};

export const toFloat64 = ({ dtype, shape, data }: HostTensor): NdArray => ({
  shape,
  data: Float64Array.from(dtype === "float16" ? widenFloat16(data as Uint16Array) : data, Number), // the array of float16
});

const rounded = ({ shape, data }: NdArray): NdArray => ({
  shape,
  data: Float64Array.from(widenFloat16(Uint16Array.from(data, toFloat16))),
});

/** Outputs by name. Inputs and states are fed by name. */
export function evaluate(program: Program, feeds: Readonly<Record<string, NdArray>>): Map<string, NdArray> {
  const values = new Map<Tensor, NdArray>();
  for (const [name, tensor] of [...program.inputs, ...program.states]) values.set(tensor, feeds[name]);
  const valueOf = (tensor: Tensor): NdArray => {
    const known = values.get(tensor);
    if (known !== undefined) return known;
    if (tensor.producer.kind !== "constant") throw new Error("a tensor is used before the node that makes it");
    return toFloat64(tensor.producer.value);
  };
  for (const node of program.nodes) {
    const kernel = kernels[node.operator.type];
    if (kernel === undefined) throw new Error(`the reference evaluator has no ${node.operator.type}`);
    const inputs = node.inputs.map((tensor) => (tensor === undefined ? undefined : valueOf(tensor)));
    const results = kernel(
      inputs as readonly NdArray[], // absent ones are undefined, see Kernel
      node.attributes,
      node.outputs.map(({ shape }) => shape),
    );
    node.outputs.forEach((tensor, i) =>
      values.set(tensor, tensor.dtype === "float16" ? rounded(results[i]) : results[i]),
    );
  }
  return new Map([...program.outputs].map(([name, tensor]) => [name, valueOf(tensor)]));
}
