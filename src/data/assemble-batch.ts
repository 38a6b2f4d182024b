import { FoveaError } from "../errors/fovea-error.ts";
import { generator, type Generator } from "../random/generator.ts";
import type { AssembledBatch, BadImage, BatchPlan, BatchTask } from "./batch-plan.ts";
import type { Dataset } from "./dataset.ts";
import type { Sample } from "./image.ts";
import { maskGenerator, type MaskGenerator } from "./masks/mask-spec.ts";
import type { Targets } from "./targets.ts";
import { normaliseInto } from "./transforms/normalise.ts";
import { randomErasing } from "./transforms/random-erasing.ts";
import { transformView } from "./transforms/transform.ts";
import type { View } from "./transforms/view.ts";

/**
 * Makes one batch: reads, transforms, normalises and masks each image. A pure function of plan and task.
 *
 * An unreadable image is left out: in training the next readable one of the same batch takes its place (with its own
 * random numbers), in evaluation the batch is shorter.
 */
export async function assembleBatch(dataset: Dataset, plan: BatchPlan, task: BatchTask): Promise<AssembledBatch> {
  const bad: BadImage[] = [];
  const samples = await readSamples(dataset, task.indices, bad);
  const places = task.kind === "train" ? replaceMissing(samples, bad) : samples.filter((found) => found !== undefined);
  const mask = plan.masks === undefined ? undefined : maskGenerator(plan.masks);
  const batch = emptyBatch(plan, mask);
  const moved: (Targets | undefined)[] = [];
  for (const [place, { index, sample }] of places.entries()) {
    const { image, targets } = transformed(sample, plan, stream("data/augment", plan, task, index, place));
    const start = place * 3 * plan.height * plan.width;
    normaliseInto(image, plan.normalise, batch.images, start);
    if (plan.erasing !== undefined) {
      const values = batch.images.subarray(start, start + 3 * plan.height * plan.width);
      randomErasing(values, plan, plan.erasing, stream("data/erase", plan, task, index, place));
    }
    moved.push(targets);
    batch.labels[place] = BigInt(sample.label);
    batch.indices[place] = index;
    if (mask !== undefined && batch.masks !== undefined) {
      fillMask(mask, batch.masks, place, stream("data/mask", plan, task, index, place));
    }
  }
  return { ...batch, ...(plan.targets && { targets: moved }), valid: places.length, bad };
}

interface Found {
  readonly index: number;
  readonly sample: Sample;
}

/** The samples in order, undefined where an image cannot be read; a repeated index is read once. */
async function readSamples(dataset: Dataset, indices: Int32Array, bad: BadImage[]): Promise<(Found | undefined)[]> {
  const found: (Found | undefined)[] = [];
  for (const index of indices) {
    try {
      found.push({ index, sample: await dataset.read(index) });
    } catch (error) {
      if (!(error instanceof FoveaError) || error.code !== "data/unreadable-image") throw error;
      bad.push({ index, message: error.message });
      found.push(undefined);
    }
  }
  return found;
}

function replaceMissing(samples: readonly (Found | undefined)[], bad: readonly BadImage[]): Found[] {
  const readable = samples.filter((found) => found !== undefined);
  if (readable.length === 0) {
    throw new FoveaError(
      "data/unreadable-batch",
      `none of a batch's ${samples.length} images can be read: ${bad[0].message}`,
      {
        hint: "`fovea data inspect DIR` lists the images that cannot be read",
      },
    );
  }
  let next = 0; // readable images before the place: the one after it is readable[next], or the first again
  return samples.map((found) => (found === undefined ? readable[next % readable.length] : readable[next++]));
}

function emptyBatch(plan: BatchPlan, mask: MaskGenerator | undefined): Omit<AssembledBatch, "valid" | "bad"> {
  const { batchSize, height, width } = plan;
  return {
    images: new Float32Array(batchSize * 3 * height * width),
    labels: new BigInt64Array(batchSize),
    indices: new Int32Array(batchSize).fill(-1),
    ...(mask === undefined ? {} : { masks: new Float32Array(batchSize * mask.grid * mask.grid) }),
  };
}

/**
 * Training: fresh numbers for each step and place among those of all processes. Evaluation: the same for an image whenever
 * it is looked at.
 */
function stream(purpose: string, { seed, shard }: BatchPlan, task: BatchTask, index: number, place: number): Generator {
  return task.kind === "train"
    ? generator(seed, purpose, task.step, place * shard.world + shard.rank)
    : generator(seed, purpose, index);
}

function transformed({ image, targets, id }: Sample, plan: BatchPlan, random: Generator): View {
  const view = transformNamed(plan.targets ? { image, targets } : { image }, id, plan, random);
  const result = view.image;
  if (result.width === plan.width && result.height === plan.height) return view;
  const sizes = `${result.width}×${result.height} pixels after the transforms, the batch holds ${plan.width}×${plan.height}`;
  throw new FoveaError("data/image-size", `${id}: ${sizes}`, {
    hint: `end the transforms with a fixed size, as { name: "resize", size: [${plan.height}, ${plan.width}] }`,
    exitCode: 2,
  });
}

/** Applies the transforms; a refusal for this image says which it was. */
export function transformNamed(
  view: View,
  id: string,
  { transforms }: Pick<BatchPlan, "transforms">,
  random: Generator,
): View {
  try {
    return transformView(view, transforms, random);
  } catch (error) {
    if (!(error instanceof FoveaError)) throw error;
    const hint = error.hint === undefined ? {} : { hint: error.hint };
    throw new FoveaError(error.code, `${id}: ${error.message}`, { ...hint, cause: error, exitCode: 2 });
  }
}

function fillMask(mask: MaskGenerator, masks: Float32Array, place: number, random: Generator): void {
  const tokens = new Uint8Array(mask.grid * mask.grid);
  mask.fill(tokens, random);
  masks.set(tokens, place * tokens.length);
}
