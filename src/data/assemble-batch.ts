import { FoveaError } from "../errors/fovea-error.ts";
import { generator, type Generator } from "../random/generator.ts";
import type { AssembledBatch, BadImage, BatchMemory, BatchPlan, BatchTask } from "./batch-plan.ts";
import type { Dataset } from "./dataset.ts";
import type { RawImage } from "./image.ts";
import { maskGenerator, type MaskGenerator } from "./masks/mask-spec.ts";
import type { Targets } from "./targets.ts";
import { readClip } from "./clips/read-clip.ts";
import { rowKind, rowLength } from "./row-kind.ts";
import { clipFrames } from "./sampling/clip-spec.ts";
import { readSpectrum } from "./spectra/read-spectrum.ts";
import { spectrumRow } from "./spectra/spectrum-row.ts";
import { normaliseInto } from "./transforms/normalise.ts";
import { randomErasing } from "./transforms/random-erasing.ts";
import { leadingPart, transformView } from "./transforms/transform.ts";
import type { View } from "./transforms/view.ts";

/**
 * Makes one batch: reads, transforms, normalises and masks each image; all frames of a clip with the same numbers. A pure
 * function of plan and task.
 *
 * An unreadable image is left out: in training the next readable one of the same batch takes its place (with its own
 * random numbers), in evaluation the batch is shorter.
 *
 * @param memory of an earlier batch of this plan, for the rows of this one
 */
export async function assembleBatch(
  dataset: Dataset,
  plan: BatchPlan,
  task: BatchTask,
  memory?: BatchMemory,
): Promise<AssembledBatch> {
  const bad: BadImage[] = [];
  const mask = plan.masks === undefined ? undefined : maskGenerator(plan.masks);
  const batch = emptyBatch(plan, mask, memory);
  const moved: (Targets | undefined)[] = [];
  const missing: number[] = [];
  const readable: number[] = []; // places
  for (const [place, index] of task.indices.entries()) {
    const made = await unlessUnreadable(() => makeRow(dataset, plan, task, index, place), index, bad);
    if (made === undefined) missing.push(place);
    else {
      const row = task.kind === "train" ? place : readable.length;
      readable.push(place);
      moved[row] = fillRow(batch, row, made, plan, task, mask);
    }
  }
  if (task.kind === "evaluate") {
    if (memory !== undefined) memory.fill(0, readable.length * (memory.length / plan.batchSize));
    return { ...batch, ...withTargets(plan, moved), valid: readable.length, bad };
  }
  if (readable.length === 0) throw unreadableBatch(plan, task.indices.length, bad);
  for (const place of missing) {
    const index = task.indices[readable.find((other) => other > place) ?? readable[0]];
    const made = await makeRow(dataset, plan, task, index, place);
    moved[place] = fillRow(batch, place, made, plan, task, mask);
  }
  return { ...batch, ...withTargets(plan, moved), valid: task.indices.length, bad };
}

const withTargets = (
  { targets }: BatchPlan,
  moved: readonly (Targets | undefined)[],
): Pick<AssembledBatch, "targets"> => (targets ? { targets: moved } : {});

/** A sample after the transforms, or the row of a spectrum. */
interface Made {
  readonly row: View | Float32Array;
  readonly label: number;
  readonly index: number;
  /** In the task. */
  readonly place: number;
}

async function makeRow(
  dataset: Dataset,
  plan: BatchPlan,
  task: BatchTask,
  index: number,
  place: number,
): Promise<Made> {
  const random = stream("data/augment", plan, task, index, place);
  if (plan.spectrum !== undefined) {
    const sample = await readSpectrum(dataset, index);
    const row = spectrumRow(sample, plan.spectrum, task.kind === "train" ? random : undefined);
    return { row, label: sample.label, index, place };
  }
  if (plan.clip !== undefined) {
    const { clip: spec } = plan;
    const choice = task.kind === "train" ? stream("data/frames", plan, task, index, place) : undefined;
    const sample = await readClip(dataset, index, (total) => clipFrames(total, spec, choice));
    const targets = plan.targets ? sample.targets : { clip: sample.targets.clip };
    const row = transformNamed({ image: sample.image, targets }, sample.id, plan, random);
    for (const image of framesOf(row)) checkSize({ image }, sample.id, plan);
    return { row, label: sample.label, index, place };
  }
  const leading = plan.targets ? undefined : leadingPart(plan.transforms, random);
  const { image, targets, label, id } =
    leading !== undefined && dataset.readPart !== undefined
      ? await dataset.readPart(index, leading.part)
      : await dataset.read(index);
  const transforms = dataset.readPart === undefined ? plan.transforms : (leading?.rest ?? plan.transforms);
  const view = transformNamed(plan.targets ? { image, targets } : { image }, id, { transforms }, random);
  checkSize(view, id, plan);
  return { row: view, label, index, place };
}

/** The images of a row: a clip's frames, or the one. */
const framesOf = ({ image, targets }: View, clip = targets?.clip): readonly RawImage[] => clip?.frames ?? [image];

async function unlessUnreadable(make: () => Promise<Made>, index: number, bad: BadImage[]): Promise<Made | undefined> {
  try {
    return await make();
  } catch (error) {
    if (!(error instanceof FoveaError) || error.code !== "data/unreadable-image") throw error;
    bad.push({ index, message: error.message });
    return undefined;
  }
}

/** Writes a row of the batch, and returns its targets. */
function fillRow(
  batch: Rows,
  row: number,
  { row: made, label, index, place }: Made,
  plan: BatchPlan,
  task: BatchTask,
  mask: MaskGenerator | undefined,
): Targets | undefined {
  const values = batch.values.subarray(row * rowLength(plan), (row + 1) * rowLength(plan));
  if (made instanceof Float32Array) values.set(made);
  else {
    const size = 3 * plan.height * plan.width;
    for (const [t, frame] of (plan.clip === undefined ? [made.image] : framesOf(made)).entries()) {
      normaliseInto(frame, plan.normalise, values, t * size);
      if (plan.erasing === undefined) continue;
      const erased = values.subarray(t * size, (t + 1) * size);
      randomErasing(erased, plan, plan.erasing, stream("data/erase", plan, task, index, place)); // anew: the same box
    }
  }
  batch.labels[row] = BigInt(label);
  batch.indices[row] = index;
  if (mask !== undefined && batch.masks !== undefined) {
    fillMask(mask, batch.masks, row, stream("data/mask", plan, task, index, place));
  }
  return made instanceof Float32Array ? undefined : made.targets;
}

function unreadableBatch(plan: BatchPlan, count: number, bad: readonly BadImage[]): FoveaError {
  return new FoveaError(
    "data/unreadable-batch",
    `none of a batch's ${count} ${rowKind(plan)} can be read: ${bad[0].message}`,
    {
      hint: "`fovea data inspect DIR` lists those that cannot be read",
    },
  );
}

/** The arrays of a batch. */
type Rows = Omit<AssembledBatch, "valid" | "bad">;

function emptyBatch(plan: BatchPlan, mask: MaskGenerator | undefined, memory: BatchMemory | undefined): Rows {
  const { batchSize } = plan;
  return {
    values: memory ?? new Float32Array(batchSize * rowLength(plan)),
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

function checkSize({ image: { width, height } }: Pick<View, "image">, id: string, plan: BatchPlan): void {
  if (width === plan.width && height === plan.height) return;
  const sizes = `${width}×${height} pixels after the transforms, the batch holds ${plan.width}×${plan.height}`;
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
