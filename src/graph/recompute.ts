import type { Node } from "./node.ts";
import { withScope } from "./scope.ts";
import type { Tensor } from "./tensor.ts";

/** The segment that a node belongs to, by any key; undefined: its results stay in memory. */
export type SegmentOf = (node: Node) => string | undefined;

/** One segment for each entry of a list of blocks in the path of the node's module: `student.blocks.3`, `in_blocks.0`. */
export const blockSegments: SegmentOf = ({ scope }) => /^((?:.*\.)?(?:\w+_)?blocks\.\d+)(?:\.|$)/.exec(scope)?.[1];

/**
 * Gradient checkpointing (arXiv 1604.06174): the backward pass of a segment reads a second computation of its forward
 * pass, made from the segment's inputs after the gradient has arrived at its end, so that the first one's results can be
 * freed. The values are the same bits.
 *
 * The inputs pass a barrier, x + 0 · (one element of that gradient): ONNX Runtime's elimination of common
 * subexpressions would merge the two computations otherwise, and the order of execution would be free to recompute all
 * segments before the backward pass begins. An element of the gradient that is not finite makes the segment's gradients
 * NaN, as they would be anyway.
 */
export class Recomputation {
  private readonly segmentOf: SegmentOf;
  /** By segment: the gradient that arrived first. */
  private readonly arrived = new Map<string, Tensor>();
  private readonly again = new Map<Node, readonly Tensor[]>();
  private readonly barriers = new Map<string, Map<Tensor, Tensor>>();

  constructor(segmentOf: SegmentOf) {
    this.segmentOf = segmentOf;
  }

  /** The node whose inputs and outputs a gradient rule shall read in the place of `node`'s. */
  of(node: Node, dOutputs: readonly (Tensor | undefined)[]): Node {
    const segment = this.segmentOf(node);
    const gradient = dOutputs.find((d) => d !== undefined);
    if (segment === undefined || gradient === undefined) return node;
    if (!this.arrived.has(segment)) this.arrived.set(segment, gradient);
    const inputs = node.inputs.map((tensor) => (tensor === undefined ? undefined : this.tensor(segment, tensor)));
    if (inputs.every((tensor, i) => tensor === node.inputs[i])) return node;
    return { ...node, inputs, outputs: this.outputs(segment, node) };
  }

  /** `tensor` as the second computation of `segment` sees it. */
  private tensor(segment: string, tensor: Tensor): Tensor {
    const { producer } = tensor;
    if (producer.kind !== "node") return tensor.producer.kind === "input" ? this.behind(segment, tensor) : tensor;
    if (this.segmentOf(producer) !== segment) return this.behind(segment, tensor);
    return this.outputs(segment, producer)[producer.outputs.indexOf(tensor)] ?? tensor;
  }

  private outputs(segment: string, node: Node): readonly Tensor[] {
    const before = this.again.get(node);
    if (before !== undefined) return before;
    const inputs = node.inputs.map((tensor) => (tensor === undefined ? undefined : this.tensor(segment, tensor)));
    const same = inputs.every((tensor, i) => tensor === node.inputs[i]);
    const outputs = same
      ? node.outputs
      : withScope(node.scope, () => node.operator.apply(inputs, node.attributes, node.outputs.length));
    this.again.set(node, outputs);
    return outputs;
  }

  /** `tensor` behind the segment's barrier. What is not floating (indices, masks) is no result of many operations. */
  private behind(segment: string, tensor: Tensor): Tensor {
    const gradient = this.arrived.get(segment);
    if (gradient === undefined || tensor.dtype !== gradient.dtype) return tensor;
    const barriers = this.barriers.get(segment) ?? new Map<Tensor, Tensor>();
    this.barriers.set(segment, barriers);
    const before = barriers.get(tensor);
    if (before !== undefined) return before;
    const nothing = gradient.reshape([gradient.size]).slice(0, 0, 1).reshape([]).mul(0);
    const delayed = tensor.add(nothing);
    barriers.set(tensor, delayed);
    return delayed;
  }
}
