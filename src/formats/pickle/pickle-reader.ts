import { FoveaError } from "../../errors/fovea-error.ts";
import type { ByteCursor } from "../byte-cursor.ts";
import { type Opcode, opcodes } from "./opcodes.ts";

/** Bytes of a module's or class's name. */
const NAME_BYTES = 1024;

/** An opcode with what stands behind it. */
export interface Step {
  readonly offset: number;
  readonly opcode: Opcode;
  /** Of the integer kinds; the length of the bytes kinds. */
  readonly number: number;
  /** Of the bytes kinds. */
  readonly bytes: Uint8Array;
  /** Of the line kinds. */
  readonly lines: readonly string[];
}

const NO_BYTES = new Uint8Array();
const NO_LINES: readonly string[] = [];

/** Reads the opcode at the cursor and its argument; `skipBytes` passes over long bytes, giving none of them. */
export function readStep(cursor: ByteCursor, { skipBytes = false } = {}): Step {
  const offset = cursor.position;
  const byte = cursor.u8();
  const opcode = opcodes[byte];
  if (opcode === undefined)
    throw pickleRefusal("opcode", cursor, `byte 0x${byte.toString(16).padStart(2, "0")} is no opcode`, offset);
  const step = { offset, opcode, number: 0, bytes: NO_BYTES, lines: NO_LINES };
  const withBytes = (length: number): Step => {
    if (!skipBytes || length <= NAME_BYTES) return { ...step, number: length, bytes: cursor.bytes(length) };
    cursor.skip(length);
    return { ...step, number: length };
  };
  switch (opcode.argument) {
    case "none":
      return step;
    case "u8":
      return { ...step, number: cursor.u8() };
    case "u16":
      return { ...step, number: cursor.u16() };
    case "u32":
      return { ...step, number: cursor.u32() };
    case "i32":
      return { ...step, number: cursor.i32() };
    case "u64":
      return { ...step, number: Number(cursor.u64()) };
    case "f64":
      return { ...step, number: cursor.f64BigEndian() };
    case "u8 bytes":
      return withBytes(cursor.u8());
    case "u32 bytes":
      return withBytes(cursor.u32());
    case "u64 bytes":
      return withBytes(Number(cursor.u64()));
    case "line":
      return { ...step, lines: [readLine(cursor)] };
    case "2 lines":
      return { ...step, lines: [readLine(cursor), readLine(cursor)] };
  }
}

function readLine(cursor: ByteCursor): string {
  const start = cursor.position;
  const bytes: number[] = [];
  for (let byte = cursor.u8(); byte !== 10; byte = cursor.u8()) {
    if (bytes.push(byte) > NAME_BYTES)
      throw pickleRefusal("name", cursor, `a name longer than ${NAME_BYTES} bytes`, start);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    throw pickleRefusal("name", cursor, "a name that is not UTF-8", start);
  }
}

/** A refusal `pickle/...` that names file and byte. */
export function pickleRefusal(what: string, cursor: ByteCursor, message: string, offset = cursor.position): FoveaError {
  return new FoveaError(`pickle/${what}`, `${cursor.source.name}: pickle at byte ${offset}: ${message}`, {
    hint: "the file is damaged or was made to deceive: fetch it again, or convert it to safetensors where it was made",
  });
}
