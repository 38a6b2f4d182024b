import { FoveaError } from "../../errors/fovea-error.ts";
import type { ByteCursor } from "../byte-cursor.ts";
import { type Argument, firstOpcode, type Opcode, opcodes } from "./opcodes.ts";

/** Bytes of a module's or class's name. */
const NAME_BYTES = 1024;

/** An opcode with what stands behind it; valid until the next one is read. */
export interface Step {
  /** Of the opcode, in the source. */
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

/**
 * Reads opcodes one after another. `skipBytes`: passes over long bytes and gives none of them. One object for all steps:
 * a pickle may have ten million.
 */
export class PickleReader implements Step {
  readonly cursor: ByteCursor;
  offset = 0;
  opcode: Opcode = firstOpcode;
  number = 0;
  bytes: Uint8Array = NO_BYTES;
  lines = NO_LINES;
  readonly #skipBytes: boolean;

  constructor(cursor: ByteCursor, { skipBytes = false } = {}) {
    this.cursor = cursor;
    this.#skipBytes = skipBytes;
  }

  next(): Step {
    this.offset = this.cursor.position;
    const byte = this.cursor.u8();
    const opcode = opcodes[byte];
    if (opcode === undefined) {
      const shown = byte.toString(16).padStart(2, "0");
      throw pickleRefusal("opcode", this.cursor, `byte 0x${shown} is no opcode`, this.offset);
    }
    this.opcode = opcode;
    if (opcode.argument !== "none") this.#readArgument(opcode.argument);
    return this;
  }

  #readArgument(argument: Argument): void {
    const { cursor } = this;
    this.bytes = NO_BYTES;
    this.lines = NO_LINES;
    if (argument === "u8") this.number = cursor.u8();
    else if (argument === "u32") this.number = cursor.u32();
    else if (argument === "u16") this.number = cursor.u16();
    else if (argument === "i32") this.number = cursor.i32();
    else if (argument === "u64") this.number = Number(cursor.u64());
    else if (argument === "f64") this.number = cursor.f64BigEndian();
    else if (argument === "line") this.lines = [readLine(cursor)];
    else if (argument === "2 lines") this.lines = [readLine(cursor), readLine(cursor)];
    else if (argument === "u8 bytes") this.#readBytes(cursor.u8());
    else if (argument === "u32 bytes") this.#readBytes(cursor.u32());
    else this.#readBytes(Number(cursor.u64()));
  }

  #readBytes(length: number): void {
    this.number = length;
    if (this.#skipBytes && length > NAME_BYTES) this.cursor.skip(length);
    else this.bytes = this.cursor.bytes(length);
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
