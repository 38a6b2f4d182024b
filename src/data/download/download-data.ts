import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import { openFileSource } from "../../files/byte-source.node.ts";
import { makeDirectory } from "../../files/durable-writer.node.ts";
import { fileCalls } from "../../files/file-calls.node.ts";
import { checkTarget, stageDirectory } from "../../files/staged-directory.node.ts";
import type { Checksum, Download } from "./catalogue.ts";
import { fetchFile, type FetchOptions } from "./fetch-file.ts";
import { unpack } from "./unpack.ts";

export interface DownloadOptions extends Partial<FetchOptions> {
  readonly overwrite?: boolean;
}

export interface DownloadReport {
  readonly url: string;
  readonly to: string;
  readonly bytes: number;
  /** Files below `to`. */
  readonly files: number;
  /** Bytes that an earlier call had fetched. */
  readonly resumedAt: number;
  readonly sha256: string;
  /** Whether there was a checksum to compare with. */
  readonly verified: boolean;
}

const presetMostBytes = 16 * 2 ** 30;
const pieceBytes = 2 ** 20;

/**
 * Fetches, verifies and unpacks into the new folder `to`, which appears whole or not at all. Until then the bytes lie
 * beside it as `.tmp-download-…`, where the next call goes on; a file with a wrong checksum is removed.
 *
 * @throws FoveaError `data/download`; `files/eexist` before anything is fetched
 */
export async function downloadData(
  { url, checksum, bytes: expected }: Download,
  to: string,
  { mostBytes = presetMostBytes, progress = () => {}, overwrite = false }: DownloadOptions = {},
): Promise<DownloadReport> {
  const target = resolve(to);
  checkTarget(fileCalls, target, overwrite);
  makeDirectory(fileCalls, dirname(target));
  const key = createHash("sha256").update(url).digest("hex").slice(0, 16);
  const part = join(dirname(target), `.tmp-download-${basename(target)}-${key}`);
  const forget = () => [part, `${part}.tag`].forEach((path) => fileCalls.removeTree(path));
  const most = Math.min(mostBytes, expected ?? Infinity);
  const { resumedAt } = await fetchFile(url, part, { mostBytes: most, progress }).catch((error: unknown) => {
    // nothing worth going on with
    if (statSync(part).size === 0 || (error instanceof FoveaError && error.code === "data/download-size")) forget();
    throw error;
  });
  const sums = checksumsOf(part);
  const wrong = checksum !== undefined && sums[checksum.algorithm] !== checksum.hex;
  if (wrong) {
    forget();
    throw wrongSum(url, checksum, sums[checksum.algorithm]);
  }
  let files: number;
  try {
    files = await stageDirectory(fileCalls, target, { overwrite }, (directory) => unpack(part, nameOf(url), directory));
  } catch (error) {
    forget(); // it came whole: going on with it would end here again
    throw error;
  }
  forget();
  return { url, to, bytes: sums.bytes, files, resumedAt, sha256: sums.sha256, verified: checksum !== undefined };
}

function checksumsOf(path: string): { sha256: string; md5: string; bytes: number } {
  const file = openFileSource(path);
  try {
    const [sha256, md5] = [createHash("sha256"), createHash("md5")];
    for (let at = 0; at < file.size; at += pieceBytes) {
      const bytes = file.read(at, Math.min(pieceBytes, file.size - at));
      sha256.update(bytes);
      md5.update(bytes);
    }
    return { sha256: sha256.digest("hex"), md5: md5.digest("hex"), bytes: file.size };
  } finally {
    file.close();
  }
}

/** The address's last part, as far as it is a plain name. */
function nameOf(url: string): string {
  const name = (new URL(url).pathname.split("/").at(-1) ?? "").replace(/[^A-Za-z0-9._-]/g, "_").replace(/^[._]+/, "");
  return name === "" ? "data" : name.slice(-128);
}

const wrongSum = (url: string, { algorithm, hex }: Checksum, got: string): FoveaError =>
  new FoveaError("data/download", `${url}: its ${algorithm} is ${got}, expected ${hex}: nothing of it is kept`, {
    hint: "fetch it again; if it stays so, the file is not the one that the checksum is of",
  });
