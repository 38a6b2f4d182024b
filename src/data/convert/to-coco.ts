import { dirname, join } from "node:path";
import { commitFile, makeDirectory } from "../../files/durable-writer.node.ts";
import { fileCalls } from "../../files/file-calls.node.ts";
import { cocoOutputs, type CocoSample } from "../coco/write-coco.ts";
import type { ConvertedSplit } from "./convert-data.ts";
import { numberedName, sampleImage } from "./sample-image.ts";

/**
 * `SPLIT2017/00000017.jpg` and `annotations/KIND_SPLIT2017.json`. Images pass one by one; what is known of them stays in
 * memory until the split ends, since each annotation file is one JSON document.
 */
export async function writeCocoSplit(directory: string, converted: ConvertedSplit): Promise<void> {
  const { split, dataset, samples } = converted;
  const part = `${split}2017`;
  makeDirectory(fileCalls, join(directory, part));
  const known: CocoSample[] = [];
  for await (const { index, sample } of samples) {
    const { image, targets = {} } = sample;
    const { ending, bytes } = sampleImage(dataset, index, sample);
    const fileName = numberedName(index) + ending;
    commitFile(fileCalls, join(directory, part, fileName), [bytes]);
    known.push({ id: index + 1, fileName, width: image.width, height: image.height, targets });
  }
  for (const { path, bytes } of cocoOutputs(known, dataset.targets ?? {}, part)) {
    makeDirectory(fileCalls, dirname(join(directory, path)));
    commitFile(fileCalls, join(directory, path), [bytes]);
  }
}
