import { scalar, type Tensor } from "../../../graph/tensor.ts";

/** Σ of scalars; 0 for none. */
export const summed = (terms: readonly Tensor[]): Tensor =>
  terms.length === 0 ? scalar(0) : terms.reduce((sum, term) => sum.add(term));
