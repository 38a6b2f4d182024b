import { dataFormats } from "./data-formats.ts";
import type { Dataset } from "./dataset.ts";
import type { DatasetSource } from "./dataset-source.ts";
import { parseDatasetSpec, type DatasetSpec, type DatasetSpecInput } from "./dataset-spec.ts";
import { locateFormat } from "./locate-format.ts";
import { openSource } from "./open-source.ts";
import type { Split } from "./split.ts";
import { roomForPictures } from "./world/world-dataset.ts";

/**
 * Opens one split of the images that `spec` names. Files that hold many images are read and checked as a whole, image
 * folders are listed.
 *
 * @throws FoveaError `data/…` for a missing or empty folder, an unknown layout, a split that the set has not
 * (`data/split`), or files that are damaged.
 */
export async function openDataset(spec: DatasetSpecInput, split: Split): Promise<Dataset> {
  return openSource(sourceOf(parseDatasetSpec(spec), split));
}

function sourceOf(spec: DatasetSpec, split: Split): DatasetSource {
  if (spec.root === undefined) {
    const { imageSize, seed, scene, task, world: options = {} } = spec;
    const count = split === "train" ? spec.count : spec.valCount;
    const drawn = scene === "shapes-1" ? roomForPictures(imageSize, count) : undefined;
    return { kind: "world", scene, task, options, imageSize, count, seed, split, drawn };
  }
  const { format, folder } = locateFormat(spec.root, spec.format);
  return dataFormats[format].open(folder, split, spec);
}
