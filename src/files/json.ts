import { FoveaError } from "../errors/fovea-error.ts";
import { defaultLimits, type Limits } from "./limits.ts";

export interface JsonOptions {
  /** For messages: the file's path or the field. */
  readonly name: string;
  readonly limits?: Pick<Limits, "jsonBytes" | "jsonDepth">;
  /** Keys that one object may have. Default: as many as there is room for. */
  readonly maxKeys?: number;
}

/**
 * Parses JSON from outside: UTF-8 without errors, at most `jsonBytes` long and `jsonDepth` deep (measured before
 * `JSON.parse`, which takes a depth of 10^6 that what follows it does not), no key twice in an object. A key such as
 * `__proto__` becomes a plain own property: read objects with `Object.entries`, and keep keys from files in a `Map`.
 */
export function parseJson(content: Uint8Array | string, options: JsonOptions): unknown {
  const { name, limits = defaultLimits, maxKeys = Infinity } = options;
  if (content.length > limits.jsonBytes) {
    throw new FoveaError("json/size", `${name}: JSON of ${content.length} bytes, at most ${limits.jsonBytes} are read`);
  }
  const text = typeof content === "string" ? content : decodeUtf8(content, name);
  checkStructure(text, name, limits.jsonDepth, maxKeys);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FoveaError("json/syntax", `${name} is not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** UTF-8 to text; throws a `FoveaError` on any malformed byte. */
export function decodeUtf8(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new FoveaError("json/utf8", `${name} is not UTF-8 text`, { cause: error });
  }
}

const QUOTE = 34;
const COLON = 58;
const BACKSLASH = 92;

/** Depth and double keys of well-formed JSON; of other text nothing is promised but that this ends: the parser follows. */
function checkStructure(text: string, name: string, maxDepth: number, maxKeys: number): void {
  const open: (Set<string> | undefined)[] = []; // keys of each open object; undefined for an array
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 123 || code === 91) {
      if (open.length === maxDepth) {
        throw new FoveaError("json/depth", `${name}: JSON nested deeper than ${maxDepth} at character ${i}`);
      }
      open.push(code === 123 ? new Set() : undefined);
    } else if (code === 125 || code === 93) {
      open.pop();
    } else if (code === QUOTE) {
      const end = endOfString(text, i);
      const keys = open.at(-1);
      if (keys !== undefined && isKey(text, end)) {
        addKey(keys, text.slice(i, end + 1), name, i);
        if (keys.size > maxKeys) throw new FoveaError("json/keys", `${name}: an object has more than ${maxKeys} keys`);
      }
      i = end;
    }
  }
}

/** Index of the closing quote of the string that opens at `start`, or the text's end. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  for (let code; i < text.length && (code = text.charCodeAt(i)) !== QUOTE; i++) if (code === BACKSLASH) i++;
  return i;
}

function isKey(text: string, end: number): boolean {
  let i = end + 1;
  while (i < text.length && text.charCodeAt(i) <= 32) i++;
  return text.charCodeAt(i) === COLON;
}

function addKey(keys: Set<string>, quoted: string, name: string, at: number): void {
  const key = quoted.includes("\\") ? unescaped(quoted) : quoted;
  if (keys.has(key))
    throw new FoveaError("json/duplicate", `${name}: key ${shorten(key)} stands twice, again at character ${at}`);
  keys.add(key);
}

/** `"\u0061"` and `"a"` are one key. Malformed ones are left to the parser. */
function unescaped(quoted: string): string {
  try {
    return JSON.stringify(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

const shorten = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text);
