import type { AttributeValue } from "./attributes.ts";
import type { HostTensor } from "./dtype.ts";
import type { Tensor } from "./tensor.ts";

/** What makes a tensor: a leaf that the caller fills, or one application of an ONNX operator. */
export type Producer = Leaf | Node;

export type Leaf =
  /** Fed at each run. */
  | { readonly kind: "input"; readonly name: string }
  /** Resident on the device between runs: a parameter, a moment, a running statistic. */
  | { readonly kind: "state"; readonly name: string }
  | { readonly kind: "constant"; readonly value: HostTensor };

export interface Node {
  readonly kind: "node";
  readonly operator: OperatorRecord;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly attributes: Readonly<Record<string, AttributeValue | undefined>>;
  /** Filled by `applyOperator`, which makes the outputs after the node. */
  outputs: readonly Tensor[];
  /** Path of the module that built the node, `blocks.3.attn`, or "". */
  readonly scope: string;
  /** Grows with each node: sorting by it is a topological order. */
  readonly id: number;
  /** Captured where the node was built; its stack is only formatted if an error needs the user's line. */
  readonly trace: Error;
}

/** An operator without its static types: what autodiff, encoder and decoder work with. */
export interface OperatorRecord {
  readonly type: string;
  readonly domain: string;
  /** Operator-set version of the definition: a file that holds the operator declares at least this one. */
  readonly opset: number;
  /** Differentiable, but without a rule here: `grad` refuses. */
  readonly gradientless: boolean;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<
    Record<string, { readonly kind: string; readonly default: unknown; readonly required: boolean }>
  >;
  apply(
    inputs: readonly (Tensor | undefined)[],
    attributes: Readonly<Record<string, AttributeValue | undefined>>,
    outputCount?: number,
  ): readonly Tensor[];
  /** Floating-point operations of the node's multiply-adds. */
  flops(node: Node): number;
  /**
   * Gradients of a scalar with respect to the inputs, in their order; undefined where there is none.
   * `dOutputs[i]` is undefined when nothing depends on output i.
   */
  gradient: ((node: Node, dOutputs: readonly (Tensor | undefined)[]) => readonly (Tensor | undefined)[]) | undefined;
}
