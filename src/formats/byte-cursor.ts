import { FoveaError } from "../errors/fovea-error.ts";
import type { ByteSource } from "../files/byte-source.ts";

/** Bytes fetched at a time, so that small fields do not each cost a call of the operating system. */
const WINDOW_BYTES = 2 ** 18;

/**
 * Reads little-endian fields of a part of a source one after another, with a window in memory, by default 256 KiB. Reading past
 * the part's end throws a `FoveaError`, before anything is allocated.
 */
export class ByteCursor {
  readonly source: ByteSource;
  /** Offset in the source of the next byte. */
  position: number;
  readonly end: number;
  readonly #windowBytes: number;
  #window: Uint8Array = new Uint8Array();
  #view: DataView = new DataView(this.#window.buffer);
  #start = 0;

  constructor(source: ByteSource, start = 0, end = source.size, windowBytes = WINDOW_BYTES) {
    this.source = source;
    this.position = start;
    this.end = end;
    this.#windowBytes = windowBytes;
  }

  get left(): number {
    return this.end - this.position;
  }

  /** The next `length` bytes; may be a view, so it is not to be written to. */
  bytes(length: number): Uint8Array {
    if (length > this.#windowBytes) {
      this.#check(length);
      const bytes = this.source.read(this.position, length);
      this.position += length;
      return bytes;
    }
    const at = this.#advance(length);
    return this.#window.subarray(at, at + length);
  }

  skip(length: number): void {
    this.#check(length);
    this.position += length;
  }

  u8(): number {
    const at = this.#advance(1);
    return this.#window[at];
  }

  u16(): number {
    const at = this.#advance(2);
    return this.#view.getUint16(at, true);
  }

  u32(): number {
    const at = this.#advance(4);
    return this.#view.getUint32(at, true);
  }

  i32(): number {
    const at = this.#advance(4);
    return this.#view.getInt32(at, true);
  }

  u64(): bigint {
    const at = this.#advance(8);
    return this.#view.getBigUint64(at, true);
  }

  i64(): bigint {
    const at = this.#advance(8);
    return this.#view.getBigInt64(at, true);
  }

  /** A double, big endian, as in pickles. */
  f64BigEndian(): number {
    const at = this.#advance(8);
    return this.#view.getFloat64(at, false);
  }

  /** Index in the window of the next `length` bytes, which are passed. */
  #advance(length: number): number {
    this.#check(length);
    const at = this.position - this.#start;
    this.position += length;
    if (at >= 0 && at + length <= this.#window.length) return at;
    this.#start = this.position - length;
    const bytes = this.source.read(this.#start, Math.min(this.#windowBytes, this.end - this.#start));
    this.#window = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return 0;
  }

  #check(length: number): void {
    if (Number.isSafeInteger(length) && length >= 0 && length <= this.left) return;
    throw new FoveaError(
      "formats/truncated",
      `${this.source.name}: ${length} bytes are needed at byte ${this.position}, ${this.left} are left before byte ${this.end}`,
      { hint: "the file is truncated or damaged: fetch or write it again" },
    );
  }
}
