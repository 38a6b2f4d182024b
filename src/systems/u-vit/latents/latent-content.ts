import { hostTensor, type HostTensor } from "../../../graph/dtype.ts";
import { input } from "../../../graph/leaf.ts";
import { program } from "../../../graph/program.ts";
import { prepare } from "../../../nn/module.ts";
import { generator } from "../../../random/generator.ts";
import { compile, type Executable } from "../../../runtime/compile.ts";
import { resolveDevice, type DeviceOptions } from "../../../runtime/device.ts";
import { ResidentState } from "../../../runtime/resident-state.ts";
import { checkpointWeights } from "../../../train/checkpoint-weights.ts";
import { checkRecipe } from "../../../train/recipe.ts";
import { RunDirectory } from "../../../train/run-directory.ts";
import type { BatchSource, Feeds } from "../../../train/task.ts";
import { uVitAutoencoder } from "../autoencoder/method.ts";
import { autoencoderOf } from "../autoencoder/network.ts";
import type { CleanBatch, Content, Generated, HeldOutBatch } from "../content.ts";
import { type MomentsManifest, type MomentsSplit, readManifest, readShard } from "./moments.ts";

/** Latents of a folder of moments, k (μ + σ n) with fresh n at every read; decoded by the autoencoder's run. */
export function latentContent(
  folder: string,
  { flip, batchSize, seed }: { readonly flip: number; readonly batchSize: number; readonly seed: number },
): Content {
  const manifest = readManifest(folder);
  const train = readSplit(folder, manifest, "train");
  const { channels, size, scale, counts } = manifest;
  const one = channels * size ** 2;
  const batchAt = (step: number): CleanBatch => {
    const perEpoch = Math.floor(counts.train / batchSize);
    const order = generator(seed, "u-vit/latents/order", Math.floor(step / perEpoch)).permutation(counts.train);
    const random = generator(seed, "u-vit/latents/posterior", step);
    const indices = Int32Array.from(order.subarray((step % perEpoch) * batchSize, ((step % perEpoch) + 1) * batchSize));
    const images = new Float32Array(batchSize * one);
    indices.forEach((index, row) => {
      const moments = train.mirrored !== undefined && random.uniform() < flip ? train.mirrored : train.moments;
      const noise = random.fillNormal(new Float32Array(one));
      latentInto(images.subarray(row * one), moments.subarray(2 * one * index, 2 * one * (index + 1)), {
        noise,
        scale,
      });
    });
    const labels = BigInt64Array.from(indices, (index) => train.labels[index]);
    const captions = manifest.captions?.train;
    return { images, labels, indices, step, ...(captions && { captions: Array.from(indices, (i) => captions[i]) }) };
  };
  return {
    ...decodedBy(manifest, {}),
    count: counts.train,
    source: (feedsOf) => pureSource((step) => feedsOf(batchAt(step))),
    heldOut: (count, size) => Promise.resolve(heldOut(folder, manifest, { count, batchSize: size })),
  };
}

/** What a model of these latents gives, without the latents. */
export const decodedLatents = (folder: string, device: DeviceOptions): Generated =>
  decodedBy(readManifest(folder), device);

function decodedBy(
  { channels, size, scale, classNames, autoencoder }: MomentsManifest,
  device: DeviceOptions,
): Generated {
  let open: { executable: Executable; state: ResidentState; count: number } | undefined;
  const close = async (): Promise<void> => {
    await open?.executable.dispose();
    await open?.state.dispose();
    open = undefined;
  };
  return {
    channels,
    size,
    classNames,
    close,
    async decode(values, count) {
      if (open?.count !== count) {
        await close();
        open = { ...(await openDecoder({ channels, size, scale, autoencoder, count }, device)), count };
      }
      const latent = hostTensor("float32", [count, channels, size, size], Float32Array.from(values));
      return (await open.executable.run({ latent })).get("images")?.data as Float32Array; // of openDecoder
    },
  };
}

async function openDecoder(
  {
    channels,
    size,
    scale,
    autoencoder,
    count,
  }: Pick<MomentsManifest, "channels" | "size" | "scale" | "autoencoder"> & { readonly count: number },
  device: DeviceOptions,
): Promise<{ executable: Executable; state: ResidentState }> {
  const run = RunDirectory.open(autoencoder.run);
  const network = prepare(autoencoderOf(checkRecipe(uVitAutoencoder, run.readRecipe().values), scale));
  const state = new ResidentState(
    resolveDevice(device),
    checkpointWeights([network], run.checkpoint(autoencoder.step).path),
  );
  const images = network.decode(input("latent", [count, channels, size, size]));
  return { executable: await compile(program({ outputs: { images } }), { state }), state };
}

interface SplitMoments {
  /** [n, 2E, s, s] */
  readonly moments: Float32Array;
  readonly mirrored: Float32Array | undefined;
  readonly labels: BigInt64Array;
}

/** All shards of a split in memory: 2·E·s² numbers for each image and orientation. */
function readSplit(folder: string, { counts, shard }: MomentsManifest, split: MomentsSplit): SplitMoments {
  const shards = Array.from({ length: Math.ceil(counts[split] / shard) }, (_, i) => readShard(folder, split, i));
  const values = (name: string): Float32Array[] =>
    shards.flatMap((tensors) => {
      const tensor = tensors.get(name) as HostTensor<"float32"> | undefined; // as `writeShard` was given
      return tensor === undefined ? [] : [tensor.data];
    });
  const mirrored = values("mirrored");
  return {
    moments: joined(values("moments")),
    mirrored: mirrored.length === shards.length ? joined(mirrored) : undefined,
    labels: BigInt64Array.from(shards.flatMap((tensors) => [...(tensors.get("labels")?.data as BigInt64Array)])), // int64
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** z = k (μ + exp(½ log σ²) n), log σ² clamped to [−30, 20]. Source: u-vit section 3.8. */
function latentInto(
  out: Float32Array,
  moments: Float32Array,
  { noise, scale }: { readonly noise: Float32Array; readonly scale: number },
): void {
  const half = moments.length / 2;
  for (let i = 0; i < half; i++) {
    const deviation = Math.exp(0.5 * Math.min(20, Math.max(-30, moments[half + i])));
    out[i] = scale * (moments[i] + deviation * noise[i]);
  }
}

async function* heldOut(
  folder: string,
  manifest: MomentsManifest,
  { count, batchSize }: { readonly count: number; readonly batchSize: number },
): AsyncIterable<HeldOutBatch> {
  const { moments, labels } = readSplit(folder, manifest, "val");
  const one = manifest.channels * manifest.size ** 2;
  const last = Math.min(count, manifest.counts.val);
  for (let first = 0; first < last; first += batchSize) {
    const valid = Math.min(batchSize, last - first);
    const images = new Float32Array(batchSize * one);
    for (let row = 0; row < valid; row++) {
      const own = moments.subarray(2 * one * (first + row), 2 * one * (first + row + 1));
      const noise = generator(0, "u-vit/latents/validation", first + row).fillNormal(new Float32Array(one));
      latentInto(images.subarray(row * one), own, { noise, scale: manifest.scale });
    }
    const places = Array.from({ length: batchSize }, (_, row) => (row < valid ? first + row : -1));
    const own = places.map((index) => (index < 0 ? 0n : labels[index]));
    const captions = manifest.captions?.val;
    yield {
      images,
      labels: BigInt64Array.from(own),
      indices: Int32Array.from(places),
      valid,
      ...(captions && { captions: places.map((index) => captions[index] ?? []) }),
    };
  }
}

/** A source whose batches are made on the spot from their step alone. */
const pureSource = (feedsAt: (step: number) => Feeds): BatchSource => ({
  next: (step) => Promise.resolve(feedsAt(step)),
  start: () => Promise.resolve(),
  warnings: () => [],
  close: () => Promise.resolve(),
});
