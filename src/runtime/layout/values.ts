import type { Shape } from "../../graph/dtype.ts";
import { ReorderInput, ReorderOutput } from "../../graph/operators/blocked.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { affineOf, Base, compute, gridShape, type Affine, type Grid } from "./affine.ts";
import type { Moments } from "./moments.ts";
import { blockWeight, sameLayout, unblockWeight, type WeightLayout } from "./weight-layout.ts";

/** a ⊙ b, not computed yet: often only its mean is wanted. */
export interface Product {
  readonly a: Affine;
  readonly b: Affine;
}

/** What has become of a tensor of the plain program. `shape` is the plain one. */
export type Value =
  | { readonly kind: "plain"; readonly tensor: Tensor }
  /** Broadcast to `shape` when somebody needs it. */
  | { readonly kind: "expanded"; readonly source: Tensor; readonly shape: Shape }
  /** Blocked activations. */
  | { readonly kind: "affine"; readonly affine: Affine; readonly shape: Shape }
  | { readonly kind: "product"; readonly product: Product; readonly shape: Shape }
  /** A weight or what goes with it element by element, with the weight's blocked order in memory. */
  | { readonly kind: "permuted"; readonly tensor: Tensor; readonly layout: WeightLayout };

export type Blocked = Extract<Value, { readonly kind: "affine" | "product" }>;
export const isBlocked = (value: Value | undefined): value is Blocked =>
  value?.kind === "affine" || value?.kind === "product";

export const plainValue = (tensor: Tensor): Value => ({ kind: "plain", tensor });
export const shapeOf = (value: Value): Shape =>
  value.kind === "plain" || value.kind === "permuted" ? value.tensor.shape : value.shape;
export const gridOf = (value: Blocked): Grid => (value.kind === "affine" ? value.affine.grid : value.product.a.grid);

/** Turns values from one form into another, each once. */
export class Conversions {
  private readonly moments: Moments;
  private readonly bases = new Map<Affine | Product, Base>();
  private readonly plains = new Map<Affine | Product, Tensor>();
  private readonly blockeds = new Map<Tensor, Base>();
  private readonly weights = new Map<Tensor, { layout: WeightLayout; tensor: Tensor }>();

  constructor(moments: Moments) {
    this.moments = moments;
  }

  /** In the layout of the plain program. */
  plain(value: Value): Tensor {
    switch (value.kind) {
      case "plain":
        return value.tensor;
      case "expanded":
        return value.source.expand(value.shape);
      case "permuted":
        return unblockWeight(value.tensor.reshape(value.layout.shape), value.layout).reshape(value.tensor.shape);
      default: {
        const key = value.kind === "affine" ? value.affine : value.product;
        let tensor = this.plains.get(key);
        if (tensor === undefined) {
          tensor = ReorderOutput({ x: this.base(value).tensor }, { channels: gridOf(value).c }).y;
          this.plains.set(key, tensor);
        }
        return tensor.reshape(value.shape);
      }
    }
  }

  /** Computed, in blocked layout. */
  base(value: Blocked): Base {
    const key = value.kind === "affine" ? value.affine : value.product;
    let base = this.bases.get(key);
    if (base === undefined) {
      base = value.kind === "affine" ? this.ofAffine(value.affine) : this.ofProduct(value.product);
      this.bases.set(key, base);
    }
    return base;
  }

  private ofAffine(affine: Affine): Base {
    const [only] = affine.terms;
    const bare = affine.terms.size === 1 && affine.shift === undefined && only?.[1].factor === 1;
    if (bare && only[1].small === undefined) return only[0];
    return Base.of(compute(affine), affine.grid);
  }

  private ofProduct({ a, b }: Product): Base {
    const [x, y] = [a, b].map((affine) => this.base({ kind: "affine", affine, shape: [] }));
    return this.moments.product(x, y);
  }

  /** As an affine form; a product is computed. */
  affine(value: Blocked): Affine {
    return value.kind === "affine" ? value.affine : affineOf(this.base(value));
  }

  /** A plain tensor of the grid's elements, blocked. */
  blocked(tensor: Tensor, grid: Grid): Base {
    let base = this.blockeds.get(tensor);
    if (base === undefined) {
      base = Base.of(ReorderInput({ x: tensor.reshape(gridShape(grid)) }).y, grid);
      this.blockeds.set(tensor, base);
    }
    return base;
  }

  /** A weight's memory in `layout`. */
  weight(value: Value, layout: WeightLayout): Tensor {
    if (value.kind === "permuted" && sameLayout(value.layout, layout)) return value.tensor.reshape(layout.shape);
    const plain = this.plain(value);
    const known = this.weights.get(plain);
    if (known !== undefined && sameLayout(known.layout, layout)) return known.tensor;
    const tensor = blockWeight(plain.reshape(layout.shape), layout);
    this.weights.set(plain, { layout, tensor });
    return tensor;
  }
}
