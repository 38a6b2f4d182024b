/** ONNX attributes: a kind, and the default that ONNX states (absent: required). */
export type AttributeValue = number | string | readonly number[];
export interface AttributeSpec<T extends AttributeValue = AttributeValue> {
  readonly kind: "int" | "float" | "string" | "ints" | "floats";
  readonly default: T | undefined;
  readonly required: boolean;
}

const spec =
  <T extends AttributeValue>(kind: AttributeSpec["kind"]) =>
  (...value: [T?]): AttributeSpec<T> => ({ kind, default: value[0], required: value.length === 0 });

/** `int()` is required, `int(-1)` has a default, `int(undefined)` may be left out. The same for the others. */
export const int = spec<number>("int");
export const float = spec<number>("float");
export const string = spec<string>("string");
export const ints = spec<readonly number[]>("ints");
export const floats = spec<readonly number[]>("floats");

/** The attributes as a rule sees them: defaults filled in. */
export type AttributesOf<A> = { readonly [K in keyof A]: A[K] extends AttributeSpec<infer T> ? T : never };
