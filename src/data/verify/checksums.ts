import { createHash } from "node:crypto";
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import { openFileSource, readFileBytes } from "../../files/byte-source.node.ts";
import { commitFile } from "../../files/durable-writer.node.ts";
import { fileCalls } from "../../files/file-calls.node.ts";
import { explained } from "../../files/file-error.ts";
import { decodeUtf8 } from "../../files/json.ts";

/** The list below a root, in the layout of `sha256sum`, which checks it too: `sha256sum -c SHA256SUMS`. */
export const checksumsFile = "SHA256SUMS";

const mostListBytes = 2 ** 29;
const pieceBytes = 2 ** 20;
const deepest = 32;

/** What `SHA256SUMS` and the files below its folder say of each other; paths in the order of their code units. */
export interface ChecksumReport {
  readonly root: string;
  /** Files that are as they were. */
  readonly same: number;
  readonly changed: readonly string[];
  readonly missing: readonly string[];
  readonly additional: readonly string[];
  /** Links and what is neither file nor folder: not followed, not counted. */
  readonly passedOver: readonly string[];
}

/** Called with the files done and their total. */
type Progress = (done: number, total: number) => void;

/**
 * Writes `SHA256SUMS` of every file below `root`, whole or not at all. Hidden files, links and unfinished work are passed
 * over, as every reader does.
 *
 * @throws FoveaError `files/eexist` where there is a list already, without `overwrite`
 */
export function writeChecksums(
  root: string,
  { overwrite = false, progress = () => {} }: { readonly overwrite?: boolean; readonly progress?: Progress } = {},
): { readonly root: string; readonly files: number; readonly passedOver: readonly string[] } {
  const { files, passedOver } = filesBelow(root);
  if (files.length === 0) throw new FoveaError("data/empty", `${root}: there are no files to list`, { exitCode: 2 });
  if (!overwrite && lstatSync(join(root, checksumsFile), { throwIfNoEntry: false }) !== undefined) {
    throw new FoveaError("files/eexist", `${join(root, checksumsFile)} is there already`, {
      hint: "without --write it is compared with the files; --overwrite replaces it",
    });
  }
  const lines = files.map((path, i) => {
    const line = `${fileSha256(join(root, path))}  ${path}\n`;
    progress(i + 1, files.length);
    return line;
  });
  commitFile(fileCalls, join(root, checksumsFile), [new TextEncoder().encode(lines.join(""))], { overwrite });
  return { root, files: files.length, passedOver };
}

/**
 * Reads every file below `root` and compares it with `SHA256SUMS`. A name in the list is only ever looked up among the
 * files that were found, so no list leads out of the root.
 *
 * @throws FoveaError `data/checksums` for a list that is missing or damaged
 */
export function verifyChecksums(root: string, progress: Progress = () => {}): ChecksumReport {
  const { files, passedOver } = filesBelow(root);
  const listed = parseChecksums(root);
  const found = new Set(files);
  const known = files.filter((path) => listed.has(path));
  const changed = known.filter((path, i) => {
    const differs = fileSha256(join(root, path)) !== listed.get(path);
    progress(i + 1, known.length);
    return differs;
  });
  return {
    root,
    same: known.length - changed.length,
    changed,
    missing: [...listed.keys()].filter((path) => !found.has(path)).sort(),
    additional: files.filter((path) => !listed.has(path)),
    passedOver,
  };
}

/** SHA-256 of a file's bytes, read in pieces of 1 MiB: 64 hexadecimal digits. */
function fileSha256(path: string): string {
  const file = openFileSource(path, { followLinks: false });
  try {
    const hash = createHash("sha256");
    for (let at = 0; at < file.size; at += pieceBytes) hash.update(file.read(at, Math.min(pieceBytes, file.size - at)));
    return hash.digest("hex");
  } finally {
    file.close();
  }
}

function parseChecksums(root: string): Map<string, string> {
  const path = join(root, checksumsFile);
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new FoveaError("data/checksums", `${root}: there is no ${checksumsFile} to compare with`, {
      hint: "`fovea data verify DIR --write` writes one",
      exitCode: 2,
    });
  }
  const listed = new Map<string, string>();
  const lines = decodeUtf8(readFileBytes(path, mostListBytes), path).split("\n");
  lines.forEach((line, i) => {
    if (line === "" && i === lines.length - 1) return;
    const match = /^([0-9a-f]{64}) [ *](.+)$/.exec(line);
    if (match === null || listed.has(match[2])) {
      const what = match === null ? "64 hexadecimal digits, two spaces and a path" : "every path once";
      throw new FoveaError("data/checksums", `${path}: line ${i + 1}: ${what} is expected`, {
        hint: "the list is damaged: fetch it again, or write it anew with --write --overwrite",
      });
    }
    listed.set(match[2].replace(/^\.\//, ""), match[1]);
  });
  return listed;
}

function filesBelow(root: string): { files: string[]; passedOver: string[] } {
  const [files, passedOver]: [string[], string[]] = [[], []];
  const visit = (folder: string, depth: number): void => {
    if (depth > deepest) throw new FoveaError("data/depth", `${join(root, folder)}: more than ${deepest} folders deep`);
    const path = join(root, folder);
    for (const entry of explained("list", path, () => readdirSync(path, { withFileTypes: true }))) {
      const below = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.name.startsWith(".") || below === checksumsFile) continue;
      if (entry.isDirectory()) visit(below, depth + 1);
      else if (!entry.isFile()) passedOver.push(below);
      else if (/[\n\r]/.test(below)) {
        throw new FoveaError("data/checksums", `${JSON.stringify(join(root, below))}: a line break in a name`, {
          hint: "rename the file: the list has one line for each",
        });
      } else files.push(below);
    }
  };
  visit("", 0);
  return { files: files.sort(byCodeUnits), passedOver: passedOver.sort(byCodeUnits) };
}

const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
