import { FoveaError } from "../errors/fovea-error.ts";
import type { ByteSource } from "../files/byte-source.ts";
import { checkRange } from "../files/byte-source.ts";
import { defaultLimits, type Limits } from "../files/limits.ts";
import type { HostTensor } from "../graph/dtype.ts";
import { openNpy, writeNpy } from "./npy.ts";
import type { StoredTensor } from "./safetensors.ts";
import { openZip, type ZipEntry } from "./zip/zip-archive.ts";
import { writeZip } from "./zip/zip-writer.ts";

/** An npz of compressed arrays may inflate to 1 GiB by default; each array is in memory while it is read. */
export const npzLimits: Limits = {
  ...defaultLimits,
  archiveEntries: defaultLimits.tensorsPerFile,
  inflatedBytes: 2 ** 30,
};

/**
 * Opens an npz archive, what numpy.savez and savez_compressed write: a zip of `NAME.npy` files. Headers are read, the
 * arrays when they are loaded (compressed ones are inflated for both).
 *
 * @throws FoveaError `formats/npz`, `formats/npy`, `zip/...` naming file and array
 */
export function openNpz(source: ByteSource, limits: Limits = npzLimits): ReadonlyMap<string, StoredTensor> {
  const entries = npzEntries(source, limits);
  return new Map([...entries].map(([name, entry]) => [name, openNpy(entry, name, limits)]));
}

/** The npy files of an npz archive by array name, as sources. */
export function npzEntries(source: ByteSource, limits: Limits = npzLimits): ReadonlyMap<string, ByteSource> {
  const entries = new Map<string, ByteSource>();
  for (const entry of openZip(source, limits).values()) {
    if (!entry.name.endsWith(".npy")) {
      throw new FoveaError("formats/npz", `${source.name}: ${JSON.stringify(entry.name)} in the archive is no .npy`, {
        hint: "only archives of numpy.savez are read as npz",
      });
    }
    entries.set(entry.name.slice(0, -".npy".length), entrySource(source, entry, limits.npyHeaderBytes));
  }
  return entries;
}

/** `tensors` as an npz archive, not compressed, data aligned to 64 bytes, in chunks for `commitFile`. */
export function writeNpz(tensors: ReadonlyMap<string, HostTensor>): Iterable<Uint8Array> {
  return writeZip(new Map([...tensors].map(([name, tensor]) => [`${name}.npy`, writeNpy(tensor)])));
}

/**
 * An archive's file as a source: its header as it lies there, and the whole at once, verified, for everything beyond.
 */
function entrySource(archive: ByteSource, entry: ZipEntry, headerBytes: number): ByteSource {
  const source: ByteSource = {
    name: `${archive.name}: ${entry.name}`,
    size: entry.size,
    read(offset, length) {
      checkRange(source, offset, length);
      const end = offset + length;
      const start = end <= headerBytes && end < entry.size ? entry.peek(end) : undefined;
      return (start?.length === end ? start : entry.read()).subarray(offset, end);
    },
  };
  return source;
}
