import { existsSync } from "node:fs";
import { join } from "node:path";
import { evaluationBatches } from "../../../data/evaluation-batches.ts";
import type { Dataset } from "../../../data/dataset.ts";
import { openDataset } from "../../../data/open-dataset.ts";
import type { TransformSpec } from "../../../data/transforms/transform.ts";
import { datasetSpec } from "../../../downstream/data-recipe.ts";
import { firstIndices, trainingIndices } from "../../../downstream/subset.ts";
import { FoveaError } from "../../../errors/fovea-error.ts";
import { makeDirectory } from "../../../files/durable-writer.node.ts";
import { fileCalls } from "../../../files/file-calls.node.ts";
import { hostTensor, type HostTensor } from "../../../graph/dtype.ts";
import { input } from "../../../graph/leaf.ts";
import { program } from "../../../graph/program.ts";
import { prepare } from "../../../nn/module.ts";
import { compile, type Executable } from "../../../runtime/compile.ts";
import { resolveDevice, type DeviceOptions } from "../../../runtime/device.ts";
import { ResidentState } from "../../../runtime/resident-state.ts";
import { checkpointWeights } from "../../../train/checkpoint-weights.ts";
import { checkRecipe } from "../../../train/recipe.ts";
import type { RunDirectory } from "../../../train/run-directory.ts";
import { uVitAutoencoder } from "../autoencoder/method.ts";
import { autoencoderOf, reduction } from "../autoencoder/network.ts";
import type { AutoencoderRecipe } from "../autoencoder/schema.ts";
import { signedPixels } from "../pixel-content.ts";
import { squareTransforms } from "../square-transforms.ts";
import { type MomentsManifest, type MomentsSplit, readShard, shardName, writeManifest, writeShard } from "./moments.ts";

export interface ExtractOptions extends DeviceOptions {
  /** Of `u-vit-autoencoder`. */
  readonly run: RunDirectory;
  readonly checkpoint?: "best" | "last" | number;
  /** Where the moments go. */
  readonly folder: string;
  readonly batchSize?: number;
  /** Images of a shard. */
  readonly shard?: number;
  readonly onProgress?: (split: MomentsSplit, done: number, count: number) => void;
}

/**
 * Encodes an autoencoder's own data to moments, both orientations of training images. Shards appear whole; those that are
 * there are kept, so a killed extraction goes on where it was. Source: u-vit sections 3.8, 4.5 and 7.
 *
 * @throws FoveaError for a run of another method
 */
export async function extractMoments(options: ExtractOptions): Promise<MomentsManifest> {
  const { run, checkpoint, folder, batchSize = 64, shard = 512, onProgress, ...device } = options;
  const { method, values } = run.readRecipe();
  if (method !== uVitAutoencoder.name)
    throw new FoveaError("u-vit/run", `run ${run.name} is of ${method}, which encodes no images`, {
      hint: "train one: fovea train u-vit/tiny-autoencoder",
      exitCode: 2,
    });
  const recipe = checkRecipe(uVitAutoencoder, values);
  const place = run.checkpoint(checkpoint);
  makeDirectory(fileCalls, folder);
  const encoder = await openEncoder(recipe, { path: place.path, batchSize, device });
  try {
    const sets: Record<MomentsSplit, Dataset> = {
      train: await openDataset(datasetSpec(recipe.data), "train"),
      val: await openDataset(datasetSpec(recipe.data), "val"),
    };
    const indices: Record<MomentsSplit, Int32Array> = {
      train: trainingIndices(sets.train, recipe.data),
      val: firstIndices(sets.val),
    };
    for (const split of ["train", "val"] as const)
      for (let first = 0; first < indices[split].length; first += shard) {
        const subset = indices[split].subarray(first, first + shard);
        const path = join(folder, shardName(split, first / shard));
        if (!existsSync(path))
          writeShard(
            path,
            await encodeShard(encoder, { recipe, dataset: sets[split], subset, mirror: split === "train" }),
          );
        onProgress?.(split, first + subset.length, indices[split].length);
      }
    const captions =
      sets.train.targets?.captions === undefined
        ? undefined
        : { train: await captionsOf(sets.train, indices.train), val: await captionsOf(sets.val, indices.val) };
    const shards = Math.ceil(indices.train.length / shard);
    const manifest: MomentsManifest = {
      format: "fovea-moments/1",
      autoencoder: { run: run.path, step: place.step },
      channels: recipe.model.latentChannels,
      size: recipe.data.imageSize / reduction(recipe),
      scale: 1 / latentDeviation(folder, shards),
      classNames: sets.train.classNames,
      counts: { train: indices.train.length, val: indices.val.length },
      shard,
      data: { train: sets.train.fingerprint, val: sets.val.fingerprint },
      ...(captions && { captions }),
    };
    writeManifest(folder, manifest);
    return manifest;
  } finally {
    await encoder.dispose();
  }
}

async function captionsOf(dataset: Dataset, indices: Int32Array): Promise<(readonly string[])[]> {
  const captions: (readonly string[])[] = [];
  for (const index of indices) captions.push((await dataset.read(index)).targets?.captions?.texts ?? []);
  return captions;
}

interface Encoder {
  readonly executable: Executable;
  readonly batchSize: number;
  dispose(): Promise<void>;
}

async function openEncoder(
  recipe: AutoencoderRecipe,
  { path, batchSize, device }: { readonly path: string; readonly batchSize: number; readonly device: DeviceOptions },
): Promise<Encoder> {
  const network = prepare(autoencoderOf(recipe));
  const state = new ResidentState(resolveDevice(device), checkpointWeights([network], path));
  const { imageSize } = recipe.data;
  const images = input("images", [batchSize, 3, imageSize, imageSize]);
  const moments = program({ outputs: { moments: network.moments(images) } });
  const executable = await compile(moments, { state });
  return {
    executable,
    batchSize,
    async dispose() {
      await executable.dispose();
      await state.dispose();
    },
  };
}

interface ShardOptions {
  readonly recipe: AutoencoderRecipe;
  readonly dataset: Dataset;
  readonly subset: Int32Array;
  readonly mirror: boolean;
}

async function encodeShard(encoder: Encoder, options: ShardOptions): Promise<Map<string, HostTensor>> {
  const plain = await encode(encoder, options, []);
  const tensors = new Map<string, HostTensor>([
    ["labels", hostTensor("int64", [plain.labels.length], plain.labels)],
    ["moments", plain.moments],
  ]);
  if (options.mirror && options.recipe.flip > 0)
    tensors.set("mirrored", (await encode(encoder, options, [{ name: "horizontalFlip", probability: 1 }])).moments);
  return tensors;
}

async function encode(
  { executable, batchSize }: Encoder,
  { recipe, dataset, subset }: ShardOptions,
  mirror: readonly TransformSpec[],
): Promise<{ moments: HostTensor; labels: BigInt64Array<ArrayBuffer> }> {
  const { imageSize } = recipe.data;
  const side = imageSize / reduction(recipe);
  const one = 2 * recipe.model.latentChannels * side ** 2;
  const all = new Float32Array(subset.length * one);
  const labels = new BigInt64Array(subset.length);
  const batches = await evaluationBatches({
    dataset,
    subset,
    batchSize,
    transforms: [...squareTransforms(recipe.crop, imageSize), ...mirror],
    normalise: signedPixels,
    imageSize,
  });
  let done = 0;
  for await (const { images, labels: own, valid } of batches) {
    const feeds = { images: hostTensor("float32", [batchSize, 3, imageSize, imageSize], images) };
    const moments = (await executable.run(feeds)).get("moments")?.data as Float32Array; // the only output
    all.set(moments.subarray(0, valid * one), done * one);
    labels.set(own.subarray(0, valid), done);
    done += valid;
  }
  const shape = [subset.length, 2 * recipe.model.latentChannels, side, side];
  return { moments: hostTensor("float32", shape, all), labels };
}

/** Deviation of unscaled latents over the training set: √(E[μ²] + E[σ²] − E[μ]²). Source: u-vit section 3.8. */
function latentDeviation(folder: string, shards: number): number {
  const sums = { count: 0, mean: 0, squares: 0 };
  for (let shard = 0; shard < shards; shard++) {
    const { shape, data } = readShard(folder, "train", shard).get("moments") as HostTensor<"float32">; // written above
    const half = data.length / shape[0] / 2;
    for (let i = 0; i < data.length; i++) {
      if (i % (2 * half) >= half) sums.squares += Math.exp(Math.min(20, Math.max(-30, data[i])));
      else {
        sums.count++;
        sums.mean += data[i];
        sums.squares += data[i] ** 2;
      }
    }
  }
  return Math.sqrt(Math.max(1e-12, sums.squares / sums.count - (sums.mean / sums.count) ** 2));
}
