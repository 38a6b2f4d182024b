import type { ByteSource } from "../../files/byte-source.ts";
import { defaultLimits, type Limits } from "../../files/limits.ts";
import { checkRasterSize, type Raster, rasterRefusal } from "../raster/raster.ts";
import { decodeValues } from "../value-array.ts";

export const isNetpbm = (start: Uint8Array): boolean =>
  start[0] === 0x50 && start[1] >= 0x31 && start[1] <= 0x37 && (isSpace(start[2]) || start[2] === 0x23);

const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 9 && byte <= 13);

/** Bytes of a header, comments included. */
const mostHeader = 2 ** 16;

interface Header {
  readonly kind: number;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** The value of full brightness, 1 to 65,535. */
  readonly most: number;
  readonly dataStart: number;
}

/**
 * Decodes PBM, PGM, PPM and PAM (P1 to P7; netpbm's manual pages): bits become 0 and 255 (1 is black), up to 8 bits
 * uint8, up to 16 bits uint16. One picture a file.
 *
 * @throws FoveaError `formats/image` naming the field
 */
export function decodeNetpbm(source: ByteSource, limits: Limits = defaultLimits): Raster {
  const start = source.read(0, Math.min(source.size, mostHeader));
  if (!isNetpbm(start)) throw rasterRefusal(source, "it begins as no PBM, PGM, PPM or PAM file does");
  const header = start[1] === 0x37 ? pamHeader(source, start) : plainHeader(source, start);
  checkRasterSize(source, header, limits);
  if (!(header.most >= 1 && header.most <= 65535))
    throw rasterRefusal(source, `maximum value ${header.most}, expected 1 to 65535`);
  if (header.kind <= 3) return textRaster(source, header);
  return header.kind === 4 ? bitRaster(source, header) : byteRaster(source, header);
}

function plainHeader(source: ByteSource, start: Uint8Array): Header {
  const kind = start[1] - 0x30;
  const words = new Words(source, start, 2);
  const [width, height] = [words.number("width"), words.number("height")];
  const most = kind === 1 || kind === 4 ? 1 : words.number("maximum value");
  return { kind, width, height, channels: kind === 3 || kind === 6 ? 3 : 1, most, dataStart: words.at + 1 };
}

function pamHeader(source: ByteSource, start: Uint8Array): Header {
  const end = new TextDecoder("latin1").decode(start).indexOf("\nENDHDR\n");
  if (end < 0) throw rasterRefusal(source, "its header has no ENDHDR");
  const fields = new Map<string, string>();
  for (const line of new TextDecoder("latin1").decode(start.subarray(3, end)).split("\n")) {
    const match = /^\s*([A-Z]+)\s+(\S.*?)\s*$/.exec(line);
    if (match !== null) fields.set(match[1], match[2]);
    else if (line.trim() !== "" && !line.startsWith("#"))
      throw rasterRefusal(source, `the header line ${JSON.stringify(line.slice(0, 60))}`);
  }
  const number = (name: string): number => {
    const text = fields.get(name) ?? "";
    if (!/^\d{1,9}$/.test(text)) throw rasterRefusal(source, `${name} is ${JSON.stringify(text)}, expected a number`);
    return Number(text);
  };
  return {
    kind: 7,
    width: number("WIDTH"),
    height: number("HEIGHT"),
    channels: number("DEPTH"),
    most: number("MAXVAL"),
    dataStart: end + 8,
  };
}

/** Numbers between blanks, with comments from `#` to the line's end. */
class Words {
  at: number;
  readonly #source: ByteSource;
  readonly #bytes: Uint8Array;

  constructor(source: ByteSource, bytes: Uint8Array, at: number) {
    [this.#source, this.#bytes, this.at] = [source, bytes, at];
  }

  number(what: string): number {
    this.#skip();
    const from = this.at;
    while (this.#bytes[this.at] >= 0x30 && this.#bytes[this.at] <= 0x39) this.at++;
    const length = this.at - from;
    if (length === 0 || length > 9) throw rasterRefusal(this.#source, `no ${what} at byte ${from}`);
    return Number(String.fromCharCode(...this.#bytes.subarray(from, this.at)));
  }

  /** The next 0 or 1: in P1 no blank need stand between them. */
  bit(): number {
    this.#skip();
    const digit = this.#bytes[this.at++] - 0x30;
    if (digit !== 0 && digit !== 1) throw rasterRefusal(this.#source, `no 0 or 1 at byte ${this.at - 1}`);
    return digit;
  }

  #skip(): void {
    for (;;) {
      while (isSpace(this.#bytes[this.at])) this.at++;
      if (this.#bytes[this.at] !== 0x23) return;
      while (this.at < this.#bytes.length && this.#bytes[this.at] !== 10) this.at++;
    }
  }
}

function textRaster(source: ByteSource, header: Header): Raster {
  const { kind, width, height, channels, most } = header;
  const count = width * height * channels;
  if (count > source.size) throw rasterRefusal(source, `${count} numbers in ${source.size} bytes`);
  const words = new Words(source, source.read(0, source.size), header.dataStart - 1);
  const values = new Uint16Array(count);
  for (let i = 0; i < count; i++) values[i] = kind === 1 ? 255 * (1 - words.bit()) : words.number(`value ${i}`);
  return finished(source, header, kind === 1 ? 255 : most, values);
}

function bitRaster(source: ByteSource, { width, height, dataStart }: Header): Raster {
  const stride = Math.ceil(width / 8);
  const bytes = source.read(dataStart, stride * height);
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data[y * width + x] = (bytes[y * stride + (x >> 3)] >> (7 - (x & 7))) & 1 ? 0 : 255;
  return { width, height, channels: 1, most: 255, array: { type: "uint8", shape: [height, width, 1], data } };
}

function byteRaster(source: ByteSource, header: Header): Raster {
  const { width, height, channels, most, dataStart } = header;
  const wide = most > 255;
  const bytes = source.read(dataStart, width * height * channels * (wide ? 2 : 1));
  const values = wide ? (decodeValues(bytes, "uint16", true) as Uint16Array) : bytes;
  return finished(source, header, most, values);
}

function finished(
  source: ByteSource,
  { width, height, channels }: Header,
  most: number,
  values: Uint8Array | Uint16Array,
): Raster {
  const above = values.findIndex((value: number) => value > most);
  if (above >= 0) throw rasterRefusal(source, `value ${values[above]} above the maximum of ${most}`);
  const shape = [height, width, channels];
  const common = { width, height, channels, most };
  if (most <= 255) return { ...common, array: { type: "uint8", shape, data: Uint8Array.from(values) } };
  return { ...common, array: { type: "uint16", shape, data: Uint16Array.from(values) } };
}
