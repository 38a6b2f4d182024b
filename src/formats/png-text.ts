import { FoveaError } from "../errors/fovea-error.ts";
import { crc32 } from "./crc.ts";
import { concatenate } from "./protobuf-wire.ts";

/** Key and text of PNG text chunks, in order: `run`, `step`, `seed`, `recipeHash`. */
export type PngText = Readonly<Record<string, string>>;

/** A chunk of a PNG file: four letters and its data (a view). */
export interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/**
 * The PNG with `text` stored in it, one chunk per key, before the picture data. Printable ASCII goes to tEXt, which every
 * tool reads; other text to iTXt (UTF-8). Throws `format/png` if the bytes are no PNG or a key is not 1-79 printable
 * ASCII letters. Source: PNG specification, third edition, §11.3.3.
 */
export function withPngText(png: Uint8Array, text: PngText): Uint8Array {
  const parts: Uint8Array[] = [signature];
  let written = false;
  for (const { type, data } of pngChunks(png)) {
    if (type === "IDAT" && !written) {
      parts.push(...textChunks(text));
      written = true;
    }
    parts.push(encodeChunk(type, data));
  }
  return concatenate(parts);
}

/** The texts of tEXt and uncompressed iTXt chunks by key; of a key that stands twice, the last. Throws `format/png`. */
export function readPngText(png: Uint8Array): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { type, data } of pngChunks(png)) {
    if (type !== "tEXt" && type !== "iTXt") continue;
    const keyEnd = data.indexOf(0);
    if (keyEnd < 1) throw broken(`a ${type} chunk without a key`);
    const key = latin1(data.subarray(0, keyEnd));
    if (type === "tEXt") texts.set(key, latin1(data.subarray(keyEnd + 1)));
    else if (data[keyEnd + 1] === 0) texts.set(key, internationalText(data, keyEnd));
  }
  return texts;
}

/** The chunks of a PNG, IEND included, each checked by its CRC. Throws `format/png` for anything else. */
export function* pngChunks(png: Uint8Array): Generator<PngChunk> {
  if (!signature.every((byte, i) => png[i] === byte)) throw broken("the signature is missing");
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  for (let at = signature.length; ;) {
    if (png.length - at < 12) throw broken("it ends before the IEND chunk");
    const length = view.getUint32(at);
    if (length > png.length - at - 12)
      throw broken(`a chunk of ${length} bytes where ${png.length - at - 12} are left`);
    const end = at + 8 + length;
    if (view.getUint32(end) !== crc32(png.subarray(at + 4, end))) throw broken(`the chunk at byte ${at} is damaged`);
    const type = latin1(png.subarray(at + 4, at + 8));
    yield { type, data: png.subarray(at + 8, end) };
    at = end + 4;
    if (type !== "IEND") continue;
    if (at !== png.length) throw broken(`${png.length - at} bytes follow the IEND chunk`);
    return;
  }
}

/** The eight bytes that every PNG starts with. */
export const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** `length | type | data | CRC-32 of type and data`. */
export function encodeChunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** The chunks that store `text`. */
export function textChunks(text: PngText): Uint8Array[] {
  return Object.entries(text).map(([key, value]) => {
    if (!/^[!-~]([ -~]{0,77}[!-~])?$/.test(key)) {
      throw new FoveaError(
        "format/png",
        `PNG text: the key ${JSON.stringify(key)} is not 1-79 printable ASCII characters`,
      );
    }
    const utf8 = new TextEncoder();
    return /^[\n -~]*$/.test(value)
      ? encodeChunk("tEXt", utf8.encode(`${key}\0${value}`))
      : encodeChunk("iTXt", utf8.encode(`${key}\0\0\0\0\0${value.replaceAll("\0", "\ufffd")}`));
  });
}

/** iTXt: key, 0, compressed?, method, language, 0, translated key, 0, UTF-8 text. */
function internationalText(data: Uint8Array, keyEnd: number): string {
  const languageEnd = data.indexOf(0, keyEnd + 3);
  const translatedEnd = languageEnd < 0 ? -1 : data.indexOf(0, languageEnd + 1);
  if (translatedEnd < 0) throw broken("an unfinished iTXt chunk");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data.subarray(translatedEnd + 1));
  } catch {
    throw broken("an iTXt chunk that is not UTF-8");
  }
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

const broken = (what: string) =>
  new FoveaError("format/png", `PNG: ${what}`, { hint: "the file is damaged or no PNG" });
