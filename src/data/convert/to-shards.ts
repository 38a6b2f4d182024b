import { join } from "node:path";
import { commitFile } from "../../files/durable-writer.node.ts";
import { fileCalls } from "../../files/file-calls.node.ts";
import { writeShards, type ShardSample } from "../write-webdataset.ts";
import type { ConvertedSplit } from "./convert-data.ts";
import { numberedName, sampleImage } from "./sample-image.ts";

/** One shard is in memory at a time: it ends at so many samples or bytes. */
const [mostSamples, mostBytes] = [1000, 2 ** 28];

/** `SPLIT-000000.tar` with KEY.jpg, KEY.cls and KEY.txt (the first caption), and `classes.txt`. */
export async function writeShardSplit(directory: string, converted: ConvertedSplit): Promise<void> {
  const { split, dataset, samples } = converted;
  const labelled = dataset.targets === undefined || dataset.targets.label !== undefined;
  let [shard, bytes, firstShard] = [[] as ShardSample[], 0, 0];
  const flush = (): void => {
    if (shard.length > 0) writeShards(directory, shard, { name: split, firstShard: firstShard++ });
    [shard, bytes] = [[], 0];
  };
  for await (const { index, sample } of samples) {
    const image = sampleImage(dataset, index, sample);
    const caption = sample.targets?.captions?.texts[0];
    const members = {
      [image.ending.slice(1)]: image.bytes,
      ...(labelled && { cls: String(sample.label) }),
      ...(caption !== undefined && { txt: caption }),
    };
    shard.push({ key: numberedName(index), members });
    bytes += image.bytes.length;
    if (shard.length === mostSamples || bytes >= mostBytes) flush();
  }
  flush();
  if (!labelled) return;
  const names = new TextEncoder().encode(dataset.classNames.map((name) => `${name}\n`).join(""));
  commitFile(fileCalls, join(directory, "classes.txt"), [names], { overwrite: true }); // every split has the same
}
