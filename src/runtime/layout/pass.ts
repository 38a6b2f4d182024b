import type { Node } from "../../graph/node.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { affineOf, Base, type Affine, type Grid } from "./affine.ts";
import type { Step, Steps } from "./live-steps.ts";
import { Moments } from "./moments.ts";
import { Conversions, type Value } from "./values.ts";
import type { WeightLayout } from "./weight-layout.ts";

/** What the rules of one rewriting share. */
export class Pass {
  readonly block: number;
  readonly moments = new Moments();
  readonly to: Conversions;
  private readonly values = new Map<Tensor, Value>();
  private readonly readers: Steps["readers"];
  private readonly layouts: ReadonlyMap<string, WeightLayout>;

  /** @param layouts of states, by name, that are blocked */
  constructor(block: number, { readers }: Steps, layouts: ReadonlyMap<string, WeightLayout>) {
    this.block = block;
    this.to = new Conversions(this.moments);
    this.readers = readers;
    this.layouts = layouts;
  }

  /** What has become of a tensor of the plain program. */
  value(tensor: Tensor): Value {
    const known = this.values.get(tensor);
    if (known !== undefined) return known;
    const { producer } = tensor;
    const layout = producer.kind === "state" ? this.layouts.get(producer.name) : undefined;
    return layout === undefined ? { kind: "plain", tensor } : { kind: "permuted", tensor, layout };
  }

  set(tensor: Tensor, value: Value): void {
    this.values.set(tensor, value);
  }

  /** The only step that reads `tensor`, or undefined where there are several or it is a result. */
  onlyReader(tensor: Tensor): Step | undefined {
    const readers = this.readers.get(tensor) ?? [];
    return readers.length === 1 ? readers[0] : undefined;
  }

  readersOf(tensor: Tensor): readonly (Step | undefined)[] {
    return this.readers.get(tensor) ?? [];
  }

  /** A convolution's result: what follows may be fused into it where nothing else reads it. */
  convolution(tensor: Tensor, grid: Grid, make: ConstructorParameters<typeof Base>[1]): Affine {
    return affineOf(new Base(grid, make, this.onlyReader(tensor) !== undefined));
  }

  /** The value of `tensor` as an affine form; computed now if several read it and a convolution can take it in. */
  affineValue(tensor: Tensor, affine: Affine): Value {
    const value = { kind: "affine", affine, shape: tensor.shape } as const;
    const fusing = [...affine.terms.keys()].some((base) => base.canFuse);
    if (!fusing || this.onlyReader(tensor) !== undefined) return value;
    return { ...value, affine: affineOf(this.to.base(value)) };
  }

  computed(tensor: Tensor, y: Tensor, grid: Grid): Value {
    return { kind: "affine", affine: affineOf(Base.of(y, grid)), shape: tensor.shape };
  }
}

/** New values of a node's outputs from those of its inputs, or undefined where the rule is not about them. */
export type Rule = (pass: Pass, node: Node, inputs: readonly (Value | undefined)[]) => readonly Value[] | undefined;
