/** Random programs of 3 to 12 steps over tensors of 1 to 4 axes, for compositions.test.ts. */
import fc from "fast-check";
import type { HostTensor } from "../../src/graph/dtype.ts";
import type { SegmentOf } from "../../src/graph/recompute.ts";
import { program } from "../../src/graph/program.ts";
import { show, type Tensor } from "../../src/graph/tensor.ts";
import { Maker } from "./composition-maker.ts";
import { steps } from "./composition-steps.ts";
import { evaluate, toFloat64 } from "./reference/evaluate.ts";

/** What a composition is made from: shrinks to fewer steps and to first choices. */
interface Plan {
  readonly seed: number;
  readonly shape: readonly number[];
  readonly steps: readonly { readonly name: string; readonly choices: readonly number[] }[];
  /** Segments that are computed once more, in turn, `run` nodes each. */
  readonly segments: readonly (string | undefined)[];
  readonly run: number;
}

/** Values stay within ±`largest`, so that squares, powers and exponentials keep float32's digits. */
const largest = 3;
const mostElements = 160;

/** A program that ends in a weighted sum of all results that nothing else reads. Prints itself. */
export class Composition {
  readonly inputs: ReadonlyMap<string, { readonly tensor: Tensor; readonly value: HostTensor<"float32"> }>;
  readonly results: Readonly<Record<string, Tensor>>;
  readonly loss: Tensor;
  readonly segmentOf: SegmentOf;
  readonly seed: number;
  private readonly lines: string[] = [];

  constructor(plan: Plan) {
    const make = new Maker(plan.seed);
    this.inputs = make.inputs;
    this.seed = plan.seed;
    const x = make.start(plan.shape);
    make.keep(x, "w0");
    this.lines.push(`w0 = input ${show(x)}`);
    const kept = plan.steps.map(({ name, choices }, i) => this.step(make, `t${i + 1}`, name, choices));
    const ends = kept.filter((tensor) => !make.read.has(tensor));
    this.results = Object.fromEntries(ends.map((tensor) => [make.nameOf(tensor), tensor]));
    this.loss = ends.map((y) => y.mul(make.direction(y.shape)).sum()).reduce((sum, term) => sum.add(term));
    this.lines.push(`loss = weighted sum of ${Object.keys(this.results).join(", ")}`);
    const first = Math.min(...program({ outputs: { loss: this.loss } }).nodes.map(({ id }) => id));
    this.segmentOf = ({ id }) => plan.segments[Math.floor((id - first) / plan.run) % plan.segments.length];
    this.lines.push(`segments of ${plan.run} nodes: ${plan.segments.map((name) => name ?? "kept").join(", ")}`);
  }

  toString = (): string => `\n${this.lines.map((line) => `  ${line}`).join("\n")}\n`;
  [fc.toStringMethod] = this.toString;

  private step(make: Maker, result: string, name: string, choices: readonly number[]): Tensor {
    make.begin(choices);
    const x = make.operand();
    const y = steps[name](x, make);
    const small = cut(y.rank === 0 || y.rank > 4 ? make.ranked(y, 1, 4) : y);
    const factor = this.factor(small);
    const scaled = factor === 1 ? small : small.mul(factor);
    const z = make.has(scaled) ? scaled.neg() : scaled; // a step that leaves its operand as it is makes no result
    make.keep(z, result);
    const notes = make.taken();
    const after = [
      small === y ? "" : ` cut from ${show(y)}`,
      factor === 1 ? "" : ` · ${factor}`,
      z === scaled ? "" : " · −1",
    ].join("");
    this.lines.push(`${result} = ${name}(${make.nameOf(x)}${notes === "" ? "" : `; ${notes}`})${after} ${show(z)}`);
    return z;
  }

  /** A power of 2 that brings the largest value under `largest`, and small ones up to 1/2; 1 where all is about 0. */
  private factor(y: Tensor): number {
    const feeds = Object.fromEntries([...this.inputs].map(([name, { value }]) => [name, toFloat64(value)]));
    const values = evaluate(program({ outputs: { y } }), feeds).get("y")?.data ?? new Float64Array();
    const most = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    if (most > largest) return 2 ** Math.floor(Math.log2(largest / most));
    return most > 1e-3 && most < 0.5 ? 2 ** Math.floor(-Math.log2(most)) : 1;
  }
}

/** The first elements along the longest axis, until there are few enough: differences take a program's time for each. */
function cut(x: Tensor): Tensor {
  let y = x;
  while (y.size > mostElements) {
    const longest = y.shape.indexOf(Math.max(...y.shape));
    y = y.slice(longest, 0, Math.ceil(y.shape[longest] / 2));
  }
  return y;
}

const step = fc.record({
  name: fc.constantFrom(...Object.keys(steps)),
  choices: fc.array(fc.nat(11), { minLength: 8, maxLength: 8 }),
});

// without bias: fast-check's own prefers short programs
const plans: fc.Arbitrary<Plan> = fc.noBias(
  fc.record({
    seed: fc.nat(1e6),
    shape: fc
      .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })
      .filter((sizes) => sizes.some((n) => n > 1)),
    steps: fc.array(step, { minLength: 3, maxLength: 12, size: "max" }),
    segments: fc.array(fc.constantFrom(undefined, "a", "b", "c"), { minLength: 1, maxLength: 5 }),
    run: fc.integer({ min: 1, max: 9 }),
  }),
);

export const compositions: fc.Arbitrary<Composition> = plans.map((plan) => new Composition(plan));
