import { z } from "zod";
import { transformSchema, type TransformSpec } from "../../data/transforms/transform.ts";
import { FoveaError } from "../../errors/fovea-error.ts";

/** What an exported classifier says about itself, in its `metadata_props`; every value is JSON there. */
export interface ClassifierMetadata {
  /** Class names in the order of the logits. */
  readonly labels: readonly string[];
  /** [height, width] of the image it takes. */
  readonly inputSize: readonly [number, number];
  /** What an image goes through before it is fed. */
  readonly resize: readonly TransformSpec[];
  /** Of the normalisation inside the graph. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

const side = z.int().min(1).max(32_768);
const fields = {
  labels: z.array(z.string().max(1000)).min(2).max(100_000),
  inputSize: z.tuple([side, side]),
  resize: z.array(transformSchema).max(8),
  mean: z.array(z.number()).length(3),
  std: z.array(z.number().positive()).length(3),
} as const;

/** The metadata as strings. */
export function encodeClassifierMetadata(metadata: ClassifierMetadata): Record<string, string> {
  return Object.fromEntries(
    Object.keys(fields).map((key) => [key, JSON.stringify(metadata[key as keyof typeof fields])]),
  );
}

/**
 * Reads the metadata of an exported classifier.
 * @throws FoveaError naming the file and the field that is missing or malformed
 */
export function parseClassifierMetadata(values: Readonly<Record<string, string>>, source: string): ClassifierMetadata {
  return {
    labels: field("labels", values, source),
    inputSize: field("inputSize", values, source),
    resize: field("resize", values, source),
    mean: field("mean", values, source),
    std: field("std", values, source),
  };
}

function field<K extends keyof typeof fields>(
  key: K,
  values: Readonly<Record<string, string>>,
  source: string,
): z.infer<(typeof fields)[K]> {
  const text = Object.hasOwn(values, key) ? values[key] : undefined;
  if (text === undefined) {
    throw new FoveaError(
      "predict/metadata",
      `${source}: its metadata has no ${key}, so it is not a classifier of fovea`,
      {
        hint: "`fovea export RUN` writes one, with labels and preprocessing inside",
        exitCode: 2,
      },
    );
  }
  const result = fields[key].safeParse(parsed(text));
  if (result.success) return result.data as z.infer<(typeof fields)[K]>; // the schema of this very key
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  throw new FoveaError(
    "predict/metadata",
    `${source}: metadata ${key} is ${shown}: ${result.error.issues[0]?.message}`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // refused by every field's schema
  }
}
