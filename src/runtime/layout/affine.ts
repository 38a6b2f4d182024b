/**
 * Blocked activations as sums Σ scaleᵢ ⊙ baseᵢ + shift, with one scale and shift for each channel or for each image and
 * channel. Batch and group norm, biases, residual sums and all their gradients are of this form, however they are
 * written; so they are gathered here first and computed at once, each term by one depthwise 1×1 convolution that takes
 * the shift as its bias, the other terms as its `sum` and a ReLU as its activation (conv-layout.md, 4).
 */
import { BlockedConv } from "../../graph/operators/blocked.ts";
import { filled, type Tensor } from "../../graph/tensor.ts";

/** Sizes of a blocked activation. */
export interface Grid {
  readonly n: number;
  readonly c: number;
  readonly h: number;
  readonly w: number;
  /** Channels side by side in memory. */
  readonly block: number;
}
export const gridShape = ({ n, c, h, w }: Grid): number[] => [n, c, h, w];

/** factor · small, with `small` [1 or n, 1 or c] (absent: 1). */
export interface Scale {
  readonly factor: number;
  readonly small?: Tensor;
}
export const one: Scale = { factor: 1 };
export const isOne = ({ factor, small }: Scale): boolean => factor === 1 && small === undefined;

/** What a convolution can do to its result at no cost. */
export interface Fusion {
  /** [c] */
  readonly bias?: Tensor;
  readonly sum?: Tensor;
  readonly relu?: boolean;
}

/** A blocked tensor, made when it is first wanted: until then a convolution may take what follows it into itself. */
export class Base {
  readonly grid: Grid;
  /** Whether whatever follows may be fused: this is a convolution and nothing else reads its result. */
  readonly fusable: boolean;
  private made: Tensor | undefined;
  private readonly make: (fusion: Fusion) => Tensor;

  constructor(grid: Grid, make: (fusion: Fusion) => Tensor, fusable: boolean) {
    this.grid = grid;
    this.make = make;
    this.fusable = fusable;
  }

  static of(tensor: Tensor, grid: Grid): Base {
    return new Base(grid, () => tensor, false);
  }

  get tensor(): Tensor {
    return (this.made ??= this.make({}));
  }

  get canFuse(): boolean {
    return this.fusable && this.made === undefined;
  }

  fused(fusion: Fusion): Tensor {
    return this.make(fusion);
  }
}

export interface Affine {
  readonly grid: Grid;
  readonly terms: ReadonlyMap<Base, Scale>;
  readonly shift?: Scale;
}

export const affineOf = (base: Base): Affine => ({ grid: base.grid, terms: new Map([[base, one]]) });
export const constantAffine = (grid: Grid, shift: Scale): Affine => ({ grid, terms: new Map(), shift });

const valueOf = ({ factor, small }: Scale): Tensor =>
  small === undefined ? filled([1, 1], factor) : factor === 1 ? small : small.mul(factor);

export const times = (a: Scale, b: Scale): Scale => {
  const small = a.small === undefined ? b.small : b.small === undefined ? a.small : a.small.mul(b.small);
  return { factor: a.factor * b.factor, ...(small && { small }) };
};

export function plus(a: Scale | undefined, b: Scale | undefined): Scale | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  if (a.small === undefined && b.small === undefined) return { factor: a.factor + b.factor };
  if (a.factor === -b.factor && a.small !== undefined && b.small !== undefined)
    return { factor: a.factor, small: a.small.sub(b.small) };
  if (a.factor === b.factor && a.small !== undefined && b.small !== undefined)
    return { factor: a.factor, small: a.small.add(b.small) };
  return { factor: 1, small: valueOf(a).add(valueOf(b)) };
}

export const scaled = ({ grid, terms, shift }: Affine, by: Scale): Affine => ({
  grid,
  terms: new Map([...terms].map(([base, scale]) => [base, times(scale, by)])),
  ...(shift && { shift: times(shift, by) }),
});

export function sum(a: Affine, b: Affine): Affine {
  const terms = new Map(a.terms);
  for (const [base, scale] of b.terms) terms.set(base, plus(terms.get(base), scale) as Scale); // scale is there
  const shift = plus(a.shift, b.shift);
  return { grid: a.grid, terms, ...(shift && { shift }) };
}

/** The values of a scale for each of n·c planes, or for each of c channels when they are the same for all images. */
function spread(scale: Scale, { n, c }: Grid, perImage: boolean): Tensor {
  const value = valueOf(scale);
  return value.expand([perImage ? n : 1, c]).reshape([perImage ? n * c : c]);
}

const perImage = (scale: Scale | undefined, { n }: Grid): boolean =>
  n > 1 && scale?.small !== undefined && scale.small.shape[0] === n;

/** relu(scale ⊙ x + shift + rest) by one depthwise convolution; per-image scales see the images as more channels. */
function scaleAndShift(
  x: Tensor,
  scale: Scale,
  { grid, shift, rest, relu }: { grid: Grid; shift: Scale | undefined; rest: Tensor | undefined; relu: boolean },
): Tensor {
  const { n, c, h, w } = grid;
  const images = perImage(scale, grid) || perImage(shift, grid);
  const channels = images ? n * c : c;
  const shape = images ? [1, channels, h, w] : gridShape(grid);
  const y = BlockedConv(
    {
      x: x.reshape(shape),
      w: spread(scale, grid, images).reshape([channels, 1, 1, 1]),
      bias: shift && spread(shift, grid, images),
      sum: rest?.reshape(shape),
    },
    { group: channels, kernel_shape: [1, 1], ...(relu && { activation: "Relu" }) },
  ).y;
  return y.reshape(gridShape(grid));
}

/** A blocked tensor that is constant within each plane. */
function everywhere(value: Scale, grid: Grid): Tensor {
  const { n, c, h, w, block } = grid;
  const columns = spread(value, grid, true).reshape([n, c / block, 1, block]);
  return columns.expand([n, c / block, h * w, block]).reshape(gridShape(grid));
}

/** Computes an affine form. */
export function compute({ grid, terms, shift }: Affine, relu = false): Tensor {
  const list = [...terms];
  const units = list.filter(([, scale]) => isOne(scale));
  const host = units.find(([base]) => base.canFuse)?.[0];
  if (host !== undefined && !perImage(shift, grid)) {
    const rest = new Map([...terms].filter(([base]) => base !== host));
    return host.fused({
      ...(shift && { bias: spread(shift, grid, false) }),
      ...(rest.size > 0 && { sum: compute({ grid, terms: rest }) }),
      relu,
    });
  }
  const activate = (y: Tensor): Tensor => (relu ? y.relu() : y);
  if (list.length === 0) return activate(everywhere(shift ?? { factor: 0 }, grid));
  if (units.length === list.length && shift === undefined)
    return activate(units.map(([base]) => base.tensor).reduce((a, b) => a.add(b)));
  const [base, scale] = list.findLast(([, scale]) => !isOne(scale)) ?? list[0];
  const rest = new Map(list.filter(([other]) => other !== base));
  const restTensor = rest.size > 0 ? compute({ grid, terms: rest }) : undefined;
  return scaleAndShift(base.tensor, scale, { grid, shift, rest: restTensor, relu });
}
