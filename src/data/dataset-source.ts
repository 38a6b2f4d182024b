import type { Dataset } from "./dataset.ts";
import { folderDataset, type FolderSource } from "./folder-dataset.ts";
import { memoryDataset, type MemorySource } from "./memory-dataset.ts";
import { worldDataset, type WorldSource } from "./world/world-dataset.ts";

/** An opened data set as plain data, ready to be sent to a thread; large arrays lie in shared memory. */
export type DatasetSource = MemorySource | FolderSource | WorldSource;

/** The data set of a source. */
export function openSource(source: DatasetSource): Dataset {
  switch (source.kind) {
    case "memory":
      return memoryDataset(source);
    case "folder":
      return folderDataset(source);
    case "world":
      return worldDataset(source);
  }
}
