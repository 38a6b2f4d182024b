import type { Dataset } from "./dataset.ts";
import type { DatasetSource } from "./dataset-source.ts";
import { annotatedDataset } from "./annotated/annotated-dataset.ts";
import { clipDataset } from "./clips/clip-dataset.ts";
import { folderDataset } from "./folder-dataset.ts";
import { memoryDataset } from "./memory-dataset.ts";
import { spectraDataset } from "./spectra/spectra-dataset.ts";
import { worldDataset } from "./world/world-dataset.ts";

/** The data set of a source. */
export function openSource(source: DatasetSource): Dataset {
  switch (source.kind) {
    case "memory":
      return memoryDataset(source);
    case "folder":
      return folderDataset(source);
    case "annotated":
      return annotatedDataset(source);
    case "world":
      return worldDataset(source);
    case "clips":
      return clipDataset(source);
    case "spectra":
      return spectraDataset(source);
  }
}
