/** The manifest of golden cases, `ops.json` (its README: ../shared/golden). Read in Node and in the browser page. */
import { z } from "zod";
import { FoveaError } from "../../src/errors/fovea-error.ts";
import { memorySource } from "../../src/files/byte-source.ts";
import type { HostTensor } from "../../src/graph/dtype.ts";
import { parseSafetensors, type SafetensorsFile } from "../../src/formats/safetensors.ts";

const goldenCase = z.object({
  name: z.string(),
  /** The operator, in PyTorch's vocabulary. */
  op: z.string(),
  attrs: z.record(z.string(), z.unknown()).default({}),
  /** Keys of tensors, by argument name. */
  inputs: z.record(z.string(), z.string()),
  output: z.string(),
  /** Gradient of what follows with respect to the output. */
  upstream: z.string().optional(),
  /** Expected gradients by argument name. */
  grads: z.record(z.string(), z.string()).default({}),
});
const optimiserCase = z.object({ attrs: z.record(z.string(), z.unknown()).default({}), steps: z.number().int() });
const manifest = z.object({
  cases: z.array(goldenCase).default([]),
  optimisers: z.record(z.string(), optimiserCase).default({}),
});

export type GoldenCase = z.infer<typeof goldenCase>;
export type OptimiserCase = z.infer<typeof optimiserCase>;

/** Cases with their tensors. */
export interface GoldenSet {
  readonly cases: readonly GoldenCase[];
  readonly optimisers: Readonly<Record<string, OptimiserCase>>;
  /** Floating types become float32. Throws when there is no such tensor. */
  tensor(key: string): HostTensor;
}

export function parseGoldenSet(json: string, safetensors: Uint8Array, source: string): GoldenSet {
  const parsed = manifest.safeParse(JSON.parse(json));
  if (!parsed.success)
    throw new FoveaError("golden/manifest", `${source} is not a golden manifest:\n${z.prettifyError(parsed.error)}`);
  const file = parseSafetensors(memorySource(safetensors, source.replace(/\.json$/, ".safetensors")));
  return { ...parsed.data, tensor: (key) => tensorOf(file, key, source) };
}

function tensorOf(file: SafetensorsFile, key: string, source: string): HostTensor {
  const stored = file.tensors.get(key);
  if (stored === undefined) throw new FoveaError("golden/tensor", `${source}: there is no tensor ${key}`);
  const value = stored.load({ widen: true });
  if (value.dtype !== "float64") return value;
  return { dtype: "float32", shape: value.shape, data: Float32Array.from(value.data as Float64Array) };
}
