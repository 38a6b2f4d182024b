import { FoveaError } from "../errors/fovea-error.ts";
import { checkArity } from "./arity.ts";
import type { AttributesOf, AttributeSpec, AttributeValue } from "./attributes.ts";
import type { DType, Shape } from "./dtype.ts";
import type { Node, OperatorRecord } from "./node.ts";
import { register } from "./registry.ts";
import { currentScope, describePlace } from "./scope.ts";
import { filled, Tensor } from "./tensor.ts";

/** What a shape rule returns for one output; a `Tensor` of the same shape and dtype will do. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

type Optional<S> = S extends `${infer N}?` ? N : never;
type Variadic<S> = S extends `...${infer N}` ? N : never;
type Plain<S> = S extends `${string}?` | `...${string}` ? never : S;
type Bare<S> = S extends `${infer N}?` ? N : S extends `...${infer N}` ? N : S;

/** `["x", "bias?", "...rest"]` → `{ x: Tensor; bias?: Tensor; rest: readonly Tensor[] }`. */
type Named<I extends readonly string[], T> = { readonly [S in Plain<I[number]> & string]: T } & {
  readonly [S in Optional<I[number]> & string]?: T | undefined;
} & { readonly [S in Variadic<I[number]> & string]: readonly T[] };
type Produced<O extends readonly string[], T> = { readonly [S in Plain<O[number]> & string]: T } & {
  readonly [S in Optional<O[number]> & string]: T;
} & { readonly [S in Variadic<O[number]> & string]: readonly T[] };
type Upstream<O extends readonly string[]> = {
  readonly [S in (Plain<O[number]> | Optional<O[number]>) & string as `d${S}`]: Tensor;
} & {
  readonly [S in Variadic<O[number]> & string as `d${S}`]: readonly Tensor[];
};
type Downstream<I extends readonly string[]> = {
  readonly [S in Bare<I[number]> & string]?: Tensor | undefined | readonly (Tensor | undefined)[];
};
type Given<A> = { readonly [K in keyof A]?: A[K] extends AttributeSpec<infer T> ? T | undefined : never };

export interface OperatorDefinition<I extends readonly string[], O extends readonly string[], A> {
  /** ONNX operator type. */
  readonly type: string;
  /** ONNX operator-set version whose definition this is. */
  readonly opset: number;
  readonly domain?: string;
  /** Where two definitions write the same ONNX type (StopGradient is an Identity): the name it is found by. */
  readonly name?: string;
  /** Names of inputs in ONNX order; `"b?"` may be absent, `"...xs"` is a list (last). */
  readonly inputs: I;
  /** Names of outputs; `"mean?"` is written only if something uses it. */
  readonly outputs: O;
  readonly attributes?: A;
  /** Shapes and dtypes of the outputs. Throws a `FoveaError` that names the operator and the shapes. */
  infer(inputs: Named<I, Tensor>, attributes: AttributesOf<A>, outputCount: number): Produced<O, TensorType>;
  /**
   * Vector-Jacobian product, by building nodes. Gets inputs and outputs by name, the gradients of the outputs as
   * `dNAME` (zeros where nothing depends on that output), the attributes; returns gradients by input name.
   * Absent: no gradient passes (integer and bool results, `stopGradient`).
   */
  readonly gradient?:
    | ((
        tensors: Named<I, Tensor> & Produced<O, Tensor>,
        upstream: Upstream<O>,
        attributes: AttributesOf<A>,
        /** Names of the outputs that something depends on. */
        reached: ReadonlySet<string>,
      ) => Downstream<I>)
    | undefined;
  /** True: the result is differentiable and there is no rule for it here, so `grad` refuses instead of passing nothing. */
  readonly gradientless?: boolean;
  /** Floating-point operations of products and convolutions, two for each multiply-add. Absent: counted as 0. */
  flops?(tensors: Named<I, Tensor> & Produced<O, Tensor>, attributes: AttributesOf<A>): number;
}

/**
 * Defines an ONNX operator: type, attributes, shape rule and gradient rule in one place. The result is called with
 * inputs by name and attributes and returns the outputs by name: `Softmax({ x }, { axis: 1 }).y`.
 */
export function defineOperator<const I extends readonly string[], const O extends readonly string[], const A = object>(
  definition: OperatorDefinition<I, O, A>,
): (inputs: Named<I, Tensor>, attributes?: Given<A>, outputCount?: number) => Produced<O, Tensor> {
  const specs = (definition.attributes ?? {}) as Record<string, AttributeSpec>;
  const record: OperatorRecord = {
    type: definition.type,
    domain: definition.domain ?? "",
    opset: definition.opset,
    gradientless: definition.gradientless ?? false,
    inputs: definition.inputs,
    outputs: definition.outputs,
    attributes: specs,
    apply: (inputs, attributes, outputCount = definition.outputs.length) => {
      const full = withDefaults(definition.type, specs, attributes);
      checkArity(definition.type, definition, inputs, outputCount);
      const trace = captureTrace();
      // The name-keyed views have the types that `definition` states for its own names.
      const types = located(trace, () =>
        definition.infer(byName(definition.inputs, inputs) as Named<I, Tensor>, full as AttributesOf<A>, outputCount),
      ) as Record<string, TensorType | readonly TensorType[]>;
      const node: Node = {
        kind: "node",
        operator: record,
        inputs,
        attributes: full,
        outputs: [],
        scope: currentScope(),
        id: nextId++,
        trace,
      };
      node.outputs = definition.outputs.flatMap((name) => {
        const made = types[bare(name)] as TensorType | readonly TensorType[];
        return (isList(made) ? made : [made]).map((type) => new Tensor(type.shape, type.dtype, node));
      });
      return node.outputs;
    },
    flops: (node) => definition.flops?.(tensorsOf(node), node.attributes as AttributesOf<A>) ?? 0,
    gradient: undefined,
  };
  const tensorsOf = (node: Node): Named<I, Tensor> & Produced<O, Tensor> => ({
    ...(byName(definition.inputs, node.inputs) as Named<I, Tensor>),
    ...(byName(definition.outputs, node.outputs) as Produced<O, Tensor>),
  });
  const rule = definition.gradient;
  if (rule !== undefined) {
    record.gradient = (node, dOutputs) => {
      const upstream: Record<string, unknown> = {};
      const zeroOr = (d: Tensor | undefined, i: number): Tensor =>
        d ?? filled(node.outputs[i]!.shape, 0, node.outputs[i]!.dtype);
      definition.outputs.forEach((name, i) => {
        // zeros are made only if the rule reads them
        const make = (): unknown =>
          name.startsWith("...")
            ? node.outputs.slice(i).map((_, j) => zeroOr(dOutputs[i + j], i + j))
            : zeroOr(dOutputs[i], i);
        Object.defineProperty(upstream, `d${bare(name)}`, { get: make, enumerable: true });
      });
      const reached = new Set(definition.outputs.filter((_, i) => dOutputs[i] !== undefined).map(bare));
      const found = rule(
        tensorsOf(node),
        upstream as Upstream<O>,
        node.attributes as AttributesOf<A>,
        reached,
      ) as Record<string, unknown>;
      return definition.inputs.flatMap((name, i): readonly (Tensor | undefined)[] => {
        const d = found[bare(name)] as Tensor | undefined | readonly (Tensor | undefined)[];
        return name.startsWith("...")
          ? node.inputs.slice(i).map((_, j) => (d as readonly (Tensor | undefined)[] | undefined)?.[j])
          : [d as Tensor | undefined];
      });
    };
  }
  register(record, definition.name);
  return (inputs, attributes = {}, outputCount) => {
    const list = definition.inputs.flatMap((name): (Tensor | undefined)[] => {
      const given = (inputs as Record<string, Tensor | readonly Tensor[] | undefined>)[bare(name)];
      return isList(given) ? [...given] : [given];
    });
    while (list.length > 0 && list[list.length - 1] === undefined) list.pop();
    return byName(
      definition.outputs,
      record.apply(list, attributes as Record<string, AttributeValue | undefined>, outputCount),
    ) as Produced<O, Tensor>;
  };
}

let nextId = 0;

const bare = (name: string): string => name.replace(/^\.\.\.|\?$/g, "");
const isList = <T>(value: T | readonly T[] | undefined): value is readonly T[] => Array.isArray(value);

function byName(names: readonly string[], tensors: readonly (Tensor | undefined)[]): Record<string, unknown> {
  return Object.fromEntries(
    names.map((name, i) => [bare(name), name.startsWith("...") ? tensors.slice(i) : tensors[i]]),
  );
}

function withDefaults(
  type: string,
  specs: Record<string, AttributeSpec>,
  given: Readonly<Record<string, AttributeValue | undefined>>,
): Record<string, AttributeValue | undefined> {
  const full: Record<string, AttributeValue | undefined> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const value = given[name] ?? spec.default;
    if (value === undefined && spec.required)
      throw new FoveaError("graph/attribute", `${type}: attribute ${name} is missing`);
    full[name] = value;
  }
  const unknown = Object.keys(given).find((name) => !(name in specs));
  if (unknown !== undefined) {
    throw new FoveaError(
      "graph/attribute",
      `${type} has no attribute ${unknown}; it has ${Object.keys(specs).join(", ") || "none"}`,
    );
  }
  return full;
}

function captureTrace(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 16; // deep enough to leave graph/ and nn/, shallow enough to cost microseconds
  const trace = new Error();
  Error.stackTraceLimit = limit;
  return trace;
}

/** Adds the user's line and the module path to an error of a shape rule. */
function located<T>(trace: Error, build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof FoveaError) || error.where !== undefined) throw error;
    const where = describePlace(currentScope(), trace);
    throw new FoveaError(error.code, error.message, {
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(where === undefined ? {} : { where }),
      cause: error,
    });
  }
}
