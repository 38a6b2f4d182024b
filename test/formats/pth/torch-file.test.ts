import { describe, expect, test } from "vitest";

import { hostTensor } from "../../../src/graph/dtype.ts";
import { storageTypes } from "../../../src/formats/pth/torch-dtypes.ts";
import {
  call,
  dict,
  get,
  global,
  int,
  join,
  list,
  long,
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
  yes,
} from "../pickle/assembler.ts";
import { archive, floats, openBytes } from "./torch-archive.ts";

const six = floats(0, 1, 2, 3, 4, 5);
const one = (piece: Uint8Array, storages: Record<string, Uint8Array> = { 0: six }) =>
  openBytes(archive(pickle(dict([text("w"), piece])), storages).slice()).tensors.get("w");

describe("views of storages", () => {
  test("row-major tensors are what the storage holds", () => {
    expect(one(tensor({ count: 6, shape: [2, 3] }))?.load()).toEqual(
      hostTensor("float32", [2, 3], Float32Array.of(0, 1, 2, 3, 4, 5)),
    );
  });

  test("a transposed view and a slice with steps are copied to row-major order", () => {
    const turned = one(tensor({ count: 6, shape: [3, 2], strides: [1, 3] }))?.load();
    expect(turned).toEqual(hostTensor("float32", [3, 2], Float32Array.of(0, 3, 1, 4, 2, 5)));
    const steps = one(tensor({ count: 6, shape: [2], strides: [2], offset: 1 }))?.load();
    expect(steps).toEqual(hostTensor("float32", [2], Float32Array.of(1, 3)));
  });

  test("stride 0 repeats, sizes 0 and scalars hold what they say", () => {
    expect(one(tensor({ count: 6, shape: [2, 2], strides: [0, 1], offset: 4 }))?.load().data).toEqual(
      Float32Array.of(4, 5, 4, 5),
    );
    expect(one(tensor({ count: 6, shape: [0, 3] }))?.load()).toEqual(hostTensor("float32", [0, 3], new Float32Array()));
    expect(one(tensor({ count: 6, shape: [], offset: 5 }))?.load().data).toEqual(Float32Array.of(5));
  });

  test("three axes in any order of strides agree with an index by hand", () => {
    const values = Float64Array.from({ length: 24 }, (_, i) => i);
    const view = { key: "0", type: "DoubleStorage", count: 24, shape: [4, 2, 3], strides: [1, 12, 4] };
    const { data } = one(tensor(view), { 0: new Uint8Array(values.buffer) })?.load() ?? {};
    const expected = [];
    for (let i = 0; i < 4; i++)
      for (let j = 0; j < 2; j++) for (let k = 0; k < 3; k++) expected.push(i + 12 * j + 4 * k);
    expect(data).toEqual(Float64Array.from(expected));
  });

  test("two names of one storage are two tensors over the same numbers", () => {
    const state = dict(
      [text("a"), tensor({ count: 6, shape: [6] })],
      [text("b"), tensor({ count: 6, shape: [2], offset: 2 })],
    );
    const { tensors } = openBytes(archive(pickle(state), { 0: six }));
    expect(tensors.get("a")?.load().data).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5));
    expect(tensors.get("b")?.load().data).toEqual(Float32Array.of(2, 3));
  });

  test("half precision and bfloat16 widen to float32; bfloat16 alone says so", () => {
    const half = one(tensor({ type: "HalfStorage", count: 1, shape: [1] }), { 0: Uint8Array.of(0, 0xc2) });
    expect(half?.load({ widen: true })).toEqual(hostTensor("float32", [1], Float32Array.of(-3)));
    expect(half?.load().dtype).toBe("float16");
    const brain = one(tensor({ type: "BFloat16Storage", count: 1, shape: [1] }), { 0: Uint8Array.of(0x20, 0xc0) });
    expect(brain?.load({ widen: true }).data).toEqual(Float32Array.of(-2.5));
    expect(() => brain?.load()).toThrow(/a\.pth: tensor "w": .*BF16, which no program here takes/);
  });

  test("every storage class that is read has a size", () => {
    for (const [name, dtype] of storageTypes) {
      const type = name.slice("torch.".length);
      if (type.includes(".")) continue;
      const bytes = { F64: 8, I64: 8, C64: 8, F16: 2, BF16: 2, I16: 2, U8: 1, I8: 1, BOOL: 1 }[dtype] ?? 4;
      expect(one(tensor({ type, count: 1, shape: [1] }), { 0: new Uint8Array(bytes) })?.byteLength).toBe(bytes);
    }
  });

  test("an untyped storage takes the dtype that version 3 names", () => {
    const storage = join(
      tuple(text("storage"), global("torch.storage", "UntypedStorage"), text("0"), text("cpu"), int(24)),
      op("Q"),
    );
    const rebuilt = call(
      global("torch._utils", "_rebuild_tensor_v3"),
      storage,
      int(1),
      tuple(int(2)),
      tuple(int(1)),
      no,
      orderedDict(),
      global("torch", "float32"),
    );
    expect(one(rebuilt)?.load().data).toEqual(Float32Array.of(1, 2));
  });
});

describe("containers", () => {
  test("parameters, wrappers and lists give paths; the state dict's own at its place", () => {
    const w = tensor({ count: 6, shape: [6] });
    const parameter = call(global("torch._utils", "_rebuild_parameter"), w, yes, orderedDict());
    const file = dict(
      [text("model"), orderedDict([text("head.weight"), parameter])],
      [text("optimizer"), dict([text("state"), dict([int(0), list(w, none)])])],
      [text("epoch"), int(7)],
    );
    const bytes = archive(pickle(file), { 0: six });
    expect([...openBytes(bytes).tensors.keys()]).toEqual(["model.head.weight", "optimizer.state.0.0"]);
    expect([...openBytes(bytes, { at: ["model"] }).tensors.keys()]).toEqual(["head.weight"]);
    expect([...openBytes(bytes).tensorsAt(["optimizer", "state"]).keys()]).toEqual(["0.0"]);
    expect(() => openBytes(bytes, { at: ["modle"] })).toThrow(
      'a.pth: no "modle"; the checkpoint holds "model", "optimizer", "epoch"',
    );
  });

  test("numpy numbers and arrays are read, in their byte order", () => {
    const dtype = (code: string, order: string) =>
      join(
        call(global("numpy", "dtype"), text(code), no, yes),
        tuple(int(3), text(order), none, none, none, int(-1), int(-1), int(0)),
        op("b"),
      );
    const latin = (value: string) => call(global("_codecs", "encode"), text(value), text("latin1"));
    const array = join(
      call(global("numpy.core.multiarray", "_reconstruct"), global("numpy", "ndarray"), tuple(int(0)), text("b")),
      tuple(int(1), tuple(int(2)), dtype("i4", ">"), no, latin("\u0000\u0000\u0001\u0002\u0000\u0000\u0000\u00ff")),
      op("b"),
    );
    const scalar = call(global("numpy.core.multiarray", "scalar"), dtype("f8", "<"), latin("\0\0\0\0\0\0\u00f0\u00bf"));
    const { tree, tensors } = openBytes(archive(pickle(dict([text("a"), array], [text("acc"), scalar]))));
    expect(tensors.get("a")?.load()).toEqual(hostTensor("int32", [2], Int32Array.of(258, 255)));
    expect(tree).toMatchObject({
      kind: "dict",
      entries: new Map([
        ["a", expect.anything()],
        ["acc", -1],
      ]),
    });
  });

  test("numbers, texts and names stay what they are", () => {
    const values = list(long(-5n), long(2n ** 60n), none, yes, text("é"), global("torch", "float16"), op(")"));
    const { tree } = openBytes(archive(pickle(values)));
    expect(tree).toEqual({
      kind: "list",
      items: [
        -5,
        2n ** 60n,
        null,
        true,
        "é",
        { kind: "name", module: "torch", name: "float16" },
        { kind: "tuple", items: [] },
      ],
    });
  });

  test("unknown objects become records with skipUnknown, and their tensors stay", () => {
    const config = join(
      call(global("yacs.config", "CfgNode")),
      op("("),
      text("LR"),
      int(3),
      op("u"),
      dict([text("w"), tensor({ count: 6, shape: [6] })]),
      op("b"),
    );
    const bytes = archive(pickle(dict([text("config"), config])), { 0: six });
    expect(() => openBytes(bytes)).toThrow(
      "a.pth: archive/data.pkl: the pickle refers to yacs.config.CfgNode, which is not known here",
    );
    const { tree, tensors, unknown } = openBytes(bytes, { skipUnknown: true });
    expect([...unknown]).toEqual(["yacs.config.CfgNode"]);
    expect(tree).toMatchObject({
      entries: new Map([
        ["config", { kind: "record", module: "yacs.config", name: "CfgNode", entries: new Map([["LR", 3]]) }],
      ]),
    });
    expect([...tensors.keys()]).toEqual(["config.w"]);
  });

  test("the file's names are never properties: __proto__ is a key like others", () => {
    const { tree, tensors } = openBytes(
      archive(pickle(dict([text("__proto__"), dict([text("polluted"), tensor({ count: 6, shape: [6] })])])), {
        0: six,
      }),
    );
    expect([...tensors.keys()]).toEqual(["__proto__.polluted"]);
    expect(tree).toMatchObject({ entries: new Map([["__proto__", expect.anything()]]) });
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("old layouts", () => {
  const magic = join(
    Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19),
    op("."),
  );
  const facts = pickle(dict([text("little_endian"), yes]));
  const i64 = (value: bigint) => new Uint8Array(BigInt64Array.of(value).buffer);
  const old = (object: Uint8Array, keys: Uint8Array, ...rest: Uint8Array[]) =>
    join(magic, pickle(join(op("M"), Uint8Array.of(0xe9, 3))), facts, object, keys, ...rest);
  const state = pickle(dict([text("w"), tensor({ key: "93", count: 6, shape: [3], offset: 2 })]));

  test("the pickle layout: storages follow with their counts", () => {
    const { layout, tensors } = openBytes(old(state, pickle(list(text("93"))), i64(6n), six));
    expect(layout).toBe("pickle");
    expect(tensors.get("w")?.load().data).toEqual(Float32Array.of(2, 3, 4));
  });

  test.each([
    ["a wrong count", old(state, pickle(list(text("93"))), i64(5n), six), "storage 93 has 5 elements, expected 6"],
    ["a missing storage", old(state, pickle(list())), "storage 93 is missing"],
    ["an unknown storage", old(state, pickle(list(text("7")))), 'storage the text "7" belongs to no tensor'],
    ["a truncated storage", old(state, pickle(list(text("93"))), i64(6n), six.subarray(1)), "24 bytes are needed"],
    ["trailing bytes", old(state, pickle(list(text("93"))), i64(6n), six, six), "24 bytes follow the last storage"],
  ])("%s is refused", (_, bytes, message) => expect(() => openBytes(bytes)).toThrow(message));

  test("the tar layout: storages, tensors and the pickle that refers to them by number", () => {
    const storages = join(
      pickle(int(1)),
      pickle(tuple(int(11), text("cpu"), global("torch", "FloatStorage"))),
      i64(6n),
      six,
      pickle(list()),
    );
    const tensors = join(
      pickle(int(1)),
      pickle(tuple(int(21), int(11), global("torch", "FloatTensor"))),
      join(u32(2), u32(0)),
      join(i64(2n), i64(2n)),
      join(i64(1n), i64(2n)),
      i64(1n),
    );
    const object = pickle(dict([text("w"), join(int(21), op("Q"))]));
    const file = openBytes(tar({ storages, tensors, pickle: object }));
    expect(file.layout).toBe("tar");
    expect(file.tensors.get("w")?.load()).toEqual(hostTensor("float32", [2, 2], Float32Array.of(1, 3, 2, 4)));
  });
});

function tar(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const [name, bytes] of Object.entries(files)) {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(bytes.length.toString(8).padStart(11, "0"), 124);
    header.write("        0", 148);
    header.write("ustar\u000000", 257);
    header.write(
      `${header
        .reduce((sum, byte) => sum + byte, 0)
        .toString(8)
        .padStart(6, "0")}\u0000 `,
      148,
    );
    blocks.push(header, bytes, new Uint8Array((512 - (bytes.length % 512)) % 512));
  }
  return join(...blocks, new Uint8Array(1024));
}

test("shared values are one object, referred to by memo", () => {
  const shared = join(list(int(1)), put(0));
  const { tree } = openBytes(archive(pickle(tuple(shared, get(0)))));
  const items = (tree as { items: unknown[] }).items; // a tuple, as written above
  expect(items[0]).toBe(items[1]);
});
