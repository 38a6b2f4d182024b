import { FoveaError } from "../errors/fovea-error.ts";

/** Plain data as recipes hold it. */
export type Values = { readonly [key: string]: unknown };

/** `a.b=value` → path and value. The value is JSON; what is not JSON is a string. */
export function parseOverride(text: string): { path: readonly string[]; value: unknown } {
  const at = text.indexOf("=");
  const path = text.slice(0, Math.max(at, 0)).split(".");
  if (at < 1 || path.some((key) => !/^[A-Za-z][A-Za-z0-9]*$/.test(key))) {
    throw new FoveaError("recipe/override", `${JSON.stringify(text)} is not a recipe value; write key.path=value`, {
      hint: "for example optimiser.peakLearningRate=1e-3 data.root=./photos",
      exitCode: 2,
    });
  }
  return { path, value: parseValue(text.slice(at + 1)) };
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A copy of `values` in which `path` holds `value`. */
export function setAt(values: Values, path: readonly string[], value: unknown): Values {
  const [key, ...rest] = path;
  if (key === undefined) return values;
  const inner = values[key];
  return { ...values, [key]: rest.length === 0 ? value : setAt(isValues(inner) ? inner : {}, rest, value) };
}

/** Objects are merged key by key, everything else is replaced. */
export function mergeValues(base: Values, over: Values): Values {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key];
    merged[key] = isValues(before) && isValues(value) ? mergeValues(before, value) : value;
  }
  return merged;
}

const isValues = (value: unknown): value is Values =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Leaves in which two values differ, as `path: a → b`. */
export function differences(a: unknown, b: unknown, path = ""): string[] {
  if (isValues(a) && isValues(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].flatMap((key) => differences(a[key], b[key], path === "" ? key : `${path}.${key}`));
  }
  return JSON.stringify(a) === JSON.stringify(b) ? [] : [`${path}: ${JSON.stringify(a)} → ${JSON.stringify(b)}`];
}
