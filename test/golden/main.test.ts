import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { GraphProtoSchema, ModelProtoSchema, NodeProtoSchema, TensorProtoSchema, ValueInfoProtoSchema } from "onnx-buf";
import { afterEach, expect, test, vi } from "vitest";
import { writeSafetensors } from "../../src/formats/safetensors-writer.ts";
import { hostTensor, type HostTensor } from "../../src/graph/dtype.ts";
import { main } from "./main.ts";

const vector = (...values: number[]): HostTensor => hostTensor("float32", [values.length], Float32Array.from(values));

/** A directory with a golden set one folder down. */
function goldenDirectory(cases: readonly object[], tensors: Record<string, HostTensor>): string {
  const directory = mkdtempSync(join(tmpdir(), "fovea-golden-"));
  mkdirSync(join(directory, "inner"));
  writeFileSync(join(directory, "inner/ops.json"), JSON.stringify({ reference: "by hand", cases }));
  writeFileSync(
    join(directory, "inner/ops.safetensors"),
    Buffer.concat([...writeSafetensors(new Map(Object.entries(tensors)))]),
  );
  return directory;
}

const oneCase = { op: "square", inputs: { x: "x" }, output: "y", grads: { x: "dx" }, upstream: "one" };
const tensors = { x: vector(1, -2), y: vector(1, 4), dx: vector(2, -4), one: vector(1, 1), wrong: vector(1, 5) };

async function run(...args: string[]): Promise<{ code: number; printed: string }> {
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  vi.spyOn(console, "error").mockImplementation((line: string) => void lines.push(line));
  return { code: await main(args), printed: lines.join("\n") };
}
afterEach(() => vi.restoreAllMocks());

test("agreement exits with 0, and operators that are not built are skipped by name", async () => {
  const directory = goldenDirectory(
    [
      { ...oneCase, name: "a" },
      { ...oneCase, name: "b", op: "fft" },
    ],
    tensors,
  );
  const { code, printed } = await run(directory);
  expect(printed).toBe("skipped b: operator fft is not built yet\n1 passed, 0 failed, 1 skipped");
  expect(code).toBe(0);
});

test("a disagreement exits with 1 and is one line", async () => {
  const directory = goldenDirectory([{ ...oneCase, name: "a", output: "wrong" }], tensors);
  const { code, printed } = await run(directory);
  expect(printed).toMatch(/^FAILED a: out: relative error 2\.0e-1, allowed 1e-4\n0 passed, 1 failed, 0 skipped$/);
  expect(code).toBe(1);
});

test("an attribute that the table does not read is a failure, not a pass", async () => {
  const directory = goldenDirectory([{ ...oneCase, name: "a", attrs: { cubed: true } }], tensors);
  expect((await run(directory)).printed).toContain("FAILED a: cubed of the case is not understood");
});

test("a directory without cases, a missing one and an unknown device exit with 2", async () => {
  const empty = mkdtempSync(join(tmpdir(), "fovea-golden-"));
  expect((await run(empty)).printed).toContain("holds no golden case");
  expect((await run(empty)).code).toBe(2);
  expect((await run(join(empty, "absent"))).code).toBe(2);
  const { code, printed } = await run(empty, "--device", "webgpo");
  expect(printed).toContain("no device webgpo; did you mean webgpu?");
  expect(code).toBe(2);
});

/** A case of the ONNX project's layout, its input and expected output 3 values each. */
function suiteCase(directory: string, name: string, opType: string, output: readonly number[], code = 1): void {
  const folder = join(directory, name);
  mkdirSync(join(folder, "test_data_set_0"), { recursive: true });
  const info = (value: string) =>
    create(ValueInfoProtoSchema, {
      name: value,
      type: {
        value: {
          case: "tensorType",
          value: { elemType: code, shape: { dim: [{ value: { case: "dimValue", value: 3n } }] } },
        },
      },
    });
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: "", version: 14n }],
    graph: create(GraphProtoSchema, {
      node: [create(NodeProtoSchema, { opType, input: ["x"], output: ["y"] })],
      input: [info("x")],
      output: [info("y")],
    }),
  });
  writeFileSync(join(folder, "model.onnx"), toBinary(ModelProtoSchema, model));
  const tensor = (values: readonly number[]): Uint8Array =>
    toBinary(
      TensorProtoSchema,
      create(TensorProtoSchema, { dataType: code, dims: [3n], ...(code === 1 ? { floatData: [...values] } : {}) }),
    );
  writeFileSync(join(folder, "test_data_set_0/input_0.pb"), tensor([-1, 0.5, 2]));
  writeFileSync(join(folder, "test_data_set_0/output_0.pb"), tensor(output));
}

test("folders of the ONNX project's cases run in a process of their own; what is not in the list is refused by name", async () => {
  const directory = mkdtempSync(join(tmpdir(), "fovea-suite-"));
  suiteCase(directory, "test_relu", "Relu", [0, 0.5, 2]);
  suiteCase(directory, "test_unique", "Unique", [-1, 0.5, 2]);
  suiteCase(directory, "test_relu_bfloat16", "Relu", [0, 0.5, 2], 16);
  const { code, printed } = await run(directory);
  expect(printed).toContain("| — gradient agrees with finite differences | 1 |");
  expect(printed).toContain("| refused by name: element type | 1 |");
  expect(printed).toContain("Not supported: Unique (1).");
  expect(printed).toMatch(/1 passed, 0 failed, 2 skipped$/);
  expect(code).toBe(0);
  suiteCase(directory, "test_wrong", "Relu", [0, 0.5, 3]);
  const wrong = await run(directory);
  expect(wrong.printed).toContain("FAILED test_wrong: y[2] is 2, expected 3");
  expect(wrong.code).toBe(1);
});
