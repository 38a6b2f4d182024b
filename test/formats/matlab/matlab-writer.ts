import { deflateSync } from "node:zlib";

/** MAT-files of version 5 for tests, written out by MathWorks' description and by nothing of ours. */
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

/** A writer of one byte order. */
export class MatlabWriter {
  readonly #little: boolean;

  constructor(littleEndian = true) {
    this.#little = littleEndian;
  }

  words(...values: readonly number[]): Uint8Array {
    const view = new DataView(new ArrayBuffer(4 * values.length));
    for (const [i, value] of values.entries()) view.setUint32(4 * i, value, this.#little);
    return new Uint8Array(view.buffer);
  }

  doubles(...values: readonly number[]): Uint8Array {
    const view = new DataView(new ArrayBuffer(8 * values.length));
    for (const [i, value] of values.entries()) view.setFloat64(8 * i, value, this.#little);
    return new Uint8Array(view.buffer);
  }

  shorts(...values: readonly number[]): Uint8Array {
    const view = new DataView(new ArrayBuffer(2 * values.length));
    for (const [i, value] of values.entries()) view.setUint16(2 * i, value, this.#little);
    return new Uint8Array(view.buffer);
  }

  /** Tag, data, padding to 8. */
  element(type: number, data: Uint8Array): Uint8Array {
    return joined(this.words(type, data.length), data, new Uint8Array((8 - (data.length % 8)) % 8));
  }

  /** Up to 4 bytes in the tag itself. */
  small(type: number, data: Uint8Array): Uint8Array {
    return joined(this.words((data.length << 16) | type), data, new Uint8Array(4 - data.length));
  }

  matrix(
    name: string,
    mxClass: number,
    shape: readonly number[],
    content: readonly Uint8Array[],
    flags = 0,
  ): Uint8Array {
    const head = [
      this.element(6, this.words(mxClass | flags, 0)),
      this.element(5, this.words(...shape)),
      this.element(1, new TextEncoder().encode(name)),
    ];
    return this.element(14, joined(...head, ...content));
  }

  double(name: string, shape: readonly number[], values: readonly number[]): Uint8Array {
    return this.matrix(name, 6, shape, [this.element(9, this.doubles(...values))]);
  }

  text(name: string, value: string): Uint8Array {
    const codes = this.shorts(...Array.from(value, (c) => c.charCodeAt(0)));
    return this.matrix(name, 4, [1, value.length], [this.element(4, codes)]);
  }

  cell(name: string, shape: readonly number[], items: readonly Uint8Array[]): Uint8Array {
    return this.matrix(name, 1, shape, items);
  }

  /** Field names of at most 7 characters; values element by element. */
  struct(name: string, shape: readonly number[], fields: readonly string[], values: readonly Uint8Array[]): Uint8Array {
    const names = new TextEncoder().encode(fields.map((field) => field.padEnd(8, "\0")).join(""));
    return this.matrix(name, 2, shape, [this.small(5, this.words(8)), this.element(1, names), ...values]);
  }

  compressed(element: Uint8Array): Uint8Array {
    const data = new Uint8Array(deflateSync(element));
    return joined(this.words(15, data.length), data);
  }

  file(...elements: readonly Uint8Array[]): Uint8Array {
    const head = new Uint8Array(128).fill(0x20);
    head.set(new TextEncoder().encode("MATLAB 5.0 MAT-file, for a test"));
    head.set(this.shorts(0x0100, 0x4d49), 124); // 'MI' as a number
    return joined(head, ...elements);
  }
}
