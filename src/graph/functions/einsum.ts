import type { FoveaError } from "../../errors/fovea-error.ts";
import { graphError } from "../graph-error.ts";
import { sizeOf } from "../dtype.ts";
import { show, type Tensor } from "../tensor.ts";

/**
 * Sum of products over the axes that the result lacks: `einsum("bnhd,bmhd->bhnm", q, k)`. One letter an axis, each
 * once in a term; two operands become one batched matrix product.
 *
 * @throws FoveaError for a malformed equation, or sizes that do not fit it
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const { terms, result, sizes } = parse(equation, operands);
  const [a, b] = operands;
  if (operands.length === 1) return transposeTo(sumAway(a, terms[0], result), kept(terms[0], result), result);
  const [first, second] = [kept(terms[0], terms[1] + result), kept(terms[1], terms[0] + result)];
  const left = { tensor: sumAway(a, terms[0], terms[1] + result), term: first };
  const right = { tensor: sumAway(b, terms[1], terms[0] + result), term: second };
  const shared = [...first].filter((letter) => second.includes(letter));
  const batch = shared.filter((letter) => result.includes(letter)).join("");
  const inner = shared.filter((letter) => !result.includes(letter)).join("");
  const rows = kept(first, result, batch);
  const columns = kept(second, result, batch);
  const product = flat(left, [batch, rows, inner], sizes).matmul(flat(right, [batch, inner, columns], sizes));
  const order = batch + rows + columns;
  return transposeTo(product.reshape([...order].map((letter) => sizes.get(letter) as number)), order, result);
}

interface Equation {
  readonly terms: readonly string[];
  readonly result: string;
  readonly sizes: ReadonlyMap<string, number>;
}

function parse(equation: string, operands: readonly Tensor[]): Equation {
  const [left, result, ...more] = equation.replaceAll(" ", "").split("->");
  const terms = left.split(",");
  const refuse = (why: string): FoveaError =>
    graphError("shape/einsum", `einsum "${equation}" of ${operands.map(show).join(", ")}: ${why}`);
  if (result === undefined || more.length > 0 || ![...terms, result].every((term) => /^[A-Za-z]*$/.test(term)))
    throw refuse("expected terms of letters and one arrow, such as bnd,cd->bnc");
  if (terms.length !== operands.length || operands.length > 2)
    throw refuse(`${terms.length} terms for ${operands.length} tensors; one or two are taken`);
  const sizes = new Map<string, number>();
  operands.forEach((x, i) => {
    if (terms[i].length !== x.rank)
      throw refuse(`${terms[i]} names ${terms[i].length} axes of a tensor with ${x.rank}`);
    [...terms[i]].forEach((letter, axis) => {
      const before = sizes.get(letter);
      if (before !== undefined && before !== x.shape[axis])
        throw refuse(`axis ${letter} is both ${before} and ${x.shape[axis]} long`);
      sizes.set(letter, x.shape[axis]);
    });
  });
  for (const term of [...terms, result])
    if (new Set(term).size !== term.length) throw refuse(`${term} names one axis twice`);
  const unknown = [...result].find((letter) => !sizes.has(letter));
  if (unknown !== undefined) throw refuse(`no term has the axis ${unknown}`);
  return { terms, result, sizes };
}

/** Letters of `term` that stand in `others` and not in `without`. */
const kept = (term: string, others: string, without = ""): string =>
  [...term].filter((letter) => others.includes(letter) && !without.includes(letter)).join("");

function sumAway(x: Tensor, term: string, others: string): Tensor {
  const axes = [...term].flatMap((letter, i) => (others.includes(letter) ? [] : [i]));
  return axes.length === 0 ? x : x.sum(axes);
}

function transposeTo(x: Tensor, from: string, to: string): Tensor {
  return from === to ? x : x.permute([...to].map((letter) => from.indexOf(letter)));
}

/** The operand with its axes in three groups, each group one axis. */
function flat(
  { tensor, term }: { tensor: Tensor; term: string },
  groups: readonly [string, string, string],
  sizes: ReadonlyMap<string, number>,
): Tensor {
  const size = (group: string): number => sizeOf([...group].map((letter) => sizes.get(letter) as number));
  return transposeTo(tensor, term, groups.join("")).reshape(groups.map(size));
}
