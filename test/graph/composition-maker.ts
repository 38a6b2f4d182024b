import { hostTensor, sizeOf, type HostTensor, type Shape } from "../../src/graph/dtype.ts";
import { constant, input } from "../../src/graph/leaf.ts";
import { show, type Tensor } from "../../src/graph/tensor.ts";
import { generator, type Generator } from "../../src/random/generator.ts";

/** What a step of a composition draws on: earlier results, new inputs, constants and choices; it writes down all of them. */
export class Maker {
  /** Differentiated inputs, by name. */
  readonly inputs = new Map<string, { readonly tensor: Tensor; readonly value: HostTensor<"float32"> }>();
  /** Results that a step has read. */
  readonly read = new Set<Tensor>();
  private readonly names = new Map<Tensor, string>();
  private readonly results: Tensor[] = [];
  private readonly random: Generator;
  private choices: readonly number[] = [];
  private notes: string[] = [];

  constructor(seed: number) {
    this.random = generator(seed, "composition");
  }

  /** Starts a step that is decided by `choices`; 0s where they run out. */
  begin(choices: readonly number[]): void {
    this.choices = choices;
    this.notes = [];
  }

  /** What the step has taken, for its line. */
  taken = (): string => this.notes.join(", ");

  keep(tensor: Tensor, name: string): void {
    this.names.set(tensor, name);
    this.results.push(tensor);
  }

  has = (tensor: Tensor): boolean => this.names.has(tensor);
  nameOf = (tensor: Tensor): string => this.names.get(tensor) ?? "?";

  /** One of the latest four results, mostly the last: programs are deep rather than wide. */
  operand(): Tensor {
    const back = Math.min([0, 0, 0, 0, 1, 1, 2, 3][this.next(8)], this.results.length - 1);
    const chosen = this.results[this.results.length - 1 - back];
    this.read.add(chosen);
    return chosen;
  }

  /** Which of `options`; the first after shrinking. */
  index(label: string, options: readonly unknown[]): number {
    const index = this.next(options.length);
    this.notes.push(`${label} ${JSON.stringify(options[index]) ?? "none"}`);
    return index;
  }
  pick = <const T>(label: string, options: readonly T[]): T => options[this.index(label, options)];
  size = (label: string): number => this.pick(label, [2, 1, 3]);
  axis = (x: Tensor, label = "axis"): number =>
    this.pick(
      label,
      x.shape.map((_, i) => x.rank - 1 - i),
    );
  /** One or two axes. */
  axes(x: Tensor): readonly number[] {
    const first = this.axis(x);
    return x.rank > 1 && this.pick("second axis", [false, true]) ? [first, (first + 1) % x.rank] : [first];
  }
  /** A reduction of a vector keeps its axis: results have at least one. */
  keepDims = (x: Tensor): boolean => x.rank < 3 || this.pick("keepDims", [false, true]);
  order(rank: number): number[] {
    const rest = Array.from({ length: rank }, (_, i) => rank - 1 - i);
    const order: number[] = [];
    while (rest.length > 0) order.push(...rest.splice(this.next(rest.length), 1));
    this.notes.push(`order ${JSON.stringify(order)}`);
    return order;
  }

  /** A new input of values that keep the size of what they are multiplied with. */
  weight(shape: Shape): Tensor {
    const scale = 1 / Math.sqrt(Math.max(1, sizeOf(shape.slice(shape.length === 2 ? 0 : 1, -1))));
    return this.newInput(shape, (data) => this.random.fillUniform(data, -1.5 * scale, 1.5 * scale));
  }
  newInput(shape: Shape, fill: (data: Float32Array) => Float32Array): Tensor {
    const name = `w${this.inputs.size}`;
    const tensor = input(name, shape);
    this.inputs.set(name, { tensor, value: hostTensor("float32", shape, fill(new Float32Array(sizeOf(shape)))) });
    this.names.set(tensor, name);
    this.notes.push(`${name} [${shape.join(", ")}]`);
    return tensor;
  }
  start = (shape: Shape): Tensor => this.newInput(shape, (data) => this.random.fillUniform(data, -2, 2));

  /** Scale and shift of `size` channels, or neither. */
  affine(size: number): readonly [Tensor | undefined, Tensor | undefined] {
    return this.pick("affine", [false, true]) ? [this.weight([size]), this.weight([size])] : [undefined, undefined];
  }

  /** What broadcasts with x: an earlier result, averaged where it does not fit, or a new input of fewer axes. */
  partner(x: Tensor): Tensor {
    if (this.pick("partner", ["result", "input"]) === "input") {
      const single = this.next(x.rank + 1);
      const shape = x.shape.map((n, i) => (i === single ? 1 : n)).slice(this.next(x.rank));
      return this.weight(shape);
    }
    const earlier = this.operand();
    this.notes.push(this.nameOf(earlier));
    const fitting = this.ranked(earlier, 1, x.rank);
    const lead = x.rank - fitting.rank;
    const axes = fitting.shape.flatMap((n, i) => (n === x.shape[i + lead] || n === 1 ? [] : [i]));
    return fitting.mean(axes, { keepDims: true });
  }

  /** `x` with `low` to `high` axes: 1s added at a chosen place, or its leading axes in one. */
  ranked(x: Tensor, low: number, high: number): Tensor {
    if (x.rank > high) return x.reshape([-1, ...x.shape.slice(x.rank - high + 1)]);
    if (x.rank >= low) return x;
    const ones = (count: number): number[] => new Array<number>(count).fill(1);
    const before = this.next(low - x.rank + 1);
    const shape = [...ones(before), ...x.shape, ...ones(low - x.rank - before)];
    this.notes.push(`as ${show({ shape, dtype: x.dtype })}`);
    return x.reshape(shape);
  }

  mask(shape: Shape): Tensor {
    return constant(
      hostTensor(
        "bool",
        shape,
        Uint8Array.from({ length: sizeOf(shape) }, () => this.random.integer(2)),
      ),
    );
  }
  indices(shape: Shape, below: number): Tensor {
    const values = Array.from({ length: sizeOf(shape) }, () => this.random.integer(2 * below) - below);
    this.notes.push(`indices [${values.join(", ")}]`);
    return constant(hostTensor("int64", shape, BigInt64Array.from(values, BigInt)));
  }
  /** For gridSample: somewhat beyond the image too. */
  positions(shape: Shape): Tensor {
    return constant(hostTensor("float32", shape, this.random.fillUniform(new Float32Array(sizeOf(shape)), -1.3, 1.3)));
  }
  /** Constant random weights of length 1 for the sum at the end. */
  direction(shape: Shape): Tensor {
    return constant(hostTensor("float32", shape, unit(this.random, sizeOf(shape))));
  }

  private next(below: number): number {
    const [first = 0, ...rest] = this.choices;
    this.choices = rest;
    return first % below;
  }
}

/** A random vector of length 1. */
export function unit(random: Generator, size: number): Float32Array {
  const values = random.fillNormal(new Float32Array(size));
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}
