import { resolveInside } from "../files/resolve-inside.node.ts";
import { FoveaError } from "../errors/fovea-error.ts";
import { checkIndex, type Dataset } from "./dataset.ts";
import type { FolderSource } from "./dataset-source.ts";
import type { RawImage, Sample } from "./image.ts";
import type { Part } from "./image-part.ts";
import { readImageFile } from "./image-file.ts";

/** The data set of image files; each is opened when it is read. */
export function folderDataset(source: FolderSource): Dataset {
  const { files, labels } = source;
  const readSample = async (index: number, part?: Part): Promise<Sample> => {
    checkIndex(dataset, index);
    return { image: await readInside(source, files[index], part), label: labels[index], id: files[index] };
  };
  const dataset: Dataset = {
    name: source.name,
    length: files.length,
    classNames: source.classNames,
    fingerprint: source.fingerprint,
    source,
    label: (index) => labels[index],
    read: (index) => readSample(index),
    readPart: (index, part) => readSample(index, part),
  };
  return dataset;
}

async function readInside({ root, followLinks }: FolderSource, file: string, part?: Part): Promise<RawImage> {
  let path: string;
  try {
    path = resolveInside(root, file, { followLinks });
  } catch (cause) {
    throw new FoveaError("data/unreadable-image", `${file}: ${(cause as Error).message}`, { cause }); // throws Errors only
  }
  return readImageFile(path, file, { part });
}
