import { join } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import { commitFile, makeDirectory } from "../../files/durable-writer.node.ts";
import { fileCalls } from "../../files/file-calls.node.ts";
import type { ConvertedSplit } from "./convert-data.ts";
import { numberedName, sampleImage } from "./sample-image.ts";

/** `SPLIT/CLASS/00000017.jpg`. A reader numbers the classes anew, by the order of their names. */
export async function writeFolderSplit(directory: string, converted: ConvertedSplit): Promise<void> {
  const { split, dataset, alone, samples } = converted;
  const folders = folderNames(dataset.classNames);
  for await (const { index, sample } of samples) {
    const folder = join(directory, alone ? "" : split, folders[sample.label]);
    const { ending, bytes } = sampleImage(dataset, index, sample);
    makeDirectory(fileCalls, folder);
    commitFile(fileCalls, join(folder, numberedName(index) + ending), [bytes]);
  }
}

/** Class names as names of folders on every system, all different. */
function folderNames(classNames: readonly string[]): string[] {
  const folders = classNames.map((name) => name.replace(/[^\p{L}\p{N} _.-]/gu, "_").replace(/^[. ]+|[. ]+$/g, ""));
  const lower = folders.map((name) => name.toLowerCase());
  const bad = folders.findIndex((name, i) => name === "" || lower.indexOf(lower[i]) !== i);
  if (bad === -1) return folders;
  throw new FoveaError("data/convert", `class ${JSON.stringify(classNames[bad])} has no folder name of its own`, {
    hint: "rename the class, or convert to webdataset, where classes are numbers",
  });
}
