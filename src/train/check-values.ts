import { z } from "zod";
import { FoveaError } from "../errors/fovea-error.ts";
import { nearest } from "../errors/nearest.ts";

/**
 * Checks values that a person wrote by `schema`, and fills in its defaults.
 *
 * @param what `recipe of classify`, for messages
 * @param hint what helps where no known key is near
 * @throws FoveaError `recipe/invalid` (exit code 2) that names the key, the value and what is expected, with the nearest
 * known key
 */
export function checkValues<T>(
  schema: z.ZodType<T>,
  values: unknown,
  { what, hint }: { readonly what: string; readonly hint: string },
): T {
  const result = schema.safeParse(values, { reportInput: true });
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => describeIssue(issue, schema, values));
  throw new FoveaError("recipe/invalid", `${what}: ${lines.map((line) => line.text).join("; ")}`, {
    hint: lines.find((line) => line.hint !== undefined)?.hint ?? hint,
    exitCode: 2,
  });
}

function describeIssue(issue: z.core.$ZodIssue, schema: z.ZodType, values: unknown): { text: string; hint?: string } {
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(schema, issue.path);
    const guess = nearest(issue.keys[0] ?? "", known);
    const where = path === "" ? "" : `${path}.`;
    const text = `unknown key ${issue.keys.map((key) => where + key).join(", ")}`;
    return guess === undefined
      ? { text, hint: `known keys here: ${known.join(", ")}` }
      : { text, hint: `did you mean ${where}${guess}?` };
  }
  const given = "input" in issue ? valueAt(values, issue.path) : undefined;
  const received = given === undefined || typeof given === "object" ? "" : ` (got ${JSON.stringify(given)})`;
  return { text: `${path}: ${issue.message}${received}` };
}

/** What was given at `path`; undefined where nothing was. */
const valueAt = (values: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined), values);

/** Property names that the schema has at `path`. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  type JsonSchema = { properties?: Record<string, JsonSchema>; anyOf?: JsonSchema[] };
  let at: JsonSchema | undefined = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
  for (const key of path)
    at =
      at?.properties?.[String(key)] ??
      at?.anyOf?.map((option) => option.properties?.[String(key)]).find((found) => found !== undefined);
  return [at, ...(at?.anyOf ?? [])].flatMap((option) => Object.keys(option?.properties ?? {}));
}
