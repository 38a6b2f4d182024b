/** ONNX written and read back; models that are not ours, damaged or hostile. Nothing here runs ONNX Runtime. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ModelProtoSchema, NodeProtoSchema, type ModelProto } from "onnx-buf";
import { describe, expect, test } from "vitest";
import { FoveaError } from "../../../src/errors/fovea-error.ts";
import { grad } from "../../../src/graph/autodiff.ts";
import { hostTensor } from "../../../src/graph/dtype.ts";
import { constant, input, state } from "../../../src/graph/leaf.ts";
import { decodeModel } from "../../../src/graph/onnx/decode.ts";
import { encodeModel } from "../../../src/graph/onnx/encode.ts";
import { gelu } from "../../../src/graph/operators/gelu.ts";
import { layerNorm } from "../../../src/graph/operators/layer-norm.ts";
import { program, type Program } from "../../../src/graph/program.ts";
import { filled } from "../../../src/graph/tensor.ts";
import type { GradientCase } from "../gradient-arbitraries.ts";
import { differentiable } from "../gradient-cases.ts";

/** What a model says, its values numbered in order of appearance instead of named. */
function meaning(bytes: Uint8Array): unknown {
  const { graph, opsetImport } = fromBinary(ModelProtoSchema, bytes);
  const numbers = new Map<string, number>([["", -1]]);
  const number = (name: string): number => {
    const known = numbers.get(name) ?? numbers.size;
    numbers.set(name, known);
    return known;
  };
  graph?.input.forEach(({ name }) => number(name));
  return {
    domains: opsetImport.map(({ domain }) => domain).sort(),
    inputs: graph?.input,
    outputs: graph?.output,
    nodes: graph?.node.map(({ opType, domain, attribute, input, output }) => ({
      opType,
      domain,
      attribute,
      input: input.map((name) => graph.initializer.find((value) => value.name === name)?.rawData ?? number(name)),
      output: output.map(number),
    })),
  };
}

const roundTrip = (closed: Program): void => {
  const bytes = encodeModel(closed);
  expect(meaning(encodeModel(decodeModel(bytes).program))).toEqual(meaning(bytes));
};

/** The operator's value and gradients in one program. */
function programOf({ inputs, extra = {}, build }: GradientCase): Program {
  const leaf = ([name, { shape, dtype }]: [string, { shape: readonly number[]; dtype: "float32" }]) =>
    [name, input(name, shape, dtype)] as const;
  const leaves = Object.fromEntries(Object.entries(inputs as Record<string, never>).map(leaf));
  const others = Object.fromEntries(Object.entries(extra as Record<string, never>).map(leaf));
  const y = build({ ...leaves, ...others });
  const gradients = grad(y, Object.values(leaves), filled(y.shape, 1));
  return program({ outputs: { y, ...Object.fromEntries(gradients.map((d, i) => [`d${i}`, d])) } });
}

describe("written, read and written again", () => {
  test.each(differentiable)("$type and its gradient stay what they are", ({ arbitrary }) => {
    fc.assert(
      fc.property(arbitrary, (use) => roundTrip(programOf(use))),
      { numRuns: 5 },
    );
  });
});

const x = input("x", [2, 4]);
const w = state("w", [4, 4]);
const small = program({ outputs: { y: gelu(layerNorm(x.matmul(w))).softmax() } });
const value = hostTensor(
  "float32",
  [4, 4],
  Float32Array.from({ length: 16 }, (_, i) => i / 8),
);
const smallBytes = encodeModel(small, {
  initialisers: new Map([["w", value]]),
  metadata: { classes: '["cat"]', mean: "0.5" },
});

test("initialisers become states or constants, and metadata comes back", () => {
  const asConstants = decodeModel(smallBytes);
  expect([...asConstants.program.states.keys()]).toEqual([]);
  expect(asConstants.metadata).toEqual({ classes: '["cat"]', mean: "0.5" });
  const asStates = decodeModel(smallBytes, { asState: (name) => name === "w" });
  expect([...asStates.program.states.keys()]).toEqual(["w"]);
  expect(asStates.states.get("w")).toEqual(value);
});

test("every element type keeps its values", () => {
  const values = [
    hostTensor("float64", [2], Float64Array.of(0.1, -1e300)),
    hostTensor("float16", [2], Uint16Array.of(0x3c00, 0xbc00)),
    hostTensor("int64", [2], BigInt64Array.of(-1n, 2n ** 60n)),
    hostTensor("int32", [2], Int32Array.of(-1, 7)),
    hostTensor("uint8", [2], Uint8Array.of(0, 255)),
    hostTensor("bool", [2], Uint8Array.of(0, 1)),
  ];
  for (const expected of values) {
    const { program: closed } = decodeModel(encodeModel(program({ outputs: { y: constant(expected) } })));
    const y = closed.outputs.get("y");
    expect(y?.producer.kind === "constant" ? y.producer.value : undefined).toEqual(expected);
  }
});

/** `smallBytes` with something changed. */
function changed(change: (model: ModelProto) => void): Uint8Array {
  const model = fromBinary(ModelProtoSchema, smallBytes);
  change(model);
  return toBinary(ModelProtoSchema, model);
}

test("unsupported operators are refused all at once, with their counts", () => {
  const bytes = changed(({ graph }) => {
    const add = (opType: string, domain = ""): unknown => graph?.node.push(create(NodeProtoSchema, { opType, domain }));
    for (const opType of ["Unique", "Loop", "Unique"]) add(opType);
    add("Attention", "com.microsoft");
  });
  expect(() => decodeModel(bytes, { source: "model.onnx" })).toThrow(
    "model.onnx: 3 operator types are not supported: Loop (1), Unique (2), com.microsoft.Attention (1)",
  );
});

test.each<[string, (model: ModelProto) => void]>([
  ["the model holds no graph", (model) => delete model.graph],
  ["operator set 6; 7 to 28 can be read", ({ opsetImport }) => (opsetImport[0].version = 6n)],
  ["initialiser w [4, 4] needs 64 bytes and has 3", ({ graph }) => (graph!.initializer[0].rawData = new Uint8Array(3))],
  ["initialiser w has element type 77", ({ graph }) => (graph!.initializer[0].dataType = 77)],
  [
    "Softmax has an attribute axis2 that is not supported",
    ({ graph }) => (graph!.node.find(({ opType }) => opType === "Softmax")!.attribute[0].name = "axis2"),
  ],
  ['refers to "nothing", which nothing before it makes', ({ graph }) => (graph!.node[0].input[0] = "nothing")],
  ["two values are named x", ({ graph }) => (graph!.node[0].output[0] = "x")],
  ["MatMul: input b is missing", ({ graph }) => graph!.node[0].input.pop()],
  ["MatMul MatMul_0 has no output 1", ({ graph }) => graph!.node[0].output.push("more")],
  [
    "LayerNormalization.axis is not of the kind int",
    ({ graph }) => (graph!.node.find(({ opType }) => opType.startsWith("Layer"))!.attribute[0].type = 1),
  ],
  [
    "input x has a free dimension batch",
    ({ graph }) => {
      const type = graph!.input[0].type!.value;
      if (type.case === "tensorType") type.value.shape!.dim[0].value = { case: "dimParam", value: "batch" };
    },
  ],
  ["MatMul: [2, 4] × [2, 4]: inner sizes 4 and 2 differ", ({ graph }) => (graph!.node[0].input[1] = "x")],
])("a model is refused with: %s", (message, change) => {
  expect(() => decodeModel(changed(change))).toThrow(message);
});

const refusesOrReads = (bytes: Uint8Array): void => {
  try {
    decodeModel(bytes);
  } catch (error) {
    if (!(error instanceof FoveaError)) throw error;
    expect(error.message).not.toBe("");
  }
};

test("a truncated model is refused or read, never a crash", () => {
  for (let length = 0; length < smallBytes.length; length++) refusesOrReads(smallBytes.subarray(0, length));
});

test("a model with flipped bytes is refused or read, never a crash", () => {
  const place = fc.tuple(fc.nat(smallBytes.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(place, { minLength: 1, maxLength: 4 }), (flips) => {
      const bytes = smallBytes.slice();
      for (const [at, byte] of flips) bytes[at] = byte;
      refusesOrReads(bytes);
    }),
    { numRuns: 3000 },
  );
});

test("a model whose nodes lose, swap or repeat their inputs, outputs and attributes is refused or read", () => {
  const uses = fc.constantFrom(...differentiable).chain(({ arbitrary }) => arbitrary);
  const dice = fc.infiniteStream(fc.nat(999));
  fc.assert(
    fc.property(uses, dice, (use, stream) => {
      const model = fromBinary(ModelProtoSchema, encodeModel(programOf(use)));
      const roll = (below: number): number => (stream.next().value as number) % Math.max(1, below);
      const nodes = model.graph!.node; // written above
      const names = [...nodes.flatMap(({ output }) => output), ...model.graph!.initializer.map(({ name }) => name), ""];
      for (let i = 0; i < 2; i++) {
        const node = nodes[roll(nodes.length)];
        const kind = roll(6);
        if (kind === 0) node.input.pop();
        if (kind === 1) node.input[roll(node.input.length)] = names[roll(names.length)];
        if (kind === 2) node.input.push(names[roll(names.length)]);
        if (kind === 3) node.output.push(`more${i}`);
        if (kind === 4 && node.attribute.length > 0)
          node.attribute[roll(node.attribute.length)].i = BigInt(roll(9) - 4);
        if (kind === 5) node.opType = nodes[roll(nodes.length)].opType;
      }
      refusesOrReads(toBinary(ModelProtoSchema, model));
    }),
    { numRuns: 1500 },
  );
});
