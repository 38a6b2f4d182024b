import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { cifarRecordCount } from "../formats/cifar.ts";
import { ade20k } from "./ade20k.ts";
import { noSplit } from "./annotated/divide.ts";
import { camvid } from "./camvid.ts";
import { coco } from "./coco/coco-format.ts";
import { actionVideos, clipFolders, rawFrames } from "./clips/open-clips.ts";
import type { DataFormat } from "./data-format.ts";
import type { Format } from "./dataset-spec.ts";
import { depthFrames } from "./depth-frames.ts";
import { idxFiles } from "./idx-files.ts";
import { imageList } from "./image-list.ts";
import { nyuDepth } from "./nyu-depth.ts";
import { cifar10Batches, openCifar } from "./open-cifar.ts";
import { cifar100Python, cifar10Python } from "./open-cifar-python.ts";
import { openFolder } from "./open-folder.ts";
import { openIdx } from "./open-idx.ts";
import { numpyFormat } from "./open-numpy.ts";
import { openTinyImagenet } from "./open-tiny-imagenet.ts";
import { restoration } from "./restoration.ts";
import { spectra } from "./spectra/open-spectra.ts";
import type { Split } from "./split.ts";
import { pascalVoc } from "./voc.ts";
import { webdataset } from "./webdataset.ts";

const folderWith = (folders: readonly string[], holds: (folder: string) => boolean) => folders.find(holds);

/** Their files know train and test, which is held out as val. */
function twoSplits(split: Split): void {
  if (split === "test") throw noSplit(split);
}

/** Every layout that is recognised. Adding one is its file, a name in `dataset-spec.ts` and a line here. */
export const dataFormats: Readonly<Record<Format, DataFormat>> = {
  cifar10: {
    expected: "data_batch_N.bin and test_batch.bin, records of 3,073 bytes",
    locate: (root) =>
      folderWith([root, join(root, "cifar-10-batches-bin")], (folder) => cifar10Batches(folder).length > 0),
    open(folder, split) {
      twoSplits(split);
      return openCifar(folder, "cifar10", split);
    },
  },
  cifar100: {
    expected: "train.bin and test.bin, records of 3,074 bytes",
    locate: (root) => folderWith([root, join(root, "cifar-100-binary")], holdsCifar100),
    open(folder, split) {
      twoSplits(split);
      return openCifar(folder, "cifar100", split);
    },
  },
  idx: {
    expected: "train-images-idx3-ubyte and its labels, plain or .gz",
    locate: (root) => (idxFiles(root).length > 0 ? root : undefined),
    open(folder, split, { classNames }) {
      twoSplits(split);
      return openIdx(folder, split, classNames);
    },
  },
  "tiny-imagenet": {
    expected: "wnids.txt, train/WNID/images and val/val_annotations.txt",
    locate: (root) =>
      existsSync(join(root, "wnids.txt")) && existsSync(join(root, "val", "val_annotations.txt")) ? root : undefined,
    open(folder, split, { followLinks }) {
      twoSplits(split);
      return openTinyImagenet(folder, split, followLinks);
    },
  },
  "cifar10-python": cifar10Python,
  "cifar100-python": cifar100Python,
  numpy: numpyFormat,
  coco,
  voc: pascalVoc,
  camvid,
  ade20k,
  "image-list": imageList,
  webdataset,
  restoration,
  "depth-frames": depthFrames,
  "nyu-depth": nyuDepth,
  videos: actionVideos,
  rawframes: rawFrames,
  clips: clipFolders,
  spectra,
  folder: {
    expected: "one folder of images for each class",
    locate: (root) => root,
    open(folder, split, spec) {
      twoSplits(split);
      return openFolder(folder, split, spec);
    },
  },
};

/** train.bin is a plain name, so its size has to fit as well. */
function holdsCifar100(folder: string): boolean {
  const stat = statSync(join(folder, "train.bin"), { throwIfNoEntry: false });
  return stat !== undefined && cifarRecordCount(stat.size, "cifar100") !== undefined;
}
