import { FoveaError } from "../errors/fovea-error.ts";
import { graphError } from "./graph-error.ts";
import { dtypes } from "./dtype.ts";
import type { Node } from "./node.ts";
import { Recomputation, type SegmentOf } from "./recompute.ts";
import { describePlace } from "./scope.ts";
import { filled, show, type Tensor } from "./tensor.ts";

/**
 * Reverse-mode gradients of the scalar `loss` with respect to each tensor of `wrt`, by building ONNX nodes; so
 * gradients of gradients come for free. Nodes that no wanted gradient needs are never reached, and so never written.
 *
 * @param upstream gradient of whatever follows with respect to `loss`, of its shape; default 1 (`loss` is a scalar)
 * @param segmentOf segments of the forward pass that the backward pass computes once more instead of keeping their
 * results (`Recomputation`); default: none
 * @returns one tensor of the same shape for each of `wrt`; zeros where `loss` does not depend on it
 * @throws FoveaError when `loss` has more than one element and no `upstream` is given, is not floating, or a gradient
 * would have to pass an operator of a foreign model that has no rule here
 */
export function grad(
  loss: Tensor,
  wrt: readonly Tensor[],
  upstream?: Tensor,
  { segmentOf }: { readonly segmentOf?: SegmentOf | undefined } = {},
): Tensor[] {
  if (!dtypes[loss.dtype].floating)
    throw graphError("grad/dtype", `grad: the loss is ${show(loss)}, a gradient needs a floating type`);
  if (loss.size !== 1 && upstream === undefined) {
    throw graphError("grad/loss", `grad: the loss is ${show(loss)}, not a scalar`, {
      hint: "reduce it first, for example with .mean()",
    });
  }
  const gradients = new Map<Tensor, Tensor>([[loss, upstream ?? filled(loss.shape, 1, loss.dtype)]]);
  const wanted = new Set(wrt);
  const recomputation = segmentOf === undefined ? undefined : new Recomputation(segmentOf);
  for (const node of nodesBetween(loss, wanted).reverse()) {
    const dOutputs = node.outputs.map((output) => gradients.get(output));
    if (dOutputs.every((d) => d === undefined)) continue;
    const rule = node.operator.gradient;
    if (rule === undefined) {
      if (node.operator.gradientless) throw noRule(node);
      continue;
    }
    const dInputs = rule(recomputation?.of(node, dOutputs) ?? node, dOutputs);
    node.inputs.forEach((input, i) => {
      const d = dInputs[i];
      if (input === undefined || d === undefined) return;
      checkShape(node, input, d);
      const before = gradients.get(input);
      gradients.set(input, before === undefined ? d : before.add(d));
    });
  }
  return wrt.map((tensor) => gradients.get(tensor) ?? filled(tensor.shape, 0, tensor.dtype));
}

/** Nodes on a path from one of `wanted` to `loss`, in topological order. */
function nodesBetween(loss: Tensor, wanted: ReadonlySet<Tensor>): Node[] {
  const depends = new Set<Tensor>(wanted);
  return reachableNodes([loss]).filter((node) => {
    const passes = node.operator.gradient !== undefined || node.operator.gradientless;
    const on = passes && node.inputs.some((input) => input !== undefined && depends.has(input));
    if (on) node.outputs.forEach((output) => depends.add(output));
    return on;
  });
}

/** Every node that `outputs` need, in topological order. */
export function reachableNodes(outputs: readonly Tensor[]): Node[] {
  const found = new Set<Node>();
  const waiting = [...outputs];
  for (let tensor = waiting.pop(); tensor !== undefined; tensor = waiting.pop()) {
    const { producer } = tensor;
    if (producer.kind !== "node" || found.has(producer)) continue;
    found.add(producer);
    for (const input of producer.inputs) if (input !== undefined) waiting.push(input);
  }
  return [...found].sort((a, b) => a.id - b.id);
}

function noRule({ operator, scope, trace }: Node): FoveaError {
  const where = describePlace(scope, trace);
  return new FoveaError("grad/operator", `grad: there is no gradient rule for ${operator.type}`, {
    hint: "freeze what lies before it, or cut the model behind it: see `outputs` of importOnnx",
    ...(where === undefined ? {} : { where }),
  });
}

/** A rule whose gradient has another shape than its input is a bug of the operator: say which, at once. */
function checkShape(node: Node, input: Tensor, d: Tensor): void {
  if (d.rank === input.rank && d.shape.every((size, i) => size === input.shape[i])) return;
  const place = describePlace(node.scope, node.trace) ?? "unknown line";
  throw new Error(`gradient rule of ${node.operator.type}: input ${show(input)} got a gradient ${show(d)} (${place})`);
}
