import { FoveaError } from "../errors/fovea-error.ts";
import { crc32c } from "./crc.ts";
import { concatenate, ProtobufWriter } from "./protobuf-wire.ts";

/**
 * TensorBoard event files: a row of records `length u64 | masked crc32c of these 8 bytes | Event | masked crc32c`, all
 * little endian, the first one naming the version. `Event` and `Summary` are protobuf messages.
 * Source: tensorboard/compat/proto/{event,summary}.proto and tensorflow/core/lib/io/record_writer.h.
 */
export interface TensorBoardEvent {
  /** Seconds since 1970, with fraction. */
  readonly wallTime: number;
  /** 0 to 2^53 − 1. */
  readonly step: number;
  readonly summaries: readonly TensorBoardSummary[];
}

/** One curve point or one picture, under its tag: `train/loss`, `samples/reconstruction`. */
export type TensorBoardSummary =
  | { readonly kind: "scalar"; readonly tag: string; readonly value: number }
  | { readonly kind: "image"; readonly tag: string; readonly png: Uint8Array };

/** What every event file starts with. */
export function encodeFileVersion(wallTime: number): Uint8Array {
  return encodeRecord(
    new ProtobufWriter().double(eventFields.wallTime, wallTime).string(eventFields.fileVersion, fileVersion).finish(),
  );
}

/** The record of one event, to be appended to the file as it is. A scalar is rounded to single precision. */
export function encodeEvent({ wallTime, step, summaries }: TensorBoardEvent): Uint8Array {
  const summary = new ProtobufWriter();
  for (const each of summaries) summary.message(summaryFields.value, encodeValue(each));
  const event = new ProtobufWriter().double(eventFields.wallTime, wallTime);
  if (step !== 0) event.varint(eventFields.step, step); // proto3: a zero is not written
  return encodeRecord(event.message(eventFields.summary, summary).finish());
}

/**
 * A file name that TensorBoard finds (it looks for `tfevents`) and reads in order of time: `seconds` is the start of the
 * writing, `label` tells writers of one second apart (the attempt's number).
 */
export function eventFileName(seconds: number, label: string): string {
  return `events.out.tfevents.${Math.floor(seconds).toString().padStart(10, "0")}.${label}`;
}

export const fileVersion = "brain.Event:2";
export const eventFields = { wallTime: 1, step: 2, fileVersion: 3, summary: 5 } as const;
export const summaryFields = { value: 1 } as const;
export const valueFields = { tag: 1, simpleValue: 2, image: 4 } as const;
export const imageFields = { height: 1, width: 2, colorspace: 3, encoded: 4 } as const;

/** crc32c rotated right by 15 bits plus a constant, so that a checksum of data holding checksums stays useful. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function encodeValue(summary: TensorBoardSummary): ProtobufWriter {
  const value = new ProtobufWriter().string(valueFields.tag, summary.tag);
  if (summary.kind === "scalar") return value.float(valueFields.simpleValue, summary.value);
  const { width, height, channels } = pngHeader(summary);
  const image = new ProtobufWriter()
    .varint(imageFields.height, height)
    .varint(imageFields.width, width)
    .varint(imageFields.colorspace, channels)
    .bytes(imageFields.encoded, summary.png);
  return value.message(valueFields.image, image);
}

/** Size and number of channels from a PNG's first chunk; TensorBoard counts colour spaces by channels: 1, 2, 3, 4. */
function pngHeader({ tag, png }: { tag: string; png: Uint8Array }): {
  width: number;
  height: number;
  channels: number;
} {
  if (png.length < 33 || png[0] !== 0x89 || png[1] !== 0x50 || png[12] !== 0x49 || png[13] !== 0x48) {
    throw new FoveaError("format/tensorboard", `TensorBoard events: the picture ${JSON.stringify(tag)} is not a PNG`, {
      hint: "encode it with encodePng",
    });
  }
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const channels = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 }[png[25]] ?? 3;
  return { width: view.getUint32(16), height: view.getUint32(20), channels };
}

function encodeRecord(data: Uint8Array): Uint8Array {
  const head = new Uint8Array(12);
  const view = new DataView(head.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(head.subarray(0, 8)), true);
  const tail = new Uint8Array(4);
  new DataView(tail.buffer).setUint32(0, maskedCrc32c(data), true);
  return concatenate([head, data, tail]);
}
