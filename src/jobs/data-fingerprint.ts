import { FoveaError } from "../errors/fovea-error.ts";
import { datasetSpecSchema } from "../data/dataset-spec.ts";
import { openDataset } from "../data/open-dataset.ts";
import type { PlannedRun } from "../train/plan.ts";

/**
 * A function that tells what decides the images of a recipe: the fingerprints of the training and held-out split of its
 * `data`, each data set opened once; undefined for a recipe without `data`.
 *
 * @throws FoveaError `data/…` for missing or damaged data, before any job is made
 */
export function dataFingerprints(): (recipe: PlannedRun["recipe"]) => Promise<string | undefined> {
  const known = new Map<string, Promise<string>>();
  return async ({ data }) => {
    if (typeof data !== "object" || data === null) return undefined;
    const named = Object.entries(data).filter(([key]) => Object.hasOwn(datasetSpecSchema.shape, key));
    const result = datasetSpecSchema.safeParse(Object.fromEntries(named));
    if (!result.success) return undefined; // a method with data of its own kind: its recipe says which
    const key = JSON.stringify(result.data);
    let fingerprint = known.get(key);
    if (fingerprint === undefined) known.set(key, (fingerprint = fingerprintOf(result.data)));
    return fingerprint;
  };
}

async function fingerprintOf(spec: Parameters<typeof openDataset>[0]): Promise<string> {
  const train = await openDataset(spec, "train");
  return `${train.fingerprint} ${await heldOut(spec)}`;
}

async function heldOut(spec: Parameters<typeof openDataset>[0]): Promise<string> {
  try {
    return (await openDataset(spec, "val")).fingerprint;
  } catch (error) {
    if (error instanceof FoveaError && error.code === "data/split") return "none";
    throw error;
  }
}
