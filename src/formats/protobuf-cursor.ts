import { FoveaError } from "../errors/fovea-error.ts";
import type { ByteCursor } from "./byte-cursor.ts";

/** A field of a protobuf message in a source: its value, or where its bytes lie. */
export interface Field {
  readonly number: number;
  readonly kind: "varint" | "fixed" | "bytes";
  /** Of varints, unsigned 64 bits; else 0. */
  readonly value: bigint;
  readonly start: number;
  readonly end: number;
}

/**
 * The fields of the message that the cursor is over, in file order; long fields are passed over, not read
 * (https://protobuf.dev/programming-guides/encoding).
 *
 * @throws FoveaError `formats/protobuf` where the bytes break the wire format
 */
export function* fieldsOf(cursor: ByteCursor): Generator<Field> {
  while (cursor.left > 0) {
    const at = cursor.position;
    const key = Number(readVarint(cursor));
    const [number, type] = [Math.floor(key / 8), key % 8];
    if (number < 1 || number >= 2 ** 29) throw malformed(cursor, `field number ${number}`, at);
    if (type === 0) {
      const start = cursor.position;
      const value = readVarint(cursor);
      yield { number, kind: "varint", value, start, end: cursor.position };
      continue;
    }
    if (type !== 1 && type !== 2 && type !== 5) throw malformed(cursor, `wire type ${type}`, at);
    const length = type === 2 ? Number(readVarint(cursor)) : type === 1 ? 8 : 4;
    const start = cursor.position;
    if (length > cursor.left) throw malformed(cursor, `a field of ${length} bytes where ${cursor.left} are left`, at);
    yield { number, kind: type === 2 ? "bytes" : "fixed", value: 0n, start, end: start + length };
    cursor.position = start + length;
  }
}

/** A varint as unsigned 64 bits. */
export function readVarint(cursor: ByteCursor): bigint {
  const at = cursor.position;
  let low = 0;
  for (let i = 0; i < 4; i++) {
    const byte = cursor.u8();
    low += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return BigInt(low);
  }
  let value = BigInt(low);
  for (let i = 4; i < 10; i++) {
    const byte = cursor.u8();
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) return BigInt.asUintN(64, value);
  }
  throw malformed(cursor, "an unfinished number", at);
}

const malformed = (cursor: ByteCursor, what: string, at: number): FoveaError =>
  new FoveaError("formats/protobuf", `${cursor.source.name}: protobuf message: ${what} at byte ${at}`, {
    hint: "the file is damaged or of another kind",
  });
