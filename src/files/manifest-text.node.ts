import { FoveaError } from "../errors/fovea-error.ts";
import { sha256 } from "./checksum.node.ts";
import { checkFileName } from "./durable-writer.node.ts";
import { parseJson } from "./json.ts";

/** The file that describes the others of a committed directory; it is written last. */
export const MANIFEST = "meta.json";
const FORMAT = "fovea-directory";
const VERSION = 1;

/** What is known of one file: bytes, CRC-32 of each 16 MiB (8 hexadecimal digits), SHA-256 (64). */
export interface FileRecord {
  readonly length: number;
  readonly crc32: readonly string[];
  readonly sha256: string;
}

export interface Manifest {
  readonly files: ReadonlyMap<string, FileRecord>;
  /** The caller's own data. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The last line's value is the SHA-256 of every byte before that line, so that a flip in `meta.json` shows as well. */
const tail = (digest: string): string => `,\n"meta_sha256": "${digest}"}\n`;
const TAIL_BYTES = tail("0".repeat(64)).length;

export function writeManifest(
  files: ReadonlyMap<string, FileRecord>,
  fields: Readonly<Record<string, unknown>>,
): Uint8Array {
  const head = { format: FORMAT, version: VERSION, files: Object.fromEntries(files), fields };
  const text = JSON.stringify(head, null, 1).slice(0, -2); // without its closing "\n}"
  const bytes = new TextEncoder().encode(text);
  return new TextEncoder().encode(text + tail(sha256(bytes)));
}

/** Parses and checks `meta.json`; throws a `FoveaError` with `name` when a byte of it is not as it was written. */
export function parseManifest(bytes: Uint8Array, name: string): Manifest {
  const body = bytes.subarray(0, Math.max(0, bytes.length - TAIL_BYTES));
  const end = new TextDecoder("latin1").decode(bytes.subarray(body.length));
  if (end !== tail(sha256(body))) throw changed(name, "its own checksum does not fit: it was changed or truncated");
  const { format, version, files, fields } = record(parseJson(bytes, { name }), name, "the document");
  if (format !== FORMAT) throw changed(name, `format ${JSON.stringify(format)}, expected ${JSON.stringify(FORMAT)}`);
  if (version !== VERSION) {
    throw new FoveaError(
      "files/version",
      `${name}: format version ${JSON.stringify(version)}, this fovea reads ${VERSION}`,
      {
        hint: "it was written by another version of fovea: use that one",
      },
    );
  }
  const entries = Object.entries(record(files, name, "files"));
  return {
    files: new Map(entries.map(([file, value]) => [file, fileRecord(file, record(value, name, file), name)])),
    fields: record(fields, name, "fields"),
  };
}

function fileRecord(
  file: string,
  { length, crc32, sha256: digest }: Record<string, unknown>,
  name: string,
): FileRecord {
  checkFileName(file);
  const hex = (value: unknown, digits: number): value is string =>
    typeof value === "string" && value.length === digits && /^[0-9a-f]+$/.test(value);
  if (!Number.isSafeInteger(length) || (length as number) < 0) throw changed(name, `${file}: no valid length`);
  const size = length as number; // checked above
  if (!Array.isArray(crc32) || crc32.length !== Math.ceil(size / (16 * 2 ** 20)))
    throw changed(name, `${file}: CRC-32 list of the wrong length`);
  if (!crc32.every((value) => hex(value, 8)) || !hex(digest, 64))
    throw changed(name, `${file}: a checksum is malformed`);
  return { length: size, crc32, sha256: digest };
}

function record(value: unknown, name: string, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw changed(name, `${what} is not an object`);
}

const changed = (name: string, what: string): FoveaError =>
  new FoveaError("files/damaged", `${name}: ${what}`, { hint: "it was left as it is; use another copy" });
