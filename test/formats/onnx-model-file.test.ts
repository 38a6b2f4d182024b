/** Models whose weights lie in a file beside them (ONNX external data); stock ONNX Runtime reads them. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { ModelProtoSchema } from "onnx-buf";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { afterAll, describe, expect, test } from "vitest";
import { commitFileWith } from "../../src/files/durable-writer.node.ts";
import { weightsFileOf, withModelFile, writeModelFile } from "../../src/formats/onnx-model-file.node.ts";
import { hostTensor, type HostTensor } from "../../src/graph/dtype.ts";
import { constant, input, state } from "../../src/graph/leaf.ts";
import { decodeModel } from "../../src/graph/onnx/decode.ts";
import { encodeModel } from "../../src/graph/onnx/encode.ts";
import { ExternalWeights, externalWeightsFor } from "../../src/graph/onnx/external-weights.ts";
import { program } from "../../src/graph/program.ts";
import { generator } from "../../src/random/generator.ts";
import { compile } from "../../src/runtime/compile.ts";
import { faultyCalls } from "../files/faulty-calls.ts";

const folder = mkdtempSync(join(tmpdir(), "fovea-test-external-"));
afterAll(() => rmSync(folder, { recursive: true }));

const random = generator(0, "test/external");
const normal = (...shape: number[]): HostTensor<"float32"> =>
  hostTensor("float32", shape, random.fillNormal(new Float32Array(shape.reduce((a, b) => a * b, 1))));

/** Two products: a state of 1.3 MB, which begins at a page, a constant of 20 KB, and a bias that stays in the model. */
const x = input("x", [2, 512]);
const network = program({
  outputs: {
    y: x
      .matmul(state("weight", [512, 640]))
      .matmul(constant(normal(640, 8)))
      .add(constant(normal(8))),
  },
});
const initialisers = new Map([["weight", normal(512, 640)]]);
const feed = normal(2, 512);

function written(path: string): ExternalWeights {
  const weights = externalWeightsFor(network, weightsFileOf(path), { initialisers, above: 0 });
  if (weights === undefined) throw new Error("more than 0 bytes lie outside");
  writeModelFile(path, encodeModel(network, { initialisers, external: weights }), weights);
  return weights;
}

const stock = async (model: string | Uint8Array): Promise<unknown> => {
  const session = await InferenceSession.create(model as string, { intraOpNumThreads: 1 });
  const { y } = await session.run({ x: new Tensor("float32", feed.data, feed.shape) });
  await session.release();
  return y?.data;
};

describe("a model with its weights beside it", () => {
  const path = join(folder, "model.onnx");
  const weights = written(path);

  test("gives in stock ONNX Runtime what the model with everything inside gives", async () => {
    expect(await stock(path)).toEqual(await stock(encodeModel(network, { initialisers })));
  });

  test("places values as ONNX asks: big ones at a page, others at a cache line, small ones in the model", () => {
    const tensors = fromBinary(ModelProtoSchema, readFileSync(path)).graph?.initializer ?? [];
    const placed = tensors.map(({ externalData, rawData }) => [
      Object.fromEntries(externalData.map(({ key, value }) => [key, value])),
      rawData.length,
    ]);
    expect(placed).toEqual([
      [{ location: "model.onnx.data", offset: "0", length: "1310720" }, 0],
      [{ location: "model.onnx.data", offset: "1310720", length: "20480" }, 0],
      [{}, 32],
    ]);
    expect(statSync(join(folder, "model.onnx.data")).size).toBe(weights.size);
  });

  test("is read back, from the file and before it is written, and compiled by path", async () => {
    const model = withModelFile(path, ({ bytes, external }) => decodeModel(bytes, { external }));
    const early = decodeModel(readFileSync(path), { external: () => weights.source });
    const expected = await stock(path);
    for (const decoded of [model, early]) {
      await using executable = await compile(decoded.program, { device: "cpu", threads: 1, externalAbove: 1000 });
      expect((await executable.run({ x: feed })).get("y")?.data).toEqual(expected);
    }
  });

  test("is chosen above the limit only", () => {
    const bytes = 4 * (512 * 640 + 640 * 8 + 8);
    expect(externalWeightsFor(network, "w", { initialisers, above: bytes })).toBeUndefined();
    expect(externalWeightsFor(network, "w", { initialisers, above: bytes - 1 })).toBeDefined();
    expect(externalWeightsFor(network, "w", { initialisers })).toBeUndefined();
  });
});

describe("hostile places", () => {
  const secret = join(folder, "secret");
  writeFileSync(secret, new Uint8Array(2 ** 21));

  test.each(["../secret", secret, "a/../../secret", "..\\secret", ""])(
    "%j is refused, read and written",
    (location) => {
      const place = join(folder, "inner", "model.onnx");
      const weights = externalWeightsFor(network, "harmless", { initialisers, above: 0 });
      const bytes = encodeModel(network, { initialisers, external: weights });
      placeFile(place, renamed(bytes, location));
      expect(() => withModelFile(place, ({ bytes, external }) => decodeModel(bytes, { external }))).toThrow(
        /refused below/,
      );
      expect(() => new ExternalWeights(location)).toThrow("expected the name of a file beside the model");
    },
  );
});

describe("writing", () => {
  test("leaves the old pair, the new pair or no model, whichever call fails", () => {
    for (let at = 1; ; at++) {
      const place = join(folder, `faults-${at}`, "model.onnx");
      placeFile(place, Uint8Array.of(1));
      commitFileWith(faultyCalls({ at: 0, code: "", onwards: false }).io, place, [text("old")], beside("old"));
      const { io, failed } = faultyCalls({ at, code: "EIO", onwards: false });
      const error = caught(() => commitFileWith(io, place, [text("new")], beside("new")));
      const names = readdirSync(join(place, "..")).filter((name) => !name.startsWith(".tmp-"));
      const pair = names.includes("model.onnx")
        ? [readFileSync(place, "utf8"), readFileSync(`${place}.data`, "utf8")]
        : undefined;
      expect([undefined, ["old", "old"], ["new", "new"]], `call ${at}`).toContainEqual(pair);
      if (failed().length > 0) continue;
      expect([error, pair]).toEqual([undefined, ["new", "new"]]);
      expect(at).toBeGreaterThan(12);
      return;
    }
  });
});

function placeFile(path: string, bytes: Uint8Array): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, bytes);
}

/** The model with another place of its external data. */
function renamed(bytes: Uint8Array, location: string): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  for (const { externalData } of model.graph?.initializer ?? [])
    for (const entry of externalData) if (entry.key === "location") entry.value = location;
  return toBinary(ModelProtoSchema, model);
}

function caught(act: () => void): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const beside = (value: string): Map<string, Uint8Array[]> => new Map([["model.onnx.data", [text(value)]]]);
