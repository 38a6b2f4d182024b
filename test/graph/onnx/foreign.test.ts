/** Models that others write: older operator sets, computed shapes, free sizes, external files, hostile bytes. */
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  StringStringEntryProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from "onnx-buf";
import { expect, test } from "vitest";
import { FoveaError } from "../../../src/errors/fovea-error.ts";
import { dtypes, hostTensor, type HostTensor, type Shape } from "../../../src/graph/dtype.ts";
import { grad } from "../../../src/graph/autodiff.ts";
import { bytesOf } from "../../../src/graph/onnx/tensor-bytes.ts";
import { importableTypes } from "../../../src/graph/onnx/conversions/list.ts";
import { decodeModel, type DecodeOptions } from "../../../src/graph/onnx/decode.ts";
import { importOnnxFile } from "../../../src/models/import-onnx.node.ts";
import { initialise, prepare } from "../../../src/nn/module.ts";
import { compile } from "../../../src/runtime/compile.ts";

type Dim = number | string;

const vector = (...values: number[]): HostTensor<"float32"> =>
  hostTensor("float32", [values.length], Float32Array.from(values));
const whole = (...values: number[]): HostTensor<"int64"> =>
  hostTensor("int64", [values.length], BigInt64Array.from(values, BigInt));

const stored = (name: string, value: HostTensor): TensorProto =>
  create(TensorProtoSchema, {
    name,
    dataType: dtypes[value.dtype].onnx,
    dims: value.shape.map(BigInt),
    rawData: bytesOf(value),
  });

const ints = (name: string, ...values: number[]): AttributeProto =>
  create(AttributeProtoSchema, { name, type: Kind.INTS, ints: values.map(BigInt) });
const int = (name: string, value: number): AttributeProto =>
  create(AttributeProtoSchema, { name, type: Kind.INT, i: BigInt(value) });
const float = (name: string, f: number): AttributeProto => create(AttributeProtoSchema, { name, type: Kind.FLOAT, f });
const text = (name: string, value: string): AttributeProto =>
  create(AttributeProtoSchema, { name, type: Kind.STRING, s: new TextEncoder().encode(value) });

const node = (opType: string, input: string[], output: string[], attribute: AttributeProto[] = []): NodeProto =>
  create(NodeProtoSchema, { opType, input, output, attribute });

const info = (name: string, dims: readonly Dim[]) =>
  create(ValueInfoProtoSchema, {
    name,
    type: {
      value: {
        case: "tensorType",
        value: {
          elemType: 1,
          shape: {
            dim: dims.map((size) => ({
              value:
                typeof size === "number"
                  ? { case: "dimValue" as const, value: BigInt(size) }
                  : { case: "dimParam" as const, value: size },
            })),
          },
        },
      },
    },
  });

interface Model {
  readonly opset: number;
  readonly x: readonly Dim[];
  readonly nodes: readonly NodeProto[];
  readonly values?: Readonly<Record<string, HostTensor>>;
}

/** A model of input x and output y. */
const model = ({ opset, x, nodes, values = {} }: Model): ModelProto =>
  create(ModelProtoSchema, {
    irVersion: 8n,
    opsetImport: [{ domain: "", version: BigInt(opset) }],
    graph: create(GraphProtoSchema, {
      node: [...nodes],
      input: [info("x", x)],
      output: [info("y", [])],
      initializer: Object.entries(values).map(([name, value]) => stored(name, value)),
    }),
  });

const bytes = (given: Model): Uint8Array => toBinary(ModelProtoSchema, model(given));

async function run(given: Model, x: HostTensor, options: DecodeOptions = {}): Promise<HostTensor> {
  const { program } = decodeModel(bytes(given), options);
  await using executable = await compile(program, { threads: 1 });
  return (await executable.run({ x })).get("y") as HostTensor; // the model's one output
}

const ramp = (...shape: number[]): HostTensor<"float32"> =>
  hostTensor(
    "float32",
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
  );

test.each<[string, Model, Shape, readonly number[]]>([
  [
    "Clip-6: bounds are attributes",
    { opset: 7, x: [1, 4], nodes: [node("Clip", ["x"], ["y"], [float("min", 1), float("max", 2)])] },
    [1, 4],
    [1, 1, 2, 2],
  ],
  [
    "Unsqueeze-11 and ReduceSum-11: axes are attributes",
    {
      opset: 11,
      x: [1, 4],
      nodes: [
        node("Unsqueeze", ["x"], ["u"], [ints("axes", 0)]),
        node("ReduceSum", ["u"], ["y"], [ints("axes", 2), int("keepdims", 0)]),
      ],
    },
    [1, 1],
    [6],
  ],
  [
    "Softmax-11: the axes from 1 on are one",
    {
      opset: 11,
      x: [1, 2, 2],
      nodes: [node("Mul", ["x", "zero"], ["z"]), node("Softmax", ["z"], ["y"])],
      values: { zero: vector(0) },
    },
    [1, 2, 2],
    [0.25, 0.25, 0.25, 0.25],
  ],
  [
    "Softmax-13: the last axis",
    {
      opset: 13,
      x: [1, 2, 2],
      nodes: [node("Mul", ["x", "zero"], ["z"]), node("Softmax", ["z"], ["y"])],
      values: { zero: vector(0) },
    },
    [1, 2, 2],
    [0.5, 0.5, 0.5, 0.5],
  ],
  [
    "Pad-2 and Slice-1: bounds are attributes",
    {
      opset: 9,
      x: [1, 4],
      nodes: [
        node("Pad", ["x"], ["p"], [ints("pads", 0, 1, 0, 0), float("value", 9)]),
        node("Slice", ["p"], ["y"], [ints("starts", 0), ints("ends", 2), ints("axes", 1)]),
      ],
    },
    [1, 2],
    [9, 0],
  ],
  [
    "Upsample-7: scales are an attribute, pixels repeat",
    {
      opset: 7,
      x: [1, 1, 1, 2],
      nodes: [
        node(
          "Upsample",
          ["x"],
          ["y"],
          [create(AttributeProtoSchema, { name: "scales", type: Kind.FLOATS, floats: [1, 1, 1, 2] })],
        ),
      ],
    },
    [1, 1, 1, 4],
    [0, 0, 1, 1],
  ],
  [
    "auto_pad SAME_UPPER puts the odd pixel at the end",
    {
      opset: 11,
      x: [1, 1, 4],
      nodes: [node("MaxPool", ["x"], ["y"], [ints("kernel_shape", 2), text("auto_pad", "SAME_UPPER")])],
    },
    [1, 1, 4],
    [1, 2, 3, 3],
  ],
  [
    "a target shape computed from Shape, Gather and Concat",
    {
      opset: 13,
      x: [2, 3],
      nodes: [
        node("Shape", ["x"], ["s"]),
        node("Gather", ["s", "one"], ["columns"], [int("axis", 0)]),
        node("Mul", ["columns", "two"], ["doubled"]),
        node("Concat", ["doubled", "minus"], ["target"], [int("axis", 0)]),
        node("Reshape", ["x", "target"], ["y"]),
      ],
      values: { one: whole(1), two: whole(2), minus: whole(-1) },
    },
    [6, 1],
    [0, 1, 2, 3, 4, 5],
  ],
  [
    "pads computed from a shape",
    {
      opset: 13,
      x: [3],
      nodes: [
        node("Shape", ["x"], ["s"]),
        node("Sub", ["s", "two"], ["one"]),
        node("Concat", ["one", "zero"], ["pads"], [int("axis", 0)]),
        node("Pad", ["x", "pads"], ["y"]),
      ],
      values: { two: whole(2), zero: whole(0) },
    },
    [4],
    [0, 0, 1, 2],
  ],
])("%s", async (_, given, shape, expected) => {
  const y = await run(given, ramp(...(given.x as number[])));
  expect(y.shape).toEqual(shape);
  expect([...y.data]).toEqual([...expected]);
});

const scaled: Model = {
  opset: 13,
  x: ["batch", 2],
  nodes: [node("Mul", ["x", "w"], ["y"])],
  values: { w: vector(3, 5) },
};

test("free sizes are bound by name, by input and axis, or by a whole shape", async () => {
  for (const options of [{ dimensions: { batch: 2 } }, { dimensions: { "x:0": 2 } }, { shapes: { x: [2, 2] } }])
    expect([...(await run(scaled, ramp(2, 2), options)).data]).toEqual([0, 5, 6, 15]);
  expect(() => decodeModel(bytes(scaled))).toThrow("input x has a free dimension batch");
});

test("a model is cut at an inner value; an unknown one is refused with the nearest name", () => {
  const two: Model = { ...scaled, nodes: [node("Mul", ["x", "w"], ["inner"]), node("Relu", ["inner"], ["y"])] };
  const options = { dimensions: { batch: 1 } };
  const cut = decodeModel(bytes(two), { ...options, outputs: ["inner"] });
  expect(cut.program.nodes.map(({ operator }) => operator.type)).toEqual(["Mul"]);
  expect(() => decodeModel(bytes(two), { ...options, outputs: ["iner"] })).toThrow(
    expect.objectContaining({ hint: "did you mean inner?" }) as Error,
  );
});

test("a Constant node's weights can become a state", () => {
  const constant = create(AttributeProtoSchema, { name: "value", type: Kind.TENSOR, t: stored("", vector(3, 5)) });
  const given: Model = {
    ...scaled,
    nodes: [node("Constant", [], ["w2"], [constant]), node("Mul", ["x", "w2"], ["y"])],
  };
  const uses: unknown[] = [];
  const { program, states } = decodeModel(bytes(given), {
    dimensions: { batch: 1 },
    asState: (name, _value, { isNode, uses: readers }) => uses.push(name, isNode, readers) > 0 && isNode,
  });
  expect([...program.states.keys()]).toEqual(["w2"]);
  expect(states.get("w2")).toEqual(vector(3, 5));
  expect(uses.slice(-3)).toEqual(["w2", true, [["Mul", 1]]]);
});

test("autodiff refuses an operator without a rule by name, only where a gradient has to pass it", () => {
  const given: Model = {
    opset: 13,
    x: [2, 2, 2],
    nodes: [node("Det", ["x"], ["d"]), node("Mul", ["d", "w"], ["y"])],
    values: { w: vector(3, 5) },
  };
  const { program } = decodeModel(bytes(given), { asState: () => true });
  const [x, w] = [program.inputs.get("x")!, program.states.get("w")!]; // the model has both
  const loss = program.outputs.get("y")!.sum();
  expect(grad(loss, [w])[0].shape).toEqual([2]);
  expect(() => grad(loss, [x])).toThrow("there is no gradient rule for Det");
});

test("at least 150 operator types can be read", () => {
  expect(importableTypes().length).toBeGreaterThanOrEqual(150);
});

/** `scaled` with its weight in a file beside it. */
function external(location: string, more: Readonly<Record<string, string>> = {}): Uint8Array {
  const given = model({ ...scaled, x: [1, 2] });
  const weight = given.graph!.initializer[0]; // written above
  weight.rawData = new Uint8Array(0);
  weight.dataLocation = 1;
  weight.externalData = Object.entries({ location, ...more }).map(([key, value]) =>
    create(StringStringEntryProtoSchema, { key, value }),
  );
  return toBinary(ModelProtoSchema, given);
}

test("external data is read from the model's own folder and from nowhere else", () => {
  const root = mkdtempSync(join(tmpdir(), "fovea-external-"));
  const folder = join(root, "model");
  mkdirSync(folder);
  const data = new Uint8Array([0, 0, 0, 0, ...bytesOf(vector(3, 5))]);
  for (const path of [join(folder, "weights.bin"), join(root, "outside.bin")]) writeFileSync(path, data);
  symlinkSync(join(root, "outside.bin"), join(folder, "link.bin"));
  const path = join(folder, "model.onnx");
  const read = (location: string, more: Record<string, string> = { offset: "4", length: "8" }): unknown => {
    writeFileSync(path, external(location, more));
    return initialise(prepare(importOnnxFile(path)), 0).get("w")?.data;
  };
  expect(read("weights.bin")).toEqual(Float32Array.of(3, 5));
  expect(() => read("../outside.bin")).toThrow("is refused below");
  expect(() => read(join(root, "outside.bin"))).toThrow("is refused below");
  expect(() => read("link.bin")).toThrow("leads out through a link");
  expect(() => read("weights.bin", { offset: "8", length: "8" })).toThrow("are not inside its 12 bytes");
  expect(() => read("weights.bin", { offset: "4", length: "9999999" })).toThrow("needs 8 bytes");
  expect(() => read("weights.bin", { offset: "-4" })).toThrow('offset "-4"');
  expect(() => decodeModel(external("weights.bin"))).toThrow("lies in the external file weights.bin");
});

const types = fc.constantFrom(...importableTypes().filter((type) => !type.includes(".")));
const attributes = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("axis", "keepdims", "group", "blocksize", "to", "k", "num_groups", "size", "batch_dims"),
      fc.integer({ min: -3, max: 12 }),
    )
    .map(([name, value]) => int(name, value)),
  fc
    .tuple(
      fc.constantFrom("axes", "pads", "strides", "kernel_shape", "dilations", "perm", "split"),
      fc.array(fc.integer({ min: -3, max: 5 }), { maxLength: 5 }),
    )
    .map(([name, values]) => ints(name, ...values)),
  fc
    .constantFrom("NOTSET", "SAME_UPPER", "linear", "cubic", "edge", "wrap", "bidirectional", "ij,jk", "...i->i")
    .map((value) => text("mode", value)),
);
const inputs = fc.array(fc.constantFrom("x", "w", "i", "s", "f", ""), { maxLength: 5 });
const values = {
  w: hostTensor("float32", [2, 2, 3, 3], new Float32Array(36).fill(0.5)),
  i: whole(0, 1, -1, 2),
  s: hostTensor("int64", [], BigInt64Array.of(2n)),
  f: vector(1, 1, 2, 0.5),
};

test("any operator with any inputs and attributes is refused by name or becomes a graph of sound shapes", () => {
  fc.assert(
    fc.property(
      types,
      inputs,
      fc.array(attributes, { maxLength: 3 }),
      fc.integer({ min: 7, max: 28 }),
      (type, names, some, opset) => {
        const given: Model = { opset, x: [2, 2, 5, 4], nodes: [node(type, names, ["y"], some)], values };
        try {
          const { shape } = decodeModel(bytes(given)).program.outputs.get("y")!; // the model's one output
          expect(shape.every((size) => Number.isInteger(size) && size >= 0)).toBe(true);
        } catch (error) {
          if (!(error instanceof FoveaError)) throw error;
          expect(error.message).not.toBe("");
        }
      },
    ),
    { numRuns: 4000 },
  );
});
