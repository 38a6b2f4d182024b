import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { FoveaError } from "../../errors/fovea-error.ts";
import { AppendFile } from "../../files/append-file.node.ts";
import { readFileBytes } from "../../files/byte-source.node.ts";
import { checkFreeSpace, commitFile } from "../../files/durable-writer.node.ts";
import { fileCalls } from "../../files/file-calls.node.ts";
import { decodeUtf8 } from "../../files/json.ts";
import { allowedUrl } from "./catalogue.ts";

export interface FetchOptions {
  readonly mostBytes: number;
  /** Called with the bytes so far and, where the server says it, their number. */
  readonly progress: (done: number, total: number | undefined) => void;
}

const mostRedirects = 5;
/** Without a byte for so long the connection counts as cut. */
const idleMs = 60_000;

/**
 * Fetches `url` into the file `part`. What an earlier call left there is gone on with (HTTP Range, If-Range) where the
 * server's ETag or date, kept in `part`.tag, still fits; else it begins anew. The file is on disk when this returns.
 *
 * @throws FoveaError `data/download` for an answer that is no file or a cut, `data/download-size` for too many bytes
 */
export async function fetchFile(
  url: string,
  part: string,
  { mostBytes, progress }: FetchOptions,
): Promise<{ resumedAt: number }> {
  const tagFile = `${part}.tag`;
  const file = new AppendFile(part);
  try {
    const tag = existsSync(tagFile) ? decodeUtf8(readFileBytes(tagFile, 4096), tagFile) : "";
    const start = tag === "" ? 0 : file.byteLength;
    const idle = new AbortController();
    let timer = setTimeout(() => idle.abort(), idleMs);
    try {
      const headers: Record<string, string> = start > 0 ? { Range: `bytes=${start}-`, "If-Range": tag } : {};
      const ask = (extra: Record<string, string>) =>
        follow(url, { ...extra, "Accept-Encoding": "identity" }, idle.signal);
      let response = await ask(headers);
      if (response.status === 416) response = await ask({}); // nothing is left to send: the file was whole, or is another
      const { resumedAt, total } = placeOf(response, start, url);
      if (total !== undefined && total > mostBytes) throw tooLarge(url, total, mostBytes);
      if (total !== undefined) checkFreeSpace(fileCalls, dirname(part), total - resumedAt);
      const output = resumedAt === file.byteLength ? file : reopened(file, part);
      try {
        commitFile(fileCalls, tagFile, [new TextEncoder().encode(validatorOf(response))], { overwrite: true });
        for await (const chunk of response.body ?? []) {
          clearTimeout(timer);
          timer = setTimeout(() => idle.abort(), idleMs);
          const bytes: Uint8Array = chunk;
          if (output.byteLength + bytes.length > mostBytes)
            throw tooLarge(url, output.byteLength + bytes.length, mostBytes);
          output.append(bytes);
          progress(output.byteLength, total);
        }
        output.flush();
        if (total !== undefined && output.byteLength !== total)
          throw new Error(`${output.byteLength} of ${total} bytes came`);
      } finally {
        output.close();
      }
      return { resumedAt };
    } finally {
      clearTimeout(timer);
    }
  } catch (error) {
    if (error instanceof FoveaError) throw error;
    const { message, cause } = error as Error; // fetch and streams throw Errors
    throw new FoveaError(
      "data/download",
      `${url}: the connection broke: ${cause instanceof Error ? cause.message : message}`,
      {
        hint: "the same command goes on where it stopped",
        cause: error,
      },
    );
  } finally {
    file.close();
  }
}

function reopened(file: AppendFile, part: string): AppendFile {
  file.close();
  return new AppendFile(part, { cutTo: 0 });
}

/** Every hop is checked as the address itself. */
async function follow(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
  let at = allowedUrl(url);
  for (let hop = 0; hop <= mostRedirects; hop++) {
    const response = await fetch(at, { headers, redirect: "manual", signal });
    const next = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || next === null) return response;
    await response.body?.cancel();
    at = allowedUrl(new URL(next, at).href);
  }
  throw new FoveaError("data/download", `${url}: more than ${mostRedirects} redirections`);
}

/** Where the answer's bytes belong, and how many the whole file has. */
function placeOf(
  { status, headers }: Response,
  start: number,
  url: string,
): { resumedAt: number; total: number | undefined } {
  if (status === 206) {
    const match = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get("content-range") ?? "");
    if (match !== null && Number(match[1]) === start) return { resumedAt: start, total: Number(match[2]) };
    throw new FoveaError("data/download", `${url}: the server answered with another part than was asked for`);
  }
  if (status === 200) {
    const length = headers.get("content-length");
    return { resumedAt: 0, total: length === null ? undefined : Number(length) };
  }
  throw new FoveaError("data/download", `${url}: the server answered ${status}`, {
    hint: status === 404 ? "check the address" : "try again later",
  });
}

/** Only what changes with every byte of the file. */
function validatorOf({ headers }: Response): string {
  const etag = headers.get("etag");
  return etag !== null && !etag.startsWith("W/") ? etag : (headers.get("last-modified") ?? "");
}

const tooLarge = (url: string, bytes: number, most: number): FoveaError =>
  new FoveaError("data/download-size", `${url}: ${bytes} bytes or more, at most ${most} are fetched`, {
    hint: "--max-bytes allows more",
  });
