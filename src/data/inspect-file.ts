import { basename } from "node:path";
import { FoveaError } from "../errors/fovea-error.ts";
import type { ByteSource } from "../files/byte-source.ts";
import { openFileSource } from "../files/byte-source.node.ts";
import type { ArraySummary } from "./array-summary.ts";
import { fileKinds } from "./file-kinds.ts";
import { isGzip } from "../formats/gzip.ts";
import { gunzipSource } from "./gunzip.ts";

/** One file: what it is and what it holds. */
export interface FileInspection {
  readonly path: string;
  readonly format: string;
  /** Length of the file. */
  readonly bytes: number;
  readonly compression?: "gzip";
  readonly arrays: readonly ArraySummary[];
  readonly details?: Readonly<Record<string, unknown>>;
}

const startBytes = 512;

/**
 * Reads one file whole and says what it holds: types, shapes and figures of every array.
 *
 * @throws FoveaError `data/unknown-file` for a file of no known kind, else what its reader refuses, with the reason
 */
export async function inspectFile(path: string): Promise<FileInspection> {
  const file = openFileSource(path);
  try {
    const compressed = isGzip(file.read(0, Math.min(2, file.size)));
    const source = compressed ? gunzipSource(file) : file;
    const name = basename(path).toLowerCase().replace(/\.gz$/, "");
    const start = source.read(0, Math.min(startBytes, source.size));
    const kind = fileKinds.find(({ recognises }) => recognises(start, name));
    if (kind === undefined) throw unknownFile(source, start);
    const { arrays, details } = await kind.open(source);
    return {
      path,
      format: kind.format,
      bytes: file.size,
      ...(compressed ? { compression: "gzip" as const } : {}),
      arrays: [...arrays],
      ...(details === undefined ? {} : { details }),
    };
  } finally {
    file.close();
  }
}

function unknownFile(source: ByteSource, start: Uint8Array): FoveaError {
  const shown = Array.from(start.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
  const what =
    source.size === 0
      ? "the file is empty"
      : start[0] === 0x1f && start[1] === 0x9d
        ? "it is packed by compress (.Z); unpack it with gunzip"
        : `it begins with the bytes ${shown}`;
  const known = fileKinds.map(({ format }) => format).join(", ");
  return new FoveaError("data/unknown-file", `${source.name}: no known kind of file: ${what}`, {
    hint: `these are read: ${known}`,
  });
}
