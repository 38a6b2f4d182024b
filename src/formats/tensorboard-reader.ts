import { FoveaError } from "../errors/fovea-error.ts";
import { protobufFields } from "./protobuf-wire.ts";
import {
  eventFields,
  fileVersion,
  imageFields,
  maskedCrc32c,
  summaryFields,
  type TensorBoardEvent,
  type TensorBoardSummary,
  valueFields,
} from "./tensorboard-events.ts";

/** What an event file holds. */
export interface TensorBoardEvents {
  readonly events: readonly TensorBoardEvent[];
  /** The last record is unfinished: the writer is at work, or was stopped in the middle. It is left out. */
  readonly truncated: boolean;
  /** Bytes up to the end of the last whole record: what to keep of a truncated file. */
  readonly completeBytes: number;
}

/**
 * Reads a whole event file; kinds of summary that we do not write are left out. Throws `format/tensorboard` for a wrong
 * checksum, another version or a message that breaks its format: only an unfinished last record is forgiven.
 */
export function readTensorBoardEvents(bytes: Uint8Array): TensorBoardEvents {
  const events: TensorBoardEvent[] = [];
  let at = 0;
  for (let end = recordEnd(bytes, at); end !== undefined; end = recordEnd(bytes, at)) {
    const event = decodeEvent(recordData(bytes, at, end), at);
    if (at === 0) checkVersion(event.version);
    else if (event.version === undefined) events.push(event);
    at = end;
  }
  return { events, truncated: at < bytes.length, completeBytes: at };
}

/** Where the record at `at` ends, or undefined where the bytes stop before that. */
function recordEnd(bytes: Uint8Array, at: number): number | undefined {
  if (bytes.length - at < 12) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(at + 8, true) !== maskedCrc32c(bytes.subarray(at, at + 8))) throw damaged("length", at);
  const length = view.getBigUint64(at, true);
  return length > BigInt(bytes.length - at - 16) ? undefined : at + 16 + Number(length);
}

function recordData(bytes: Uint8Array, at: number, end: number): Uint8Array {
  const data = bytes.subarray(at + 12, end - 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(end - 4, true) !== maskedCrc32c(data)) throw damaged("data", at);
  return data;
}

function decodeEvent(data: Uint8Array, at: number): TensorBoardEvent & { version: string | undefined } {
  let [wallTime, step] = [0, 0];
  let version: string | undefined;
  const summaries: TensorBoardSummary[] = [];
  for (const { number, value } of protobufFields(data)) {
    if (number === eventFields.wallTime) wallTime = float(bytesOf(value, at), 8, at);
    else if (number === eventFields.step) step = numberOf(value, at);
    else if (number === eventFields.fileVersion) version = text(bytesOf(value, at), at);
    else if (number === eventFields.summary) summaries.push(...decodeSummary(bytesOf(value, at), at));
  }
  return { wallTime, step, summaries, version };
}

function* decodeSummary(data: Uint8Array, at: number): Generator<TensorBoardSummary> {
  for (const { number, value } of protobufFields(data)) {
    if (number !== summaryFields.value) continue;
    const summary = decodeValue(bytesOf(value, at), at);
    if (summary !== undefined) yield summary;
  }
}

function decodeValue(data: Uint8Array, at: number): TensorBoardSummary | undefined {
  let tag = "";
  let scalar: number | undefined;
  let png: Uint8Array | undefined;
  for (const { number, value } of protobufFields(data)) {
    if (number === valueFields.tag) tag = text(bytesOf(value, at), at);
    else if (number === valueFields.simpleValue) scalar = float(bytesOf(value, at), 4, at);
    else if (number === valueFields.image) {
      for (const field of protobufFields(bytesOf(value, at))) {
        if (field.number === imageFields.encoded) png = bytesOf(field.value, at).slice();
      }
    }
  }
  if (png !== undefined) return { kind: "image", tag, png };
  return scalar === undefined ? undefined : { kind: "scalar", tag, value: scalar };
}

function float(bytes: Uint8Array, size: 4 | 8, at: number): number {
  if (bytes.length !== size) throw damaged("number", at);
  const view = new DataView(bytes.buffer, bytes.byteOffset, size);
  return size === 8 ? view.getFloat64(0, true) : view.getFloat32(0, true);
}

function text(bytes: Uint8Array, at: number): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw damaged("text", at);
  }
}

function bytesOf(value: number | Uint8Array, at: number): Uint8Array {
  if (typeof value === "number") throw damaged("message", at);
  return value;
}

function numberOf(value: number | Uint8Array, at: number): number {
  if (typeof value !== "number") throw damaged("message", at);
  return value;
}

function checkVersion(version: string | undefined): void {
  if (version === fileVersion) return;
  throw new FoveaError(
    "format/tensorboard",
    `TensorBoard event file: the first record says ${JSON.stringify(version ?? "nothing")}, expected "${fileVersion}"`,
    { hint: "is this an event file?" },
  );
}

const damaged = (what: string, at: number) =>
  new FoveaError("format/tensorboard", `TensorBoard event file: the ${what} of the record at byte ${at} is damaged`, {
    hint: "take the curves from metrics.jsonl, which holds the same numbers",
  });
