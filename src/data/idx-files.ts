import { listFolder } from "./image-tree.ts";
import type { Split } from "./split.ts";

/** One IDX file by what its name says. */
export interface IdxFile {
  readonly name: string;
  readonly split: Split;
  readonly content: "images" | "labels";
}

/** The IDX files of a folder, by MNIST's names: `train-images-idx3-ubyte.gz`, `t10k-labels.idx1-ubyte`, … */
export function idxFiles(folder: string): IdxFile[] {
  return listFolder(folder).flatMap(({ name }) => {
    const match = /^(?:.*[-_.])?(train|t10k|test)-(images|labels)[-.]idx[13]-ubyte(?:\.gz)?$/.exec(name);
    if (match === null) return [];
    const content = match[2] === "images" ? ("images" as const) : ("labels" as const);
    return [{ name, split: match[1] === "train" ? ("train" as const) : ("val" as const), content }];
  });
}
