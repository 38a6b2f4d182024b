import { orientationOf } from "./exif-orientation.ts";

/** One colour component of a JPEG frame. */
export interface JpegComponent {
  readonly id: number;
  /** Blocks of an MCU across and down. */
  readonly across: number;
  readonly down: number;
  /** [64] in the order of the file. */
  readonly quantisers: Uint8Array;
  readonly dc: HuffmanTable;
  readonly ac: HuffmanTable;
}

/** Codes by length, and their symbols. */
export interface HuffmanTable {
  /** [16]: codes of 1 to 16 bits. */
  readonly counts: Uint8Array;
  readonly symbols: Uint8Array;
}

/** A baseline JPEG whose only scan begins at `scan`. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** One (grey) or three (luma, blue, red). */
  readonly components: readonly JpegComponent[];
  readonly scan: number;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: readonly { readonly id: number; readonly across: number; readonly down: number; readonly quantiser: number }[]; // prettier-ignore
}

/** What the segments before the scan have said. */
class Segments {
  readonly quantisers = new Map<number, Uint8Array>();
  /** By class · 16 + number. */
  readonly tables = new Map<number, HuffmanTable>();
  frame: Frame | undefined;
  jfif = false;
  adobe: number | undefined;
}

const [soi, sof0, sof1, dht, sos, dqt, dri, app0, app1, app14, app15, com] = [0xd8, 0xc0, 0xc1, 0xc4, 0xda, 0xdb, 0xdd, 0xe0, 0xe1, 0xee, 0xef, 0xfe]; // prettier-ignore

/**
 * The header of a plain JPEG: baseline, 8 bits, one scan, grey or YCbCr with full, half-width or quarter chroma, upright.
 * Undefined for every other file, also for a damaged one: it is for another decoder to judge. Source: ITU-T T.81 annex B.
 */
export function jpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  if (bytes.length < 4 || bytes[0] !== 0xff || bytes[1] !== soi) return undefined;
  const segments = new Segments();
  for (let at = 2; at + 4 <= bytes.length;) {
    const marker = bytes[at + 1];
    const length = 256 * bytes[at + 2] + bytes[at + 3];
    const end = at + 2 + length;
    if (bytes[at] !== 0xff || length < 2 || end > bytes.length) return undefined;
    const body = bytes.subarray(at + 4, end);
    if (marker === sos) return withScan(segments, body, end);
    if (!readSegment(marker, body, segments)) return undefined;
    at = end;
  }
  return undefined;
}

/** Whether the segment is one that a plain file may have. */
function readSegment(marker: number, body: Uint8Array, segments: Segments): boolean {
  if (marker === dqt) return readQuantisers(body, segments);
  if (marker === dht) return readTables(body, segments);
  if (marker === sof0 || marker === sof1) {
    if (segments.frame !== undefined) return false;
    segments.frame = readFrame(body);
    return segments.frame !== undefined;
  }
  if (marker === dri) return body.length === 2 && body[0] === 0 && body[1] === 0;
  if (marker === app0 && startsWith(body, "JFIF\0")) {
    segments.jfif = true;
    return body[5] === 1; // libjpeg warns of other versions
  }
  if (marker === app1 && startsWith(body, "Exif\0")) return orientationOf(body.subarray(6)) === 1;
  if (marker === app14 && startsWith(body, "Adobe") && body.length >= 12) segments.adobe = body[11];
  return (marker >= app0 && marker <= app15) || marker === com;
}

const startsWith = (body: Uint8Array, text: string): boolean =>
  body.length >= text.length && Array.from(text).every((letter, i) => body[i] === letter.charCodeAt(0));

function readQuantisers(body: Uint8Array, { quantisers }: Segments): boolean {
  for (let at = 0; at < body.length; at += 65) {
    if (body[at] > 3 || at + 65 > body.length) return false; // above 3: 16-bit values
    quantisers.set(body[at], body.subarray(at + 1, at + 65));
  }
  return true;
}

function readTables(body: Uint8Array, { tables }: Segments): boolean {
  for (let at = 0; at < body.length;) {
    const place = body[at];
    if ((place & 0xef) > 3 || at + 17 > body.length) return false;
    const counts = body.subarray(at + 1, at + 17);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const end = at + 17 + total;
    if (total > 256 || end > body.length || !fits(counts)) return false;
    tables.set(place, { counts, symbols: body.subarray(at + 17, end) });
    at = end;
  }
  return true;
}

/** Whether there are that many codes of each length. */
function fits(counts: Uint8Array): boolean {
  let free = 1;
  for (const count of counts) {
    free = 2 * free - count;
    if (free < 0) return false;
  }
  return true;
}

function readFrame(body: Uint8Array): Frame | undefined {
  const [bits, h1, h0, w1, w0, count] = body;
  const [width, height] = [256 * w1 + w0, 256 * h1 + h0];
  if (body.length < 6 || bits !== 8 || width === 0 || height === 0) return undefined;
  if ((count !== 1 && count !== 3) || body.length !== 6 + 3 * count) return undefined;
  const components = Array.from({ length: count }, (_, c) => {
    const [id, sampling, quantiser] = body.subarray(6 + 3 * c);
    return { id, across: sampling >> 4, down: sampling & 15, quantiser };
  });
  return sampled(components) ? { width, height, components } : undefined;
}

/** Whether chroma has every pixel, every second of a row, or every second of every second row. */
function sampled([luma, ...chroma]: Frame["components"]): boolean {
  if (chroma.length === 0) return true; // a single component has MCUs of one block, whatever is said
  if (chroma.some(({ across, down }) => across !== 1 || down !== 1)) return false;
  return luma.across === 1 ? luma.down === 1 : luma.across === 2 && (luma.down === 1 || luma.down === 2);
}

function withScan(segments: Segments, body: Uint8Array, scan: number): JpegHeader | undefined {
  const { frame, tables, quantisers } = segments;
  const count = frame?.components.length ?? 0;
  if (frame === undefined || body.length !== 4 + 2 * count || body[0] !== count || !isYcc(segments)) return undefined;
  if (body[1 + 2 * count] !== 0 || body[2 + 2 * count] !== 63 || body[3 + 2 * count] !== 0) return undefined;
  const components: JpegComponent[] = [];
  for (const [c, { id, across, down, quantiser }] of frame.components.entries()) {
    const chosen = body[2 + 2 * c];
    const [dc, ac] = [tables.get(chosen >> 4), tables.get(16 + (chosen & 15))];
    const values = quantisers.get(quantiser);
    if (body[1 + 2 * c] !== id || dc === undefined || ac === undefined || values === undefined) return undefined;
    const single = count === 1;
    components.push({ id, across: single ? 1 : across, down: single ? 1 : down, quantisers: values, dc, ac });
  }
  return { width: frame.width, height: frame.height, components, scan };
}

/** Whether three components are luma and chroma, as libjpeg guesses it. */
function isYcc({ frame, jfif, adobe }: Segments): boolean {
  if (jfif || frame?.components.length === 1) return true;
  if (adobe !== undefined) return adobe === 1;
  return frame?.components.map(({ id }) => id).join() === "1,2,3";
}
