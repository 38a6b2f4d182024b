import { join } from "node:path";
import { deflateSync } from "node:zlib";
import type { DatasetSpecInput } from "../../data/dataset-spec.ts";
import { openDataset } from "../../data/open-dataset.ts";
import { commitFile, makeDirectory } from "../../files/durable-writer.node.ts";
import { fileCalls } from "../../files/file-calls.node.ts";
import { encodePng } from "../../formats/png.ts";

export interface SampleImage {
  /** The PNG file. */
  readonly path: string;
  /** Its true class. */
  readonly label: string;
}

/** Writes `count` held-out images, spread over the validation split, as `FOLDER/NUMBER-CLASS.png`. */
export async function writeSampleImages(spec: DatasetSpecInput, folder: string, count: number): Promise<SampleImage[]> {
  const dataset = await openDataset(spec, "val");
  makeDirectory(fileCalls, folder);
  const samples: SampleImage[] = [];
  for (let i = 0; i < Math.min(count, dataset.length); i++) {
    // + i: a set whose classes take turns would give the same class each time
    const index = (Math.floor((i * dataset.length) / count) + i) % dataset.length;
    const { image, label } = await dataset.read(index);
    const name = dataset.classNames[label] ?? String(label);
    const path = join(folder, `${i + 1}-${name.replaceAll(/[^A-Za-z0-9_-]/g, "_")}.png`);
    commitFile(fileCalls, path, [encodePng(image, { deflate: deflateSync })], { overwrite: true });
    samples.push({ path, label: name });
  }
  return samples;
}
