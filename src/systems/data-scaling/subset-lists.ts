import { openDataset } from "../../data/open-dataset.ts";
import type { Dataset } from "../../data/dataset.ts";
import { datasetSpec } from "../../downstream/data-recipe.ts";
import { trainingIndices } from "../../downstream/subset.ts";
import type { StudySettings } from "./study-settings.ts";

/**
 * Which images each part of a study holds: `lists/32.txt` and so on, one path, or whatever names an image in its file, a
 * line; and those of fine-tuning. Nested and class-balanced, as the runs draw them (section 4.2).
 */
export async function subsetLists({
  data,
  images,
  subsetSeed,
  fineTuning,
}: StudySettings): Promise<Map<string, string>> {
  const train = await openDataset(datasetSpec(data), "train");
  const lists = new Map<string, string>();
  const add = async (name: string, count: number): Promise<void> => {
    const indices = trainingIndices(train, { ...data, subset: { count, seed: subsetSeed } });
    const names: string[] = [];
    for (const index of indices) names.push(await nameOf(train, index));
    lists.set(`lists/${name}.txt`, names.map((line) => `${line}\n`).join(""));
  };
  for (const count of images) await add(String(count), count);
  if (fineTuning.images > 0) await add(`fine-tuning-${fineTuning.images}`, fineTuning.images);
  return lists;
}

/** A file's path without opening it; else what the sample calls itself. */
async function nameOf({ source, read }: Dataset, index: number): Promise<string> {
  return source.kind === "folder" ? source.files[index] : (await read(index)).id;
}
