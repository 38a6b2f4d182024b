import { readFileBytes } from "../files/byte-source.node.ts";
import { decodeUtf8 } from "../files/json.ts";

/** Bytes of one list. */
const mostBytes = 2 ** 28;

/** The lines of a list that hold something, without the blanks around them. @throws FoveaError for text that is not UTF-8 */
export function textLines(path: string): string[] {
  return decodeUtf8(readFileBytes(path, mostBytes), path)
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
