import { join } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import { commitFile, makeDirectory } from "../files/durable-writer.node.ts";
import { fileCalls } from "../files/file-calls.node.ts";
import { tarBytes, type TarFile } from "../formats/tar-writer.ts";

/** One sample as it goes into a shard: its members by ending without the dot, `jpg`, `cls`, `txt`, `json`. */
export interface ShardSample {
  /** Letters, digits, `_`, `-` and `/`: what follows a dot would be the ending. */
  readonly key: string;
  readonly members: Readonly<Record<string, Uint8Array | string>>;
}

export interface ShardOptions {
  /** `train` gives train-000000.tar, train-000001.tar, … */
  readonly name: string;
  readonly samplesPerShard?: number;
  /** Number of the first shard, for who writes a set in several calls. Default 0. */
  readonly firstShard?: number;
  readonly overwrite?: boolean;
}

/**
 * Writes WebDataset shards into `folder`, each whole or not at all, and returns their names. The same samples give the
 * same bytes.
 *
 * @throws FoveaError `data/shard` for a key or ending that a reader would take apart otherwise
 */
export function writeShards(
  folder: string,
  samples: Iterable<ShardSample>,
  { name, samplesPerShard = 1000, firstShard = 0, overwrite = false }: ShardOptions,
): string[] {
  makeDirectory(fileCalls, folder);
  const written: string[] = [];
  let shard: TarFile[] = [];
  let count = 0;
  const flush = () => {
    const file = `${name}-${String(firstShard + written.length).padStart(6, "0")}.tar`;
    commitFile(fileCalls, join(folder, file), tarBytes(shard), { overwrite });
    written.push(file);
    [shard, count] = [[], 0];
  };
  for (const sample of samples) {
    shard.push(...membersOf(sample));
    if (++count === samplesPerShard) flush();
  }
  if (count > 0) flush();
  return written;
}

function membersOf({ key, members }: ShardSample): TarFile[] {
  if (!/^[A-Za-z0-9_-]+(\/[A-Za-z0-9_-]+)*$/.test(key)) {
    throw new FoveaError("data/shard", `key ${JSON.stringify(key)}: letters, digits, _ and -, in parts divided by /`);
  }
  return Object.entries(members).map(([ending, data]) => {
    if (!/^[a-z0-9]+(\.[a-z0-9]+)*$/.test(ending)) {
      throw new FoveaError("data/shard", `${key}: the ending ${JSON.stringify(ending)} is not lower case letters and digits`); // prettier-ignore
    }
    return { name: `${key}.${ending}`, data: typeof data === "string" ? new TextEncoder().encode(data) : data };
  });
}
