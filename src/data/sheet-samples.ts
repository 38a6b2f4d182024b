import { FoveaError } from "../errors/fovea-error.ts";
import type { Dataset } from "./dataset.ts";
import type { DatasetSpecInput } from "./dataset-spec.ts";
import type { Sample } from "./image.ts";
import { openDataset } from "./open-dataset.ts";
import { splits } from "./split.ts";
import type { TargetInfo } from "./targets.ts";

/** Samples to look at. */
export interface SheetSamples {
  readonly samples: readonly Sample[];
  readonly classNames: readonly string[];
  readonly targets?: TargetInfo;
}

/**
 * Up to `count` readable samples (24 of images with a label alone, 8 where there is more to see), evenly spread over all
 * splits.
 *
 * @throws FoveaError where no split opens or no image can be read
 */
export async function sheetSamples(spec: DatasetSpecInput, count?: number): Promise<SheetSamples> {
  const sets = await openedSplits(spec);
  const [{ classNames, targets }] = sets;
  const places = sets.flatMap((set) => Array.from({ length: set.length }, (_, index) => ({ set, index })));
  const many = targets === undefined || Object.keys(targets).every((kind) => kind === "label");
  const wanted = Math.min(places.length, count ?? (many ? 24 : 8));
  const samples: Sample[] = [];
  let problem: unknown;
  for (let i = 0; i < wanted; i++) {
    const { set, index } = places[Math.floor(((i + 0.5) * places.length) / wanted)];
    try {
      samples.push(await set.read(index));
    } catch (error) {
      if (!(error instanceof FoveaError)) throw error;
      problem ??= error;
    }
  }
  if (samples.length === 0) throw problem;
  return { samples, classNames, ...(targets && { targets }) };
}

async function openedSplits(spec: DatasetSpecInput): Promise<[Dataset, ...Dataset[]]> {
  const opened: Dataset[] = [];
  let problem: unknown;
  for (const split of splits) {
    try {
      opened.push(await openDataset(spec, split));
    } catch (error) {
      if (!(error instanceof FoveaError)) throw error;
      problem ??= error;
    }
  }
  const [first, ...others] = opened;
  if (first === undefined) throw problem;
  return [first, ...others];
}
