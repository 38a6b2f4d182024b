import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FoveaError } from "../../src/errors/fovea-error.ts";
import { encodePng } from "../../src/formats/png.ts";
import { concatenate } from "../../src/formats/protobuf-wire.ts";
import {
  encodeEvent,
  encodeFileVersion,
  eventFileName,
  type TensorBoardEvent,
} from "../../src/formats/tensorboard-events.ts";
import { readTensorBoardEvents } from "../../src/formats/tensorboard-reader.ts";

// Made by TensorBoard's own writer: bench/peers/tensorboard_read.py --golden
const golden = {
  version: "1800000000000000a37f4b220900001040fc54d9411a0d627261696e2e4576656e743a32338d2fe9",
  scalar: "2100000000000000017becf60900006040fc54d94110b0092a130a110a0a747261696e2f6c6f7373153333d33ebd86307a",
  scalarAtZero: "1e00000000000000d9dc12320900006040fc54d9412a130a110a0a747261696e2f6c6f7373153333d33e8a43d5fa",
};
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

const loss = (step: number): TensorBoardEvent => ({
  wallTime: 1700000001.5,
  step,
  summaries: [{ kind: "scalar", tag: "train/loss", value: 0.4125 }],
});
const png = encodePng({ width: 3, height: 2, channels: 3, data: new Uint8Array(18).fill(9) }, { deflate: deflateSync });
const file = (...events: TensorBoardEvent[]) => concatenate([encodeFileVersion(1), ...events.map(encodeEvent)]);

test("records are byte for byte those of TensorBoard's own writer", () => {
  expect(hex(encodeFileVersion(1700000000.25))).toBe(golden.version);
  expect(hex(encodeEvent(loss(1200)))).toBe(golden.scalar);
  expect(hex(encodeEvent(loss(0)))).toBe(golden.scalarAtZero);
});

test("file names carry what TensorBoard looks for and sort by time", () => {
  expect(eventFileName(1700000000.9, "2")).toBe("events.out.tfevents.1700000000.2");
  expect(eventFileName(9, "1") < eventFileName(10, "1")).toBe(true);
});

describe("reading", () => {
  test("gives back scalars and pictures", () => {
    const event: TensorBoardEvent = {
      wallTime: 12.5,
      step: 7,
      summaries: [
        { kind: "scalar", tag: "val/accuracy", value: 0.75 },
        { kind: "image", tag: "samples/重建", png },
      ],
    };
    expect(readTensorBoardEvents(file(event))).toMatchObject({ events: [event], truncated: false });
  });

  test("write and read are inverse for any step, time and tag", () => {
    const summary = fc.oneof(
      fc.record({ kind: fc.constant("scalar" as const), tag: fc.string({ unit: "grapheme" }), value: fc.float() }),
      fc.record({ kind: fc.constant("image" as const), tag: fc.string(), png: fc.constant(png) }),
    );
    const event = fc.record({ wallTime: fc.double(), step: fc.maxSafeNat(), summaries: fc.array(summary) });
    fc.assert(
      fc.property(fc.array(event), (events) => {
        expect(readTensorBoardEvents(file(...events)).events).toEqual(events);
      }),
      { numRuns: 50 },
    );
  });

  test("leaves out an unfinished last record and says where the whole ones end", () => {
    const whole = file(loss(1), loss(2));
    for (let cut = whole.length + 1; cut < file(loss(1), loss(2), loss(3)).length; cut++) {
      const read = readTensorBoardEvents(file(loss(1), loss(2), loss(3)).subarray(0, cut));
      expect(read.events.map((event) => event.step)).toEqual([1, 2]);
      expect(read).toMatchObject({ truncated: true, completeBytes: whole.length });
    }
  });

  test("an empty file, whose writer has not begun, holds nothing", () => {
    expect(readTensorBoardEvents(new Uint8Array(0))).toEqual({ events: [], truncated: false, completeBytes: 0 });
  });

  test("refuses every file with one flipped bit", () => {
    const honest = file(loss(1), { ...loss(2), summaries: [{ kind: "image", tag: "i", png }] });
    for (let bit = 0; bit < honest.length * 8; bit++) {
      const flipped = honest.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      expect(() => readTensorBoardEvents(flipped)).toThrow(FoveaError);
    }
  });

  test("arbitrary bytes give events or a FoveaError, nothing else", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          expect(readTensorBoardEvents(bytes).events).toEqual([]);
        } catch (error) {
          expect(error).toBeInstanceOf(FoveaError);
        }
      }),
    );
  });

  test("names the damaged record and where the same numbers are", () => {
    const bytes = file(loss(1));
    bytes[bytes.length - 1] ^= 1;
    expect(() => readTensorBoardEvents(bytes)).toThrow("the data of the record at byte 40 is damaged");
  });

  test("refuses a file that starts with something else than its version", () => {
    expect(() => readTensorBoardEvents(encodeEvent(loss(1)))).toThrow(
      'the first record says "nothing", expected "brain.Event:2"',
    );
  });
});

test("refuses a picture that is not a PNG, naming its tag", () => {
  const event: TensorBoardEvent = {
    wallTime: 1,
    step: 1,
    summaries: [{ kind: "image", tag: "samples/a", png: new Uint8Array(50) }],
  };
  expect(() => encodeEvent(event)).toThrow('the picture "samples/a" is not a PNG');
});
