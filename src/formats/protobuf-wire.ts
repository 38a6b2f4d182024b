import { FoveaError } from "../errors/fovea-error.ts";

/**
 * The four field kinds of the Protocol Buffers wire format that TensorBoard's messages need
 * (https://protobuf.dev/programming-guides/encoding). ONNX has its own codec; this one is for messages of a few fields.
 */
export class ProtobufWriter {
  private readonly parts: Uint8Array[] = [];

  /** A double, little endian. */
  double(field: number, value: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    return this.push(field, wireTypes.fixed64, bytes);
  }

  /** A float, little endian, rounded to single precision. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.push(field, wireTypes.fixed32, bytes);
  }

  /** A whole number from 0 to 2^53 − 1. */
  varint(field: number, value: number): this {
    return this.push(field, wireTypes.varint, varintBytes(value));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.push(field, wireTypes.lengthDelimited, varintBytes(value.length), value);
  }

  string(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: ProtobufWriter): this {
    return this.bytes(field, value.finish());
  }

  finish(): Uint8Array {
    return concatenate(this.parts);
  }

  private push(field: number, wireType: number, ...parts: Uint8Array[]): this {
    this.parts.push(varintBytes(field * 8 + wireType), ...parts);
    return this;
  }
}

/** One field as read: a number for varints, raw bytes (a view) for all other kinds. */
export interface ProtobufField {
  readonly number: number;
  readonly value: number | Uint8Array;
}

/** The fields of a message in file order. Throws `format/protobuf` where the bytes break the wire format. */
export function* protobufFields(bytes: Uint8Array): Generator<ProtobufField> {
  let at = 0;
  while (at < bytes.length) {
    const [key, afterKey] = readVarint(bytes, at);
    let size: number;
    let start = afterKey;
    const wireType = key % 8;
    if (wireType === wireTypes.varint) {
      const [value, end] = readVarint(bytes, start);
      yield { number: Math.floor(key / 8), value };
      at = end;
      continue;
    } else if (wireType === wireTypes.fixed64) size = 8;
    else if (wireType === wireTypes.fixed32) size = 4;
    else if (wireType === wireTypes.lengthDelimited) [size, start] = readVarint(bytes, start);
    else throw malformed(`wire type ${wireType}`, at);
    if (size > bytes.length - start)
      throw malformed(`a field of ${size} bytes where ${bytes.length - start} are left`, at);
    yield { number: Math.floor(key / 8), value: bytes.subarray(start, start + size) };
    at = start + size;
  }
}

const wireTypes = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

function varintBytes(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`protobuf: ${value} is not a whole number from 0 to 2^53 - 1`);
  }
  const bytes: number[] = [];
  let rest = value; // above 2^31, so no bit operations
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function readVarint(bytes: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  let unit = 1;
  for (let i = at; i < bytes.length && i < at + 10; i++) {
    value += (bytes[i] & 127) * unit;
    if (value > Number.MAX_SAFE_INTEGER) throw malformed("a number beyond 2^53 (or negative)", at);
    if (bytes[i] < 128) return [value, i + 1];
    unit *= 128;
  }
  throw malformed("an unfinished number", at);
}

const malformed = (what: string, at: number) =>
  new FoveaError("format/protobuf", `protobuf message: ${what} at byte ${at}`, { hint: "the file is damaged" });

/** The parts one after another in one array. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
