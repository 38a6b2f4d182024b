import { FoveaError } from "../errors/fovea-error.ts";
import type { ByteSource } from "../files/byte-source.ts";
import { defaultLimits, type Limits } from "../files/limits.ts";

/** A regular file in a tar archive. */
export interface TarEntry {
  readonly name: string;
  readonly size: number;
  /** Offset of its bytes in the archive. */
  readonly start: number;
}

const BLOCK = 512;

/** Whether the source begins with a tar header that has its magic word and the right checksum. */
export function isTar(source: ByteSource): boolean {
  if (source.size < 2 * BLOCK) return false;
  const header = source.read(0, BLOCK);
  return text(header, 257, 5) === "ustar" && checksumFits(header);
}

/**
 * The regular files of a POSIX tar archive (ustar; pax headers that set only times, owners and a long name; GNU's long
 * names): names unique, no links or devices, nothing after the two zero blocks but zeros. Folders hold nothing and are
 * passed over.
 *
 * @throws FoveaError `tar/...` naming file and entry
 */
export function openTar(source: ByteSource, limits: Limits = defaultLimits): ReadonlyMap<string, TarEntry> {
  const refuse = (message: string) =>
    new FoveaError("tar/entry", `${source.name}: ${message}`, { hint: "the archive is damaged: fetch it again" });
  const entries = new Map<string, TarEntry>();
  let longName: string | undefined; // of the entry that follows
  let at = 0;
  for (;;) {
    if (at + BLOCK > source.size) throw refuse(`the archive ends at byte ${source.size} without its end blocks`);
    const header = source.read(at, BLOCK);
    if (header.every((byte) => byte === 0)) break;
    if (!checksumFits(header)) throw refuse(`the header at byte ${at} is damaged`);
    const [name, size, type] = [longName ?? nameIn(header), octal(header, 124, 12), String.fromCharCode(header[156])];
    const start = at + BLOCK;
    if (size === undefined || size > source.size - start)
      throw refuse(`entry ${JSON.stringify(name)} has no valid size`);
    if (type === "x" || type === "L") {
      if (longName !== undefined) throw refuse(`two names at byte ${at} for one entry`);
      longName = type === "x" ? paxPath(source, start, size, refuse) : gnuName(source, start, size, limits, refuse);
    } else {
      longName = undefined;
      if (type !== "0" && type !== "\0" && !(type === "5" && size === 0)) {
        throw refuse(`entry ${JSON.stringify(name)} is no regular file`);
      }
      if (entries.has(name)) throw refuse(`entry ${JSON.stringify(name)} stands twice`);
      if (type !== "5") entries.set(name, { name, size, start });
    }
    if (entries.size > limits.archiveEntries) throw refuse(`more than ${limits.archiveEntries} entries`);
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  checkZeros(source, at, refuse);
  return entries;
}

/** A pax header may not give another size or link; the name that it gives. */
function paxPath(
  source: ByteSource,
  start: number,
  size: number,
  refuse: (message: string) => Error,
): string | undefined {
  if (size > 2 ** 16) throw refuse(`a pax header of ${size} bytes`);
  const lines = new TextDecoder().decode(source.read(start, size)).split("\n");
  const bad = lines.find((line) => line !== "" && !/^\d+ (mtime|atime|ctime|uid|gid|uname|gname|path)=/.test(line));
  if (bad !== undefined) throw refuse(`the pax header ${JSON.stringify(bad.slice(0, 80))} is not read`);
  return lines.map((line) => /^\d+ path=(.*)$/.exec(line)?.[1]).findLast((path) => path !== undefined);
}

/** GNU tar's `././@LongLink`: the name of the next entry as its data. */
function gnuName(
  source: ByteSource,
  start: number,
  size: number,
  { archiveNameBytes }: Limits,
  refuse: (message: string) => Error,
): string {
  if (size > archiveNameBytes) throw refuse(`a name of ${size} bytes, at most ${archiveNameBytes} are read`);
  return new TextDecoder().decode(source.read(start, size)).replace(/\0[^]*$/, "");
}

/** ustar keeps the front of a long name apart; GNU's older header (`ustar  `) has other things there. */
function nameIn(header: Uint8Array): string {
  const prefix = header[262] === 0 ? text(header, 345, 155) : "";
  return prefix === "" ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`;
}

function checkZeros(source: ByteSource, start: number, refuse: (message: string) => Error): void {
  for (let at = start; at < source.size; at += BLOCK * 64) {
    const bytes = source.read(at, Math.min(BLOCK * 64, source.size - at));
    if (bytes.some((byte) => byte !== 0)) throw refuse("something follows the archive's end");
  }
}

function checksumFits(header: Uint8Array): boolean {
  let sum = 8 * 32; // its own field counts as spaces
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i];
  return octal(header, 148, 8) === sum;
}

function octal(header: Uint8Array, start: number, length: number): number | undefined {
  const digits = text(header, start, length).trim();
  return /^[0-7]{1,12}$/.test(digits) ? parseInt(digits, 8) : undefined;
}

function text(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder("latin1").decode(end < 0 ? field : field.subarray(0, end));
}
