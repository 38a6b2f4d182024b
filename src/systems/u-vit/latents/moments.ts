import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { FoveaError } from "../../../errors/fovea-error.ts";
import { readFileBytes } from "../../../files/byte-source.node.ts";
import { commitFile } from "../../../files/durable-writer.node.ts";
import { fileCalls } from "../../../files/file-calls.node.ts";
import { parseJson } from "../../../files/json.ts";
import { defaultLimits } from "../../../files/limits.ts";
import { openWeights } from "../../../formats/open-weights.node.ts";
import { writeSafetensors } from "../../../formats/safetensors-writer.ts";
import type { HostTensor } from "../../../graph/dtype.ts";

const captions = z.array(z.array(z.string()).readonly()).readonly();

/**
 * A folder of moments: `features.json`, which is written last, and for each split shards `train-00000.safetensors` of
 * `moments` [n, 2E, s, s] (mean, then log variance, of images as they are), `mirrored` (of their mirror images, training
 * only) and `labels` int64 [n]. Unlike the official `IDX.npy` files nothing in it is pickled.
 */
const manifestSchema = z.strictObject({
  format: z.literal("fovea-moments/1"),
  /** The autoencoder's run, and the step of its checkpoint. */
  autoencoder: z.strictObject({ run: z.string(), step: z.int() }),
  /** E */
  channels: z.int().min(1),
  /** s */
  size: z.int().min(1),
  /** k = 1/deviation of the training set's unscaled latents. */
  scale: z.number().positive(),
  classNames: z.array(z.string()).readonly(),
  counts: z.strictObject({ train: z.int().min(1), val: z.int().min(1) }),
  shard: z.int().min(1),
  /** Fingerprints of the data. */
  data: z.strictObject({ train: z.string(), val: z.string() }),
  /** By image, where the set has captions. */
  captions: z.strictObject({ train: captions, val: captions }).optional(),
});
export type MomentsManifest = z.infer<typeof manifestSchema>;

export type MomentsSplit = "train" | "val";

const manifestName = "features.json";

export const shardName = (split: MomentsSplit, shard: number): string =>
  `${split}-${String(shard).padStart(5, "0")}.safetensors`;

export function writeManifest(folder: string, manifest: MomentsManifest): void {
  const text = `${JSON.stringify(manifest)}\n`;
  commitFile(fileCalls, join(folder, manifestName), [new TextEncoder().encode(text)], { overwrite: true });
}

/** @throws FoveaError where the folder has no complete set of moments */
export function readManifest(folder: string): MomentsManifest {
  const path = join(folder, manifestName);
  if (!existsSync(path))
    throw new FoveaError("u-vit/latents", `${folder} holds no moments: there is no ${manifestName}`, {
      hint: "make them, or finish them: fovea features AUTOENCODER-RUN --to DIR",
      exitCode: 2,
    });
  const parsed = manifestSchema.safeParse(parseJson(readFileBytes(path, defaultLimits.jsonBytes), { name: path }));
  if (parsed.success) return parsed.data;
  throw new FoveaError("u-vit/latents", `${path}: ${z.prettifyError(parsed.error)}`);
}

export function writeShard(path: string, tensors: ReadonlyMap<string, HostTensor>): void {
  commitFile(fileCalls, path, writeSafetensors(tensors), { overwrite: true });
}

/** Tensors of a shard. */
export function readShard(folder: string, split: MomentsSplit, shard: number): Map<string, HostTensor> {
  const file = openWeights(join(folder, shardName(split, shard)));
  try {
    return new Map([...file.tensors].map(([name, stored]) => [name, stored.load()]));
  } finally {
    file.close();
  }
}
