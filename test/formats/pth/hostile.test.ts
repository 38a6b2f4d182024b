import { deflateRawSync } from "node:zlib";

import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { FoveaError } from "../../../src/errors/fovea-error.ts";
import { defaultLimits } from "../../../src/files/limits.ts";
import { torchLimits } from "../../../src/formats/pth/open-torch-file.ts";
import { writeZip } from "../../../src/formats/zip/zip-writer.ts";
import {
  call,
  dict,
  get,
  global,
  int,
  join,
  list,
  no,
  none,
  op,
  orderedDict,
  pickle,
  put,
  tensor,
  text,
  tuple,
  u32,
} from "../pickle/assembler.ts";
import { archive, floats, openBytes } from "./torch-archive.ts";

/** The refusal of `bytes`, which cost less than a second of the processor (others may share it). */
function refusal(bytes: Uint8Array, skipUnknown = false): FoveaError {
  const start = process.cpuUsage();
  try {
    openBytes(bytes, { skipUnknown });
  } catch (error) {
    const { user, system } = process.cpuUsage(start); // microseconds
    expect(user + system).toBeLessThan(1e6);
    expect(error).toBeInstanceOf(FoveaError);
    return error as FoveaError; // as just checked
  }
  throw new Error("it was accepted");
}

const ascii = (value: string) => new TextEncoder().encode(value);
const short = (value: string) => join(Uint8Array.of(0x8c, value.length), ascii(value));

const gadgets: readonly (readonly [module: string, name: string])[] = [
  ["os", "system"],
  ["posix", "system"],
  ["nt", "system"],
  ["subprocess", "Popen"],
  ["builtins", "eval"],
  ["__builtin__", "exec"],
  ["builtins", "getattr"],
  ["builtins", "__import__"],
  ["importlib", "import_module"],
  ["runpy", "_run_code"],
  ["pickle", "loads"],
  ["marshal", "loads"],
  ["types", "FunctionType"],
  ["torch", "load"],
  ["torch.storage", "_load_from_bytes"],
  ["torch.hub", "load"],
  ["operator", "attrgetter"],
  ["functools", "partial"],
  ["webbrowser", "open"],
  ["ctypes", "CDLL"],
  ["copy_reg", "_reconstructor"],
  ["torch._utils", "_rebuild_tensor_v2.__globals__"],
];
/** The ways in which a pickle can get hold of a name and have it called. */
const ways: Readonly<Record<string, (module: string, name: string) => Uint8Array>> = {
  REDUCE: (module, name) => call(global(module, name), text("touch /tmp/owned")),
  NEWOBJ: (module, name) => join(global(module, name), tuple(text("touch /tmp/owned")), op(0x81)),
  INST: (module, name) => join(op("("), text("touch /tmp/owned"), op("i"), ascii(`${module}\n${name}\n`)),
  OBJ: (module, name) => join(op("("), global(module, name), text("touch /tmp/owned"), op("o")),
  STACK_GLOBAL: (module, name) =>
    join(short(module), op(0x94), short(name), op(0x94), op(0x93), tuple(text("id")), op("R")),
  NEWOBJ_EX: (module, name) => join(global(module, name), tuple(text("id")), op("}"), op(0x92)),
  BUILD: (module, name) => join(orderedDict(), global(module, name), op("b")),
};
const attacks = gadgets.flatMap(([module, name]) =>
  Object.entries(ways).map(([way, write]) => ({ way, full: `${module}.${name}`, piece: write(module, name) })),
);

describe("code in pickles", () => {
  test("there are at least 60 gadgets", () => expect(attacks.length).toBeGreaterThanOrEqual(60));

  test.each(attacks)("$full by $way is refused by name", ({ full, piece }) => {
    const canonical = full.replace("__builtin__", "builtins").replace("copy_reg", "copyreg");
    const bytes = archive(pickle(dict([text("w"), tensor({ count: 1, shape: [1] })], [text("x"), piece])), {
      0: floats(1),
    });
    const error = refusal(bytes);
    expect(["pickle/names", "pickle/opcode"]).toContain(error.code);
    expect(error.message).toContain(canonical);
  });

  test("with skipUnknown a gadget is a record beside the tensors, and nothing happened", () => {
    const piece = call(global("os", "system"), text("touch /tmp/owned"));
    const bytes = archive(pickle(dict([text("w"), tensor({ count: 1, shape: [1] })], [text("x"), piece])), {
      0: floats(1),
    });
    const { tree, tensors } = openBytes(bytes, { skipUnknown: true });
    expect(tensors.get("w")?.load().data).toEqual(Float32Array.of(1));
    const { entries } = tree as { entries: Map<string, unknown> }; // the dict written above
    expect(entries.get("x")).toMatchObject({
      kind: "record",
      module: "os",
      name: "system",
      args: ["touch /tmp/owned"],
    });
  });

  test("all names are listed, not the first alone", () => {
    const names = ["posix.system", "builtins.eval", "a.B"].map((name) =>
      global(...(name.split(".") as [string, string])),
    );
    const { message } = refusal(archive(pickle(list(...names))));
    expect(message).toContain("refers to a.B, builtins.eval, posix.system, which");
  });

  test("known names that are no functions are not called, and functions take only what they need", () => {
    expect(refusal(archive(pickle(call(global("torch", "float32"), int(1))))).message).toContain(
      "torch.float32 is called, which is not a function here",
    );
    expect(refusal(archive(pickle(call(global("torch._utils", "_rebuild_tensor_v2"), int(1))))).message).toContain(
      "_rebuild_tensor_v2: expected a storage, got 1",
    );
    expect(refusal(archive(pickle(call(global("_codecs", "encode"), text("x"), text("punycode"))))).message).toContain(
      'expected a text and "latin1"',
    );
    const chain = call(
      global("torch._tensor", "_rebuild_from_type_v2"),
      global("collections", "Counter"),
      none,
      tuple(),
      none,
    );
    expect(refusal(archive(pickle(chain))).message).toContain("collections.Counter makes no tensor");
  });
});

const self = join(op("]"), put(0), get(0), op("a"));
const selfDict = join(op("}"), put(0), text("me"), get(0), op("s"));
const selfRecord = join(call(global("a", "B")), put(0), get(0), op("b"));
const deep = (depth: number) =>
  join(new Uint8Array(depth).fill("]".charCodeAt(0)), new Uint8Array(depth - 1).fill("a".charCodeAt(0)));
/** A pair of the same, of the pair of the same ...: 2^59 paths to `piece`. */
const doubled = (piece: Uint8Array) =>
  join(piece, put(0), ...Array.from({ length: 59 }, (_, i) => join(get(i), op(0x86), put(i + 1))));

describe("structure", () => {
  test.each([
    ["a list in itself", self],
    ["a dict in itself", selfDict],
    ["a tuple through a list", join(op("]"), put(0), tuple(get(0)), op("a"))],
    ["an object as its own state", selfRecord],
  ])("%s is refused as a cycle", (_, piece) => {
    const error = refusal(archive(pickle(piece)), true);
    expect(error.code).toBe("pickle/cycle");
    expect(error.message).toContain("contains itself");
  });

  test("64 levels are read, 65 are not", () => {
    expect(openBytes(archive(pickle(deep(64)))).tensors.size).toBe(0);
    expect(refusal(archive(pickle(deep(65)))).code).toBe("pickle/depth");
    expect(refusal(archive(pickle(deep(100_000)))).code).toBe("pickle/depth");
  });

  test("lists that share lists, 2^59 paths, are walked once each", () => {
    const bytes = archive(pickle(doubled(op(")"))));
    const start = performance.now();
    expect(openBytes(bytes).tensors.size).toBe(0);
    expect(performance.now() - start).toBeLessThan(1000);
  });

  test("the same with a tensor at the end runs into the limit of names", () => {
    const bytes = archive(pickle(doubled(tensor({ count: 1, shape: [1] }))), { 0: floats(1) });
    expect(refusal(bytes).message).toMatch(/576460752303423500 names of tensors, at most 250000 are read/);
  });

  test("a key that stands twice is refused, in dicts and between paths", () => {
    const twice = dict([text("a"), int(1)], [text("a"), int(2)]);
    expect(refusal(archive(pickle(twice))).message).toContain('key the text "a" stands twice');
    const w = tensor({ count: 1, shape: [1] });
    const paths = dict([text("a.b"), w], [text("a"), dict([text("b"), w])]);
    expect(refusal(archive(pickle(paths), { 0: floats(1) })).message).toContain('two tensors are named "a.b"');
  });

  test.each([
    ["SETITEM on a list", join(op("]"), int(1), int(2), op("s")), "items are set on a list"],
    ["APPEND to a dict", join(op("}"), int(1), op("a")), "items are appended to a dict"],
    ["BUILD on a list", join(op("]"), op("}"), op("b")), "a state is given to a list"],
    ["POP below the stack", join(op("R")), "the stack is empty"],
    ["TUPLE without MARK", op("t"), "no MARK is open"],
    ["a value that was never remembered", get(7), "value 7 is not remembered"],
    ["more than one value", join(int(1), int(2)), "1 values are left on the stack"],
    ["a list as a key", join(op("}"), op("]"), int(2), op("s")), "a list is the key of a dict"],
    ["a byte that is no opcode", op(0xff), "byte 0xff is no opcode"],
    ["an opcode that torch.save never writes", join(int(1), op("2")), "uses DUP, which is not carried out"],
  ])("%s is refused", (_, piece, message) => {
    expect(refusal(archive(pickle(piece))).message).toContain(message);
  });

  test("limits: opcodes, memory and texts, at them and one past", () => {
    const limits = { ...torchLimits, pickleOpcodes: 20, pickleMemo: 3, pickleStringBytes: 4 };
    const open = (piece: Uint8Array) => () => openBytes(archive(pickle(piece)), { limits });
    const many = (count: number) => list(...Array.from({ length: count }, () => none));
    expect(open(text("four"))).not.toThrow();
    expect(open(text("fives"))).toThrow("a text of 5 bytes, at most 4 are read");
    expect(open(many(2))).not.toThrow();
    expect(open(many(3))).toThrow("more than 3 values on the stack");
    expect(open(many(15))).toThrow("more than 3 values on the stack"); // 20 opcodes
    expect(open(many(16))).toThrow("more than 20 opcodes");
    expect(open(join(op("]"), put(0), put(1), put(2)))).not.toThrow();
    expect(open(join(op("]"), put(0), put(1), put(2), put(3)))).toThrow("more than 3 values are remembered");
    expect(defaultLimits).toMatchObject({
      pickleOpcodes: 1e7,
      pickleMemo: 1e6,
      pickleDepth: 64,
      pickleStringBytes: 2 ** 20,
    });
  });

  test("texts longer than the file are refused before anything is allocated", () => {
    expect(refusal(archive(pickle(join(op("X"), u32(0xffffffff))))).code).toBe("formats/truncated");
    expect(refusal(archive(pickle(join(op("X"), u32(0xffffffff)))), true).code).toBe("formats/truncated");
  });

  test("two million lists on the stack are refused at the millionth", () => {
    const flood = new Uint8Array(2_000_000).fill("]".charCodeAt(0));
    expect(refusal(archive(pickle(flood))).message).toContain("more than 1000000 values on the stack");
  });
});

const view = (piece: Uint8Array, storages: Record<string, Uint8Array> = { 0: floats(1, 2, 3, 4) }) =>
  refusal(archive(pickle(dict([text("w"), piece])), storages)).message;

describe("tensors", () => {
  test.each([
    [
      "2^60 elements",
      tensor({ count: 4, shape: [2 ** 30, 2 ** 30], strides: [0, 0] }),
      "more elements than can be counted",
    ],
    ["one size of 2^60", tensor({ count: 4, shape: [1n << 60n] }), "size 1152921504606846976, expected a whole number"],
    [
      "a product that wraps to 0",
      tensor({ count: 4, shape: [2 ** 32, 2 ** 32], strides: [0, 0] }),
      "more elements than can be counted",
    ],
    ["2^40 repeats of one number", tensor({ count: 4, shape: [2 ** 40], strides: [0] }), "by repeating them"],
    [
      "one element past the storage",
      tensor({ count: 4, shape: [4], offset: 1 }),
      "reaches outside storage 0 of 4 elements",
    ],
    ["a stride past the storage", tensor({ count: 4, shape: [2, 2], strides: [3, 1] }), "reaches outside storage"],
    ["a stride of 2^62", tensor({ count: 4, shape: [2, 2], strides: [1n << 62n, 1] }), "stride 4611686018427387904"],
    ["a negative stride", tensor({ count: 4, shape: [4], strides: [-1], offset: 3 }), "stride -1"],
    ["a negative offset", tensor({ count: 4, shape: [1], offset: -1 }), "offset -1"],
    ["strides of another rank", tensor({ count: 4, shape: [4], strides: [2, 1] }), "2 strides for shape [4]"],
    ["rank 17", tensor({ count: 4, shape: new Array<number>(17).fill(1) }), "rank 17, at most 16 is read"],
    ["a storage that is not there", tensor({ key: "9", count: 4, shape: [4] }), 'storage "9" is not in the archive'],
    [
      "a path as key",
      tensor({ key: "../data.pkl", count: 4, shape: [4] }),
      'storage "../data.pkl" is not in the archive',
    ],
    ["a storage of 2^60", tensor({ count: 1n << 60n, shape: [4] }), "count 1152921504606846976"],
    [
      "a count beyond the entry",
      tensor({ count: 5, shape: [4] }),
      "storage 0 has 16 bytes, its 5 elements of F32 need 20",
    ],
    [
      "a count below the entry",
      tensor({ count: 3, shape: [3] }),
      "storage 0 has 16 bytes, its 3 elements of F32 need 12",
    ],
    [
      "one storage as two types",
      list(tensor({ count: 4, shape: [4] }), tensor({ type: "IntStorage", count: 4, shape: [4] })),
      "storage 0 is 4 of F32 and also 4 of I32",
    ],
    [
      "a foreign storage class",
      tensor({ type: "float32", count: 4, shape: [4] }),
      "storage class torch.float32 is not read",
    ],
    ["a reference to something else", join(tuple(text("module"), none), op("Q")), 'expected "storage"'],
  ])("%s: refused", (_, piece, message) => expect(view(piece)).toContain(message));

  test("a damaged storage is noticed when it is loaded, also through a view of a part of it", () => {
    const state = dict(
      [text("all"), tensor({ count: 4, shape: [4] })],
      [text("part"), tensor({ count: 4, shape: [1] })],
    );
    const bytes = archive(pickle(state), { 0: floats(1, 2, 3, 0.123) });
    const at = Buffer.from(bytes).indexOf(Buffer.from(floats(0.123)));
    bytes[at] ^= 1;
    const { tensors } = openBytes(bytes);
    expect(() => tensors.get("part")?.load()).toThrow('entry "archive/data/0" is damaged: its CRC-32 does not fit');
    expect(() => tensors.get("all")?.load()).toThrow("CRC-32");
  });
});

describe("the archive around", () => {
  const good = archive(pickle(dict([text("w"), tensor({ count: 1, shape: [1] })])), { 0: floats(1) });

  test("something before, behind, or in a comment is refused", () => {
    expect(refusal(join(good, Uint8Array.of(0))).code).toBe("zip/end");
    const shifted = refusal(join(ascii("PK"), good));
    expect(shifted.code).toMatch(/^zip\//);
    const comment = join(good.subarray(0, -2), Uint8Array.of(2, 0), ascii("hi"));
    expect(refusal(comment).code).toBe("zip/end");
  });

  test("every truncation is refused", () => {
    for (let length = 0; length < good.length; length++)
      expect(() => openBytes(good.subarray(0, length))).toThrow(FoveaError);
  });

  test("no pickle, two pickles, and a big-endian file are named", () => {
    const zip = (files: Record<string, Uint8Array>) =>
      refusal(join(...writeZip(new Map(Object.entries(files).map(([name, bytes]) => [name, [bytes]]))))).message;
    expect(zip({ "a/b/data.pkl": pickle(none) })).toContain("no data.pkl in its first folder");
    expect(zip({ "a/data.pkl": pickle(none), "b/data.pkl": pickle(none) })).toContain("more than one data.pkl");
    expect(zip({ "a/data.pkl": pickle(none), "a/byteorder": ascii("big") })).toContain('byte order "big"');
  });

  test("bytes behind the pickle's end are refused", () => {
    expect(refusal(archive(join(pickle(none), none))).message).toContain("1 bytes follow the end of data.pkl");
  });

  test("a bomb of 4 GB is refused by what it says, and one that lies by what it gives", () => {
    const zeros = deflateRawSync(new Uint8Array(2 ** 20));
    const state = pickle(dict([text("w"), tensor({ count: 2 ** 30 - 1, shape: [1] })]));
    expect(refusal(deflated(state, zeros, 2 ** 32 - 4)).message).toContain("inflate to more than 1073741824 bytes");
    const lying = pickle(dict([text("w"), tensor({ count: 4, shape: [1] })]));
    const { tensors } = openBytes(deflated(lying, zeros, 16));
    expect(() => tensors.get("w")?.load()).toThrow('entry "archive/data/0" does not inflate to 16 bytes');
  });
});

/** `good` with one storage deflated, said to hold `size` bytes. */
function deflated(data: Uint8Array, compressed: Uint8Array, size: number): Uint8Array {
  const bytes = Buffer.from(archive(data, { 0: compressed }));
  const name = Buffer.from("archive/data/0");
  const [local, central] = [bytes.indexOf(name) - 30, bytes.lastIndexOf(name) - 46];
  bytes.writeUInt16LE(8, local + 8);
  bytes.writeUInt16LE(8, central + 10);
  bytes.writeUInt32LE(size, local + 22);
  bytes.writeUInt32LE(size, central + 24);
  return new Uint8Array(bytes);
}

describe("properties", () => {
  test("arbitrary bytes as a pickle give a value or a FoveaError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, skipUnknown) => {
        try {
          openBytes(archive(bytes), { skipUnknown });
        } catch (error) {
          expect(error).toBeInstanceOf(FoveaError);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("arbitrary opcodes give a value or a FoveaError", () => {
    const codes = [..."(.0N)]}tqhRsuabe", "\x85", "\x86", "\x87", "\x88", "\x81"].map((code) => op(code));
    const piece = fc.oneof(
      fc.constantFrom(...codes),
      fc.constantFrom(
        global("collections", "OrderedDict"),
        global("a", "B"),
        tensor({ count: 1, shape: [1] }),
        text("k"),
      ),
      fc.nat(5).map(put),
      fc.nat(5).map(get),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        try {
          openBytes(archive(pickle(...pieces), { 0: floats(1) }), { skipUnknown: true });
        } catch (error) {
          expect(error).toBeInstanceOf(FoveaError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("any strided view inside its storage equals indexing by hand", () => {
    const axis = fc.record({ size: fc.integer({ min: 0, max: 4 }), stride: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.array(axis, { maxLength: 4 }), fc.nat(5), (axes, offset) => {
        const [shape, strides] = [axes.map(({ size }) => size), axes.map(({ stride }) => stride)];
        const count = 1 + offset + axes.reduce((sum, { size, stride }) => sum + Math.max(size - 1, 0) * stride, 0);
        const storage = Float32Array.from({ length: count }, (_, i) => i);
        const bytes = archive(pickle(dict([text("w"), tensor({ count, shape, strides, offset })])), {
          0: new Uint8Array(storage.buffer),
        });
        let expected = [offset];
        for (const { size, stride } of axes)
          expected = expected.flatMap((start) => Array.from({ length: size }, (_, i) => start + i * stride));
        expect([...(openBytes(bytes).tensors.get("w")?.load().data ?? [])]).toEqual(expected);
      }),
    );
  });
});

test("flags of requires_grad and hooks change nothing", () => {
  const plain = call(global("torch._utils", "_rebuild_parameter"), tensor({ count: 1, shape: [1] }), no, orderedDict());
  expect(
    openBytes(archive(pickle(plain), { 0: floats(2) }))
      .tensors.get("tensor")
      ?.load().data,
  ).toEqual(Float32Array.of(2));
});
