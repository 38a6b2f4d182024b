import { FoveaError } from "../../src/errors/fovea-error.ts";
import type { Tensor } from "../../src/graph/tensor.ts";

/** What a golden case gives its operator. Attributes that nobody reads are a failure: the case would test less. */
export class Arguments {
  private readonly inputs: Readonly<Record<string, Tensor>>;
  private readonly attrs: Readonly<Record<string, unknown>>;
  private readonly unread: Set<string>;

  constructor(inputs: Readonly<Record<string, Tensor>>, attrs: Readonly<Record<string, unknown>>) {
    this.inputs = inputs;
    this.attrs = attrs;
    this.unread = new Set([...Object.keys(inputs), ...Object.keys(attrs)].filter((name) => name !== "note"));
  }

  /** The input of one of these names. */
  tensor(...names: readonly string[]): Tensor {
    const found = names.map((name) => this.optional(name)).find((tensor) => tensor !== undefined);
    if (found === undefined) throw new FoveaError("golden/input", `the case has no input ${names.join(" or ")}`);
    return found;
  }

  optional(name: string): Tensor | undefined {
    this.unread.delete(name);
    return this.inputs[name];
  }

  /** A mask is stored as int64 0 or 1. */
  mask(name: string): Tensor {
    return this.tensor(name).cast("bool");
  }

  number(name: string): number;
  number(name: string, otherwise: number): number;
  number(name: string, otherwise: undefined): number | undefined;
  number(name: string, otherwise?: number): number | undefined {
    const value = this.read(name) ?? otherwise;
    if (typeof value === "number" || (value === undefined && arguments.length > 1)) return value;
    throw this.wrong(name, "a number");
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.read(name) ?? otherwise;
    if (typeof value === "boolean") return value;
    throw this.wrong(name, "true or false");
  }

  text(name: string, otherwise?: string): string {
    const value = this.read(name) ?? otherwise;
    if (typeof value === "string") return value;
    throw this.wrong(name, "text");
  }

  /** A list of numbers. */
  list(name: string): readonly number[] {
    const value = this.read(name);
    if (isNumbers(value)) return value;
    throw this.wrong(name, "a list of numbers");
  }

  /** A number, a list of numbers, or nothing. */
  axes(name: string): number | readonly number[] | undefined {
    const value = this.read(name) ?? undefined;
    if (value === undefined || typeof value === "number" || isNumbers(value)) return value;
    throw this.wrong(name, "a number or a list");
  }

  /** One number for each of `count` axes; a single number stands for all. */
  each(name: string, count: number, otherwise: number): readonly number[] {
    const value = this.axes(name) ?? otherwise;
    return typeof value === "number" ? new Array<number>(count).fill(value) : value;
  }

  /** Throws when the operator's line in the table has not looked at something. */
  checkAllRead(): void {
    if (this.unread.size === 0) return;
    throw new FoveaError("golden/unread", `${[...this.unread].join(", ")} of the case is not understood`);
  }

  private read(name: string): unknown {
    this.unread.delete(name);
    return this.attrs[name];
  }

  private wrong(name: string, expected: string): FoveaError {
    return new FoveaError(
      "golden/attribute",
      `attribute ${name} is ${JSON.stringify(this.attrs[name])}, not ${expected}`,
    );
  }
}

const isNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((item) => typeof item === "number");
