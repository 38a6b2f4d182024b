import { existsSync, readFileSync } from "node:fs";

import { create, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema, type TensorProto, TensorProtoSchema } from "onnx-buf";
import { describe, expect, test } from "vitest";

import { memorySource } from "../../src/files/byte-source.ts";
import { writeNpy } from "../../src/formats/npy.ts";
import { writeNpz } from "../../src/formats/npz.ts";
import { openOnnxInitialisers } from "../../src/formats/onnx-initialisers.ts";
import { writeSafetensors } from "../../src/formats/safetensors-writer.ts";
import { openWeightsSource } from "../../src/formats/weights-source.ts";
import { decodeModel } from "../../src/graph/onnx/decode.ts";
import { hostTensor } from "../../src/graph/dtype.ts";
import { dict, pickle, tensor, text } from "./pickle/assembler.ts";
import { archive, floats } from "./pth/torch-archive.ts";

const joined = (chunks: Iterable<Uint8Array>) => new Uint8Array(Buffer.concat([...chunks]));
const model = (...initializer: TensorProto[]) =>
  toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, graph: { initializer } }));
const proto = (fields: Parameters<typeof create<typeof TensorProtoSchema>>[1]) => create(TensorProtoSchema, fields);
const initialisers = (bytes: Uint8Array) => openOnnxInitialisers(memorySource(bytes, "a.onnx"));

const two = Uint8Array.from(floats(1, -2));
const one = Uint8Array.from(floats(1));
const w = hostTensor("float32", [2], Float32Array.of(1, -2));
const tensors = new Map([["w", w]]);
const raw = proto({ name: "w", dims: [2n], dataType: 1, rawData: two });

describe("by content", () => {
  test.each([
    ["safetensors", joined(writeSafetensors(tensors)), "w"],
    ["pth", archive(pickle(dict([text("w"), tensor({ count: 2, shape: [2] })])), { 0: floats(1, -2) }), "w"],
    ["npz", joined(writeNpz(tensors)), "w"],
    ["npy", joined(writeNpy(w)), "array"],
    ["onnx", model(raw), "w"],
  ])("%s is recognised and holds the same tensor", (format, bytes, name) => {
    const weights = openWeightsSource(memorySource(bytes, "weights"));
    expect(weights.format).toBe(format);
    expect([...weights.tensors.keys()]).toEqual([name]);
    expect(weights.tensors.get(name)?.load()).toEqual(w);
  });

  test("anything else is refused, with what can be read; a path only where there is one", () => {
    for (const bytes of [new Uint8Array(), Uint8Array.of(1), new TextEncoder().encode("GIF89a and more than that")])
      expect(() => openWeightsSource(memorySource(bytes, "x.bin"))).toThrow(
        "x.bin is no file of weights that is known here",
      );
    const safe = memorySource(joined(writeSafetensors(tensors)), "x");
    expect(() => openWeightsSource(safe, { at: ["model"] })).toThrow(
      "x is safetensors, whose names have no path to model",
    );
  });
});

describe("ONNX initialisers", () => {
  test("raw, listed and packed values of all types we have", () => {
    const read = initialisers(
      model(
        raw,
        proto({ name: "f", dims: [2n], dataType: 1, floatData: [1.5, -1] }),
        proto({ name: "d", dims: [1n], dataType: 11, doubleData: [Math.PI] }),
        proto({ name: "i", dims: [2n], dataType: 7, int64Data: [-(2n ** 60n), 5n] }),
        proto({ name: "n", dims: [3n], dataType: 6, int32Data: [-1, 0, 7] }),
        proto({ name: "b", dims: [2n], dataType: 9, int32Data: [1, 0] }),
        proto({ name: "h", dims: [1n], dataType: 10, int32Data: [0x3c00] }),
        proto({ name: "s", dims: [], dataType: 1, floatData: [4] }),
        proto({ name: "e", dims: [0n], dataType: 1 }),
      ),
    );
    const values = new Map([...read].map(([name, stored]) => [name, stored.load({ widen: true })]));
    expect(values.get("w")).toEqual(w);
    expect(values.get("f")?.data).toEqual(Float32Array.of(1.5, -1));
    expect(values.get("d")?.data).toEqual(Float64Array.of(Math.PI));
    expect(values.get("i")?.data).toEqual(BigInt64Array.of(-(2n ** 60n), 5n));
    expect(values.get("n")?.data).toEqual(Int32Array.of(-1, 0, 7));
    expect(values.get("b")).toEqual(hostTensor("bool", [2], Uint8Array.of(1, 0)));
    expect(values.get("h")?.data).toEqual(Float32Array.of(1));
    expect(values.get("s")?.shape).toEqual([]);
    expect(values.get("e")?.data.length).toBe(0);
  });

  test.each([
    ["too few raw bytes", proto({ name: "w", dims: [3n], dataType: 1, rawData: one }), "needs 12 bytes and has 4"],
    [
      "2^60 elements",
      proto({ name: "w", dims: [1n << 60n], dataType: 1, rawData: one }),
      "a size of 1152921504606846976",
    ],
    [
      "a product of 2^60",
      proto({ name: "w", dims: [1n << 30n, 1n << 30n], dataType: 1 }),
      "more elements than the file",
    ],
    ["a negative size", proto({ name: "w", dims: [-1n], dataType: 1 }), "a size of -1"],
    [
      "another file",
      proto({ name: "w", dims: [1n], dataType: 1, externalData: [{ key: "location", value: "../x" }] }),
      "lie in another file",
    ],
    [
      "texts",
      proto({ name: "w", dims: [1n], dataType: 8, stringData: [Uint8Array.of(1)] }),
      "texts and segments are not read",
    ],
    ["an unknown type", proto({ name: "w", dims: [1n], dataType: 99, rawData: one }), "element type 99 is not read"],
  ])("%s: refused by name", (_, initialiser, message) => {
    expect(() => initialisers(model(initialiser))).toThrow(message);
  });

  test("values that are too few or too many are refused when they are loaded; names stand once", () => {
    const few = proto({ name: "i", dims: [3n], dataType: 7, int64Data: [1n] });
    expect(() => initialisers(model(few)).get("i")?.load()).toThrow('initialiser "i": needs 3 values and has fewer');
    const many = proto({ name: "i", dims: [1n], dataType: 7, int64Data: [1n, 2n] });
    expect(() => initialisers(model(many)).get("i")?.load()).toThrow("needs 1 values and has more");
    expect(() => initialisers(model(raw, raw))).toThrow('two initialisers are named "w"');
    expect(() => initialisers(Uint8Array.of(8, 8))).toThrow("the model holds no graph");
  });

  const file = "../shared/data/weights-small/fastestdet-coco/FastestDet.onnx";
  test.skipIf(!existsSync(file))(
    "FastestDet's weights are those that the graph's decoder reads (needs ../shared/data)",
    () => {
      const bytes = new Uint8Array(readFileSync(file));
      const read = openWeightsSource(memorySource(bytes, file));
      expect(read.format).toBe("onnx");
      expect(read.tensors.size).toBeGreaterThan(50);
      let numbers = 0;
      for (const stored of read.tensors.values()) numbers += stored.load().data.length;
      expect(numbers).toBeGreaterThan(230_000); // 0.24 M parameters, with constants of the graph
      expect(numbers).toBeLessThan(260_000);
    },
  );

  test("agrees with the graph's own decoder on an encoded program", () => {
    const bytes = toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: 8n,
        opsetImport: [{ domain: "", version: 20n }],
        graph: { initializer: [raw], node: [{ opType: "Neg", input: ["w"], output: ["y"] }], output: [{ name: "y" }] },
      }),
    );
    const { states } = decodeModel(bytes, { asState: () => true });
    expect(initialisers(bytes).get("w")?.load()).toEqual(states.get("w"));
  });
});
