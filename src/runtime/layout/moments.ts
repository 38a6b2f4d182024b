import { BlockedGlobalAveragePool } from "../../graph/operators/blocked.ts";
import { maximum } from "../../graph/operators/extremes.ts";
import { filled, type Tensor } from "../../graph/tensor.ts";
import { Base, isOne, plus, times, type Affine, type Grid, type Scale } from "./affine.ts";

/**
 * Means over the places of affine forms and of their products, [n, c], or [1, c] over the batch too. They need only the
 * means of the bases and of their pairwise products, which are shared by all that ask: a batch norm and its gradient ask
 * for four.
 *
 * Second moments are taken about 0: E[(x − m)²] = E[x²] − m², which loses digits where |m| ≫ σ, but reads x once.
 */
export class Moments {
  private readonly means = new Map<Base, Map<boolean, Tensor>>();
  private readonly products = new Map<Base, Map<Base, Base>>();

  /** Mean of an affine form. */
  mean(a: Affine, overBatch: boolean): Tensor {
    return spread(this.first(a, overBatch), a.grid, overBatch);
  }

  /** Mean of a ⊙ b, and not below 0 where a is b. */
  meanProduct(a: Affine, b: Affine, overBatch: boolean): Tensor {
    let total: Scale | undefined;
    for (const [x, s] of a.terms) {
      for (const [y, t] of b.terms)
        total = plus(total, times(times(s, t), this.baseMean(this.product(x, y), overBatch)));
    }
    if (b.shift !== undefined)
      total = plus(total, times(b.shift, this.first({ grid: a.grid, terms: a.terms }, overBatch)));
    if (a.shift !== undefined) total = plus(total, times(a.shift, this.first(b, overBatch)));
    const mean = spread(total ?? { factor: 0 }, a.grid, overBatch);
    return a === b ? maximum(mean, 0) : mean; // else a constant channel's variance can be below −eps
  }

  /** x ⊙ y as a base of its own. */
  product(x: Base, y: Base): Base {
    const known = this.products.get(x)?.get(y) ?? this.products.get(y)?.get(x);
    if (known !== undefined) return known;
    const made = Base.of(x.tensor.mul(y.tensor), x.grid);
    this.products.set(x, (this.products.get(x) ?? new Map<Base, Base>()).set(y, made));
    return made;
  }

  private first({ terms, shift }: Affine, overBatch: boolean): Scale {
    let total = shift;
    for (const [base, scale] of terms) total = plus(total, times(scale, this.baseMean(base, overBatch)));
    return total ?? { factor: 0 };
  }

  private baseMean(base: Base, overBatch: boolean): Scale {
    const known = this.means.get(base) ?? new Map<boolean, Tensor>();
    this.means.set(base, known);
    let mean = known.get(overBatch);
    if (mean === undefined) {
      const { n, c } = base.grid;
      mean = overBatch
        ? (this.baseMean(base, false).small as Tensor).mean(0, { keepDims: true })
        : BlockedGlobalAveragePool({ x: base.tensor }).y.reshape([n, c]);
      known.set(overBatch, mean);
    }
    return { factor: 1, small: mean };
  }
}

/** [n, c], or [1, c]. */
function spread(scale: Scale, { n, c }: Grid, overBatch: boolean): Tensor {
  const small = scale.small ?? filled([1, 1], 1);
  const value = isOne({ factor: scale.factor }) ? small : small.mul(scale.factor);
  return value.expand([overBatch ? 1 : n, c]);
}

/** Whether the scales and shifts of `a` are the same for all images, so that the batch may be averaged first. */
export const sameForAllImages = (a: Affine): boolean =>
  [...a.terms.values(), a.shift].every((scale) => scale?.small === undefined || scale.small.shape[0] === 1);
