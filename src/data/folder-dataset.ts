import { resolveInside } from "../files/resolve-inside.node.ts";
import { FoveaError } from "../errors/fovea-error.ts";
import { checkIndex, type Dataset } from "./dataset.ts";
import type { FolderSource } from "./dataset-source.ts";
import type { RawImage } from "./image.ts";
import { readImageFile } from "./image-file.ts";

/** The data set of image files; each is opened when it is read. */
export function folderDataset(source: FolderSource): Dataset {
  const { files, labels } = source;
  const dataset: Dataset = {
    name: source.name,
    length: files.length,
    classNames: source.classNames,
    fingerprint: source.fingerprint,
    source,
    label: (index) => labels[index],
    async read(index) {
      checkIndex(dataset, index);
      return { image: await readInside(source, files[index]), label: labels[index], id: files[index] };
    },
  };
  return dataset;
}

async function readInside({ root, followLinks }: FolderSource, file: string): Promise<RawImage> {
  let path: string;
  try {
    path = resolveInside(root, file, { followLinks });
  } catch (cause) {
    throw new FoveaError("data/unreadable-image", `${file}: ${(cause as Error).message}`, { cause }); // throws Errors only
  }
  return readImageFile(path, file);
}
