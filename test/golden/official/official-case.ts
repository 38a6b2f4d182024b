/** One small, randomly initialised official model with its results (../shared/golden/official/README.md). */
import { z } from "zod";
import { FoveaError } from "../../../src/errors/fovea-error.ts";
import { memorySource } from "../../../src/files/byte-source.ts";
import { openWeightsSource } from "../../../src/formats/weights-source.ts";
import { parseSafetensors, type StoredTensor } from "../../../src/formats/safetensors.ts";
import { hostTensor, type HostTensor } from "../../../src/graph/dtype.ts";

const manifest = z.object({
  format: z.literal("official-golden/1"),
  system: z.string(),
  case: z.string(),
  official: z.object({ classes: z.array(z.string()) }),
  config: z.record(z.string(), z.unknown()),
  mode: z.string().optional(),
  weights: z.array(z.object({ file: z.string().nullable(), path: z.array(z.string()).optional() })).default([]),
  gradients: z
    .array(
      z.object({ of: z.string(), prefix: z.string(), parameters: z.array(z.string()), inputs: z.array(z.string()) }),
    )
    .default([]),
  tolerance: z.object({ relative: z.number(), absolute: z.record(z.string(), z.number()).default({}) }),
});

export interface OfficialCase extends Omit<z.infer<typeof manifest>, "weights"> {
  /** `u-vit/class` */
  readonly name: string;
  /** Everything in `case.json`, for what only one family needs. */
  readonly json: Readonly<Record<string, unknown>>;
  /** Names in `io.safetensors`. */
  readonly names: readonly string[];
  /** A tensor of `io.safetensors`. Throws when there is none. */
  io(name: string): HostTensor;
  /** The tensors of a `.pth` of the case, at the place that the manifest names. Throws when there is no such file. */
  weights(file?: string): ReadonlyMap<string, StoredTensor>;
}

/** Opens a case; `files` holds the bytes of its folder by name. */
export function openOfficialCase(path: string, files: ReadonlyMap<string, Uint8Array>): OfficialCase {
  const source = (file: string) => {
    const bytes = files.get(file);
    if (bytes === undefined) throw new FoveaError("golden/file", `${path}: the case has no file ${file}`);
    return memorySource(bytes, file);
  };
  const json = JSON.parse(new TextDecoder().decode(files.get("case.json"))) as Record<string, unknown>; // checked below
  const parsed = manifest.safeParse(json);
  if (!parsed.success)
    throw new FoveaError("golden/manifest", `${path} is no official case:\n${z.prettifyError(parsed.error)}`);
  const { tensors } = parseSafetensors(source("io.safetensors"));
  return {
    ...parsed.data,
    json,
    name: `${parsed.data.system}/${parsed.data.case}`,
    names: [...tensors.keys()],
    io(name) {
      const tensor = tensors.get(name);
      if (tensor === undefined) throw new FoveaError("golden/tensor", `${path}: io.safetensors has no ${name}`);
      return tensor.load();
    },
    weights(file = "weights.pth") {
      const entry = parsed.data.weights.find((weight) => weight.file === file);
      return openWeightsSource(source(file), { skipUnknown: true, at: entry?.path ?? [] }).tensors;
    },
  };
}

/** Integers (masks, stored as int64 or uint8) as the float32 that our networks take. */
export const asFloat = ({ shape, data }: HostTensor): HostTensor<"float32"> =>
  hostTensor("float32", shape, Float32Array.from(data as ArrayLike<number>, Number));
