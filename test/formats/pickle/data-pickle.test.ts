import { describe, expect, test } from "vitest";

import { memorySource } from "../../../src/files/byte-source.ts";
import { readDataPickle } from "../../../src/formats/pickle/data-pickle.ts";
import type { PickleDict, PickleTensor } from "../../../src/formats/pickle/pickle-value.ts";
import { hostTensor } from "../../../src/graph/dtype.ts";
import { call, global, int, join, list, no, none, op, pickle, tuple, u32, yes } from "./assembler.ts";

const ascii = (value: string) => new TextEncoder().encode(value);
const python2 = (value: string) => join(op("U"), Uint8Array.of(value.length), ascii(value));
const short = (value: string) => join(Uint8Array.of(0x8c, value.length), ascii(value));
const read = (bytes: Uint8Array) => readDataPickle(memorySource(bytes, "data_batch_1")) as PickleDict; // all are dicts

const pixels = Uint8Array.from({ length: 6 }, (_, i) => i * 40);

describe("pickles of data sets", () => {
  test("CIFAR's Python batches, as Python 2 wrote them: texts are bytes, the array's data a string", () => {
    const dtype = join(
      call(global("numpy", "dtype"), python2("u1"), int(0), int(1)),
      tuple(int(3), python2("|"), none, none, none, int(-1), int(-1), int(0)),
      op("b"),
    );
    const array = join(
      call(global("numpy.core.multiarray", "_reconstruct"), global("numpy", "ndarray"), tuple(int(0)), python2("b")),
      tuple(int(1), tuple(int(2), int(3)), dtype, no, join(op("T"), u32(6), pixels)),
      op("b"),
    );
    const entries = join(python2("data"), array, python2("labels"), list(int(6), int(9)));
    const { entries: batch } = read(pickle(op("}"), op("("), entries, op("u")));
    expect((batch.get("data") as PickleTensor).load()).toEqual(hostTensor("uint8", [2, 3], pixels));
    expect(batch.get("labels")).toEqual({ kind: "list", items: [6, 9] });
  });

  test("protocol 4: frames, memo, names from the stack, sets", () => {
    const frame = join(op(0x95), Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0));
    const dtype = join(
      join(short("numpy"), op(0x94), short("dtype"), op(0x93)),
      join(short("f8"), no, yes, op(0x87), op("R")),
      join(op("("), int(3), short("<"), none, none, none, int(-1), int(-1), int(0), op("t"), op("b")),
    );
    const scalar = join(
      join(short("numpy._core.multiarray"), short("scalar"), op(0x93)),
      join(dtype, op("C"), Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f), op(0x86), op("R")),
    );
    const set = join(op(0x8f), op("("), int(1), op(0x90));
    const { entries } = read(pickle(frame, op("}"), op("("), short("x"), scalar, short("s"), set, op("u")));
    expect(entries.get("x")).toBe(1.5);
    expect(entries.get("s")).toEqual({ kind: "set", items: [1] });
  });

  test.each([
    ["objects in an array", call(global("numpy", "dtype"), python2("O8"), int(0), int(1)), "element type"],
    ["torch's names", global("torch", "FloatStorage"), "refers to torch.FloatStorage"],
    ["a name from the stack", join(short("os"), short("system"), op(0x93)), "refers to os.system"],
    ["names by number", join(op(0x82), Uint8Array.of(1)), "uses EXT1, which is not carried out"],
    ["a reference out of the pickle", join(int(1), op("Q")), "a reference out of the pickle"],
  ])("%s: refused", (_, piece, message) => expect(() => read(pickle(piece))).toThrow(message));

  test("trailing bytes and truncation are refused", () => {
    expect(() => read(join(pickle(none), none))).toThrow("1 bytes follow the pickle's end");
    expect(() => read(pickle(none).subarray(0, 3))).toThrow("1 bytes are needed at byte 3, 0 are left");
  });
});
